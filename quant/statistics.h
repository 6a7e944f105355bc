#pragma once
#include <functional>
#include <map>
#include <vector>

#include "models/float_executor.h"
#include "quant/quantize.h"

namespace tridex::quant {

/// Extremes of each channel and a quantile of the whole tensor, gathered image by image.
class ChannelStatistics {
 public:
  ChannelStatistics() = default;
  explicit ChannelStatistics(int channels);
  template <typename T>
  void add(int channel, const T* values, int64_t count) {
    const auto c = static_cast<size_t>(channel);
    for (int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<float>(values[i]);
      low[c] = value < low[c] ? value : low[c];
      high[c] = value > high[c] ? value : high[c];
      ++keys_[key(value)];
    }
  }
  void merge(const ChannelStatistics& other);
  /// The smallest value that a share `q` of the values does not exceed, to 2^-11 of itself.
  [[nodiscard]] double quantile(double q) const;

  std::vector<float> low, high;

 private:
  /// The upper 20 bits of a float, made monotonic: buckets whose counts do not depend on the order of the
  /// values.
  static uint32_t key(float value);
  std::vector<uint32_t> keys_;
};

/// What the float network says about its tensors.
struct FloatStatistics {
  std::map<int, ChannelStatistics> channels;  ///< node -> extremes
  std::map<int, std::vector<double>> mean;    ///< node -> mean of each channel
};

/// Runs the images through the float network and gathers extremes of the nodes in `extremes`, means of those
/// in `means`. Independent of the number of threads.
FloatStatistics gather_statistics(const models::Graph& graph, const models::Weights& weights,
                                  const std::vector<models::Activation>& images,
                                  const std::vector<int>& extremes, const std::vector<int>& means,
                                  unsigned threads, const std::function<void(size_t done)>& progress);

}  // namespace tridex::quant
