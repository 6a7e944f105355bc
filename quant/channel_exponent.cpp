#include "quant/channel_exponent.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tridex::quant {

namespace {

constexpr int kGrid = 10;  ///< exponents 0, 1/10, ..., 1

double widest_of(const ChannelMap& ranges) {
  return *std::max_element(ranges.scale.begin(), ranges.scale.end());
}

class ExpectedNoise {
 public:
  ExpectedNoise(const MapContext& context, const ChannelMap& ranges, bool with_zero, double least_share)
      : context_(context),
        ranges_(ranges),
        with_zero_(with_zero),
        least_share_(least_share),
        widest_(widest_of(ranges)),
        readers_(readers_of(context.graph, context.node)) {}
  [[nodiscard]] double of(double alpha) const;

 private:
  [[nodiscard]] std::vector<double> unseen(double alpha) const;
  [[nodiscard]] double in(const IntNode& conv, int first, const std::vector<double>& m,
                          const std::vector<double>& error) const;

  const MapContext& context_;
  const ChannelMap& ranges_;
  bool with_zero_;
  double least_share_, widest_;
  std::vector<Reader> readers_;
};

/// u_c of the header.
std::vector<double> ExpectedNoise::unseen(double alpha) const {
  const ChannelStatistics& statistics = context_.statistics;
  std::vector<double> result(ranges_.scale.size(), 0);
  if (!context_.recipe.headroom || statistics.tensors->size() < 2) {
    return result;
  }
  const std::vector<models::Activation>& images = *statistics.tensors;
  const double values = static_cast<double>(images.size()) * static_cast<double>(images[0].shape.pixels());
  for (size_t c = 0; c < result.size(); ++c) {
    const auto without = [&](size_t image) {
      double low = statistics.lowest[c].image == image ? statistics.lowest[c].others : statistics.low[c];
      double high = statistics.highest[c].image == image ? statistics.highest[c].others : statistics.high[c];
      low = with_zero_ ? std::min(low, 0.0) : low;
      high = with_zero_ ? std::max(high, 0.0) : high;
      const double limit = widest_ * std::pow(std::max((high - low) / 2 / widest_, least_share_), alpha);
      return statistics.excess(c, image, (high + low) / 2 - limit, (high + low) / 2 + limit);
    };
    // The others lie inside the range that is left without them.
    const size_t first = statistics.lowest[c].image;
    const size_t second = statistics.highest[c].image;
    result[c] = (without(first) + (second == first ? 0 : without(second))) / values;
  }
  return result;
}

double ExpectedNoise::of(double alpha) const {
  std::vector<double> error = unseen(alpha);
  std::vector<double> m(error.size());
  double reach = 0;
  for (size_t c = 0; c < m.size(); ++c) {
    m[c] = std::pow(ranges_.scale[c] / widest_, alpha);
    reach = std::max(reach, ranges_.scale[c] / m[c]);
  }
  const double step = 2 * reach / (std::ldexp(1.0, context_.node.out.bits) - 1);
  for (size_t c = 0; c < m.size(); ++c) {
    error[c] += step * step * m[c] * m[c] / 12;
  }
  double noise = 0;
  for (const Reader& reader : readers_) {
    noise += reader.node->op == IntOp::kConv && reader.input == 0
                 ? in(*reader.node, reader.first_channel, m, error)
                 : 0;
  }
  return noise;
}

/// Of one convolution that reads the tensor as its channels from `first` on. `error`: mean square, by channel.
double ExpectedNoise::in(const IntNode& conv, int first, const std::vector<double>& m,
                         const std::vector<double>& error) const {
  const std::vector<float>& w = context_.weights(conv);
  const int taps = conv.conv.kernel_h * conv.conv.kernel_w;
  const auto row = w.size() / static_cast<size_t>(conv.shape.c);
  const int in_group = static_cast<int>(row) / taps;
  const int out_group = conv.shape.c / conv.conv.groups;
  const double codes = std::ldexp(1.0, conv.weight_bits - 1) - 1;
  double noise = 0;
  for (int o = 0; o < conv.shape.c; ++o) {
    double largest = 0;
    double input_energy = 0;
    for (int i = 0; i < in_group; ++i) {
      const int channel = o / out_group * in_group + i - first;
      if (channel < 0 || channel >= static_cast<int>(m.size())) {
        continue;
      }
      const auto c = static_cast<size_t>(channel);
      for (int t = 0; t < taps; ++t) {
        const double weight = w[static_cast<size_t>(o) * row + static_cast<size_t>(i * taps + t)];
        largest = std::max(largest, std::abs(weight) * m[c]);
        input_energy += context_.statistics.variance[c] / (m[c] * m[c]);
        noise += error[c] * weight * weight;
      }
    }
    if (!conv.depthwise()) {
      noise += largest * largest / (codes * codes) * input_energy / 12;
    }
  }
  return noise;
}

}  // namespace

void raise_channels(double alpha, ChannelMap& map) {
  const double widest = widest_of(map);
  const bool clipped = map.reach > 0;
  map.reach = 0;
  for (double& scale : map.scale) {
    const double half = scale;
    scale = widest * std::pow(half / widest, alpha);
    map.reach = clipped ? std::max(map.reach, half / scale) : 0;
  }
}

double least_noise_exponent(const MapContext& context, const ChannelMap& ranges, bool with_zero,
                            double least_share) {
  const ExpectedNoise noise(context, ranges, with_zero, least_share);
  double best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= kGrid; ++i) {
    const double alpha = static_cast<double>(i) / kGrid;
    const double found = noise.of(alpha);
    if (found <= least) {
      least = found;
      best = alpha;
    }
  }
  return best;
}

}  // namespace tridex::quant
