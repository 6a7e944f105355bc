#include "quant/statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/parallel.h"

namespace tridex::quant {

namespace {

constexpr int kDroppedBits = 12;
constexpr int kBins = 1024;
constexpr double kFewCodes = 63;
constexpr int kShrinks = 40;                ///< candidates an end
constexpr double kLeastExtremeShare = 0.1;  ///< of an extreme that stays
constexpr int kRounds = 2;

/// The upper 20 bits of a float, made monotonic: buckets whose counts do not depend on the order of the
/// values.
uint32_t key(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return ((bits >> 31) != 0 ? ~bits : bits | (uint32_t{1} << 31)) >> kDroppedBits;
}

/// The squared error of a channel's values under a uniform quantizer that covers [low, high] with 2^bits
/// codes: step^2 / 12 for each value inside (0 itself is a code and has none), the squared distance to the
/// end for each outside. Sums over the bins of a histogram, from either end.
class ClipError {
 public:
  ClipError(float low, float high, int bits)
      : low_(low),
        width_((double{high} - low) / kBins),
        codes_(std::ldexp(1.0, bits) - 1),
        counts_(kBins, 0),
        sums_(kBins + 1, {0, 0, 0}) {}
  void add(float value) {
    if (value != 0) {
      const double bin = (value - low_) / width_;
      ++counts_[static_cast<size_t>(std::clamp(bin, 0.0, kBins - 1.0))];
    }
  }
  void finish() {
    for (size_t i = 0; i < kBins; ++i) {
      const auto n = static_cast<double>(counts_[i]);
      const double x = low_ + (static_cast<double>(i) + 0.5) * width_;
      sums_[i + 1] = {sums_[i].n + n, sums_[i].x + n * x, sums_[i].xx + n * x * x};
    }
  }
  [[nodiscard]] double operator()(double low, double high) const {
    if (codes_ <= kFewCodes) {
      return of_each_bin(low, high);
    }
    const Sum below = sums_[place(low)];
    const Sum inside_and_below = sums_[place(high)];
    const Sum all = sums_[kBins];
    const Sum above{all.n - inside_and_below.n, all.x - inside_and_below.x, all.xx - inside_and_below.xx};
    const double step = (high - low) / codes_;
    return distance(below, low) + distance(above, high) + (inside_and_below.n - below.n) * step * step / 12;
  }

 private:
  struct Sum {
    double n, x, xx;
  };
  [[nodiscard]] double of_each_bin(double low, double high) const {
    const double step = (high - low) / codes_;
    const double inverse = 1 / step;
    double error = 0;
    for (size_t i = 0; i < kBins; ++i) {
      const double x = low_ + (static_cast<double>(i) + 0.5) * width_;
      double q = std::floor((x - low) * inverse + 0.5);
      q = q < 0 ? 0 : q > codes_ ? codes_ : q;
      const double e = low + q * step - x;
      error += static_cast<double>(counts_[i]) * e * e;
    }
    return error;
  }
  static double distance(const Sum& s, double end) { return s.xx - 2 * end * s.x + end * end * s.n; }
  [[nodiscard]] size_t place(double x) const {
    return static_cast<size_t>(std::clamp((x - low_) / width_ + 0.5, 0.0, static_cast<double>(kBins)));
  }
  double low_, width_, codes_;
  std::vector<uint64_t> counts_;
  std::vector<Sum> sums_;
};

/// Each end in turn, the other fixed: from the extreme towards the middle of the range.
void clip(const std::vector<models::Activation>& tensors, int c, int bits, float& low, float& high) {
  if (!(high > low)) {
    return;
  }
  ClipError error(low, high, bits);
  for (const models::Activation& tensor : tensors) {
    const float* values = tensor.channel(c);
    for (int64_t p = 0; p < tensor.shape.pixels(); ++p) {
      error.add(values[p]);
    }
  }
  error.finish();
  const double from_low = low;
  const double from_high = high;
  double best_low = low;
  double best_high = high;
  double least = error(best_low, best_high);
  for (int round = 0; round < kRounds; ++round) {
    for (const bool upper : {true, false}) {
      for (int i = 1; i <= kShrinks; ++i) {
        const double share = 1 - (1 - kLeastExtremeShare) * i / kShrinks;
        // The upper end may fall to just above the lower one: tails are long.
        const double candidate =
            upper ? best_low + (from_high - best_low) * share : best_high - (best_high - from_low) * share;
        const double found = upper ? error(best_low, candidate) : error(candidate, best_high);
        if (found < least) {
          least = found;
          (upper ? best_high : best_low) = candidate;
        }
      }
    }
  }
  low = static_cast<float>(best_low);
  high = static_cast<float>(best_high);
}

}  // namespace

double ChannelStatistics::quantile(double q) const {
  std::vector<uint32_t> counts(size_t{1} << (32 - kDroppedBits), 0);
  uint64_t total = 0;
  for (const models::Activation& tensor : *tensors) {
    for (const float value : tensor.data) {
      ++counts[key(value)];
    }
    total += tensor.data.size();
  }
  const auto wanted = static_cast<uint64_t>(q * static_cast<double>(total));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    seen += counts[i];
    if (seen > wanted) {
      const auto bits = static_cast<uint32_t>(i << kDroppedBits);
      return std::bit_cast<float>((bits >> 31) != 0 ? bits & ~(uint32_t{1} << 31) : ~bits);
    }
  }
  return 0;
}

double ChannelStatistics::excess(size_t channel, size_t image, double from, double to) const {
  const models::Activation& tensor = (*tensors)[image];
  const float* values = tensor.channel(static_cast<int>(channel));
  double sum = 0;
  for (int64_t p = 0; p < tensor.shape.pixels(); ++p) {
    const double distance = std::max({from - values[p], values[p] - to, 0.0});
    sum += distance * distance;
  }
  return sum;
}

ChannelStatistics channel_statistics(const std::vector<models::Activation>& tensors, int bits,
                                     unsigned threads) {
  const auto channels = static_cast<size_t>(tensors[0].shape.c);
  ChannelStatistics result;
  result.tensors = &tensors;
  result.clipped = bits > 0;
  result.low.assign(channels, std::numeric_limits<float>::infinity());
  result.high.assign(channels, -std::numeric_limits<float>::infinity());
  result.lowest.resize(channels);
  result.highest.resize(channels);
  result.mean.assign(channels, 0);
  result.variance.assign(channels, 0);
  result.clip_low.resize(channels);
  result.clip_high.resize(channels);
  parallel_for(channels, threads, [&](size_t c) {
    double sum = 0;
    double squares = 0;
    double count = 0;
    ChannelStatistics::Holder& lowest = result.lowest[c];
    ChannelStatistics::Holder& highest = result.highest[c];
    lowest.others = result.low[c];
    highest.others = result.high[c];
    for (size_t image = 0; image < tensors.size(); ++image) {
      const models::Activation& tensor = tensors[image];
      const float* values = tensor.channel(static_cast<int>(c));
      float low = std::numeric_limits<float>::infinity();
      float high = -low;
      for (int64_t p = 0; p < tensor.shape.pixels(); ++p) {
        low = values[p] < low ? values[p] : low;
        high = values[p] > high ? values[p] : high;
        sum += values[p];
        squares += double{values[p]} * values[p];
      }
      count += static_cast<double>(tensor.shape.pixels());
      if (low < result.low[c]) {
        lowest = {image, result.low[c]};
        result.low[c] = low;
      } else {
        lowest.others = std::min(lowest.others, low);
      }
      if (high > result.high[c]) {
        highest = {image, result.high[c]};
        result.high[c] = high;
      } else {
        highest.others = std::max(highest.others, high);
      }
    }
    result.mean[c] = sum / count;
    result.variance[c] = std::max(0.0, squares / count - result.mean[c] * result.mean[c]);
    result.clip_low[c] = result.low[c];
    result.clip_high[c] = result.high[c];
    if (bits > 0) {
      clip(tensors, static_cast<int>(c), bits, result.clip_low[c], result.clip_high[c]);
    }
  });
  return result;
}

}  // namespace tridex::quant
