#pragma once
#include <cstdint>
#include <vector>

#include "quant/integer_executor.h"
#include "quant/simd/kernels.h"

namespace tridex::quant {

/// `channels` up to whole blocks of lanes.
inline int64_t padded_channels(int64_t channels) {
  return (channels + simd::kLanes - 1) / simd::kLanes * simd::kLanes;
}

/// value(c) of each channel, and copies of the last one up to whole blocks and a block more (a kernel may
/// begin at any channel).
template <typename T, typename F>
std::vector<T> per_channel(int channels, F value) {
  std::vector<T> result(static_cast<size_t>(padded_channels(channels) + simd::kLanes));
  for (size_t c = 0; c < result.size(); ++c) {
    result[c] = static_cast<T>(value(c < static_cast<size_t>(channels) ? static_cast<int>(c) : channels - 1));
  }
  return result;
}

/// The codes of a tensor as the executor keeps them: HWC, a pixel's channels padded to whole blocks of lanes,
/// in bytes (the code minus the lowest one) where the quantizer has at most 8 bits, else in int32. The
/// padding holds some code or 0.
class Tensor {
 public:
  void reshape(const Shape& shape, const Quantizer& quantizer);
  void assign(const Codes& codes, const Quantizer& quantizer);
  [[nodiscard]] Codes codes(const Quantizer& quantizer) const;

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] int64_t pitch() const { return pitch_; }
  [[nodiscard]] bool is_bytes() const { return is_bytes_; }
  [[nodiscard]] const uint8_t* bytes() const { return bytes_.data(); }
  /// From element `channel` of `pixel` on.
  [[nodiscard]] simd::Source source(int64_t pixel = 0, int64_t channel = 0) const;
  [[nodiscard]] simd::Target target(int64_t pixel = 0, int64_t channel = 0);

 private:
  Shape shape_;
  int64_t pitch_ = 0;
  bool is_bytes_ = true;
  // Both keep their memory when the tensor is reshaped.
  std::vector<uint8_t> bytes_;
  std::vector<int32_t> ints_;
};

/// What a tensor's element has to be decreased by to give q - zero of channel c.
inline int32_t stored_zero(const Quantizer& quantizer, int c) {
  return quantizer.zero_of(c) - (quantizer.bytes() == 1 ? static_cast<int32_t>(quantizer.lowest()) : 0);
}

}  // namespace tridex::quant
