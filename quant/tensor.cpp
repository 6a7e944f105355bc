#include "quant/tensor.h"

#include <algorithm>

namespace tridex::quant {

namespace {

/// Bytes beyond the last pixel that a kernel may read: a group of taps begins before the end, and a vector of
/// lanes at any channel.
constexpr size_t kSlack = 64;

/// Pixels that are transposed at a time: their lines stay in the cache while all channels go by.
constexpr int64_t kPixels = 64;

template <typename F>
void each_code(const Shape& shape, F f) {
  const int64_t pixels = shape.pixels();
  for (int64_t first = 0; first < pixels; first += kPixels) {
    const int64_t last = std::min(first + kPixels, pixels);
    for (int64_t c = 0; c < shape.c; ++c) {
      for (int64_t p = first; p < last; ++p) {
        f(c, p);
      }
    }
  }
}

}  // namespace

void Tensor::reshape(const Shape& shape, const Quantizer& quantizer) {
  shape_ = shape;
  pitch_ = padded_channels(shape.c);
  is_bytes_ = quantizer.bytes() == 1;
  const size_t size = static_cast<size_t>(shape.pixels() * pitch_) + kSlack;
  if (is_bytes_) {
    bytes_.resize(size);
  } else {
    ints_.resize(size);
  }
}

void Tensor::assign(const Codes& codes, const Quantizer& quantizer) {
  reshape(codes.shape, quantizer);
  const int32_t* from = codes.data.data();
  const int64_t pixels = codes.shape.pixels();
  if (is_bytes_) {
    const auto lowest = static_cast<int32_t>(quantizer.lowest());
    uint8_t* to = bytes_.data();
    std::fill(bytes_.begin(), bytes_.end(), uint8_t{0});
    each_code(shape_, [&](int64_t c, int64_t p) {
      to[p * pitch_ + c] = static_cast<uint8_t>(from[c * pixels + p] - lowest);
    });
  } else {
    int32_t* to = ints_.data();
    std::fill(ints_.begin(), ints_.end(), 0);
    each_code(shape_, [&](int64_t c, int64_t p) { to[p * pitch_ + c] = from[c * pixels + p]; });
  }
}

Codes Tensor::codes(const Quantizer& quantizer) const {
  Codes result{shape_, std::vector<int32_t>(static_cast<size_t>(shape_.elements()))};
  const int64_t pixels = shape_.pixels();
  int32_t* to = result.data.data();
  if (is_bytes_) {
    const auto lowest = static_cast<int32_t>(quantizer.lowest());
    const uint8_t* from = bytes_.data();
    each_code(shape_,
              [&](int64_t c, int64_t p) { to[c * pixels + p] = int32_t{from[p * pitch_ + c]} + lowest; });
  } else {
    const int32_t* from = ints_.data();
    each_code(shape_, [&](int64_t c, int64_t p) { to[c * pixels + p] = from[p * pitch_ + c]; });
  }
  return result;
}

simd::Source Tensor::source(int64_t pixel, int64_t channel) const {
  const int64_t at = pixel * pitch_ + channel;
  return is_bytes_ ? simd::Source{bytes_.data() + at, nullptr, pitch_}
                   : simd::Source{nullptr, ints_.data() + at, pitch_};
}

simd::Target Tensor::target(int64_t pixel, int64_t channel) {
  const int64_t at = pixel * pitch_ + channel;
  return is_bytes_ ? simd::Target{bytes_.data() + at, nullptr, pitch_}
                   : simd::Target{nullptr, ints_.data() + at, pitch_};
}

}  // namespace tridex::quant
