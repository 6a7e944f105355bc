#pragma once
#include <vector>

#include "models/float_executor.h"

namespace tridex::quant {

/// What is known of a tensor's channels over all calibration images.
struct ChannelStatistics {
  std::vector<float> low, high;  ///< extremes
  std::vector<double> mean, variance;
  /// The range of each channel with the least squared error under 2^bits codes; the extremes, where clipping
  /// was not asked for.
  std::vector<float> clip_low, clip_high;
  bool clipped = false;
  /// Of a channel's end, the image that holds the extreme, and the extreme of the other images: what a
  /// calibration without that image would have known.
  struct Holder {
    size_t image = 0;
    float others = 0;
  };
  std::vector<Holder> lowest, highest;
  const std::vector<models::Activation>* tensors = nullptr;  ///< one an image

  /// The smallest value that a share `q` of all values does not exceed, to 2^-11 of itself.
  [[nodiscard]] double quantile(double q) const;
  /// Sum of the squared distances of a channel's values on one image to the range [from, to].
  [[nodiscard]] double excess(size_t channel, size_t image, double from, double to) const;
};

/// Refers to `tensors`. bits > 0: also finds the clipping ranges for codes of that width. Does not depend on
/// the number of threads.
ChannelStatistics channel_statistics(const std::vector<models::Activation>& tensors, int bits,
                                     unsigned threads);

}  // namespace tridex::quant
