#include "quant/channel_exponent.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

constexpr int kGrid = 10;  ///< exponents 0, 1/10, ..., 1

class ExpectedNoise {
 public:
  /// `ranges`: centre, and half range in place of the scale.
  ExpectedNoise(const MapContext& context, const ChannelMap& ranges, bool with_zero, double least_share)
      : context_(context),
        ranges_(ranges),
        with_zero_(with_zero),
        least_share_(least_share),
        widest_(*std::max_element(ranges.scale.begin(), ranges.scale.end())) {}
  [[nodiscard]] double of(double alpha) const;

 private:
  using Values = std::vector<double>;  ///< one a channel
  [[nodiscard]] Values unseen(double alpha) const;
  [[nodiscard]] double where_read(const IntNode& tensor, const Values& m, const Values& error) const;
  [[nodiscard]] double in(const IntNode& conv, int first, const Values& m, const Values& error) const;

  const MapContext& context_;
  const ChannelMap& ranges_;
  bool with_zero_;
  double least_share_, widest_;
};

/// u_c of the header.
ExpectedNoise::Values ExpectedNoise::unseen(double alpha) const {
  const ChannelStatistics& statistics = context_.statistics;
  const std::vector<models::Activation>& images = *statistics.tensors;
  Values result(ranges_.scale.size(), 0);
  if (!context_.recipe.headroom || images.size() < 2) {
    return result;
  }
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
  Values error = unseen(alpha);
  Values m(error.size());
  const double step = 2 * widest_ / (std::ldexp(1.0, context_.node.out.bits) - 1);
  for (size_t c = 0; c < m.size(); ++c) {
    m[c] = std::pow(ranges_.scale[c] / widest_, alpha);
    error[c] += step * step * m[c] * m[c] / 12;
  }
  return where_read(context_.node, m, error);
}

/// `error`: mean square, by channel.
double ExpectedNoise::where_read(const IntNode& tensor, const Values& m, const Values& error) const {
  double noise = 0;
  for (const Reader& reader : readers_of(context_.graph, tensor)) {
    const IntNode& node = *reader.node;
    if (is_cast(node)) {
      noise += where_read(node, m, error);
    } else if (node.op == IntOp::kConv && reader.input == 0) {
      noise += in(node, reader.first_channel, m, error);
    } else if (node.op == IntOp::kConv || node.op == IntOp::kAdd || node.op == IntOp::kResize) {
      for (const double e : error) {
        noise += e;
      }
    }
  }
  return noise;
}

/// Of a convolution that reads the tensor as its channels from `first` on.
double ExpectedNoise::in(const IntNode& conv, int first, const Values& m, const Values& error) const {
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

double least_noise_exponent(const ExpectedNoise& noise) {
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

}  // namespace

void scale_channels(const MapContext& context, double least_share, std::optional<double> exponent,
                    ChannelMap& map) {
  const bool with_zero = read_by_padded_conv(context.graph, context.node);
  normalize_channels(context.statistics, with_zero, least_share, map);
  const double widest = *std::max_element(map.scale.begin(), map.scale.end());
  const double alpha =
      exponent ? *exponent : least_noise_exponent(ExpectedNoise(context, map, with_zero, least_share));
  for (double& scale : map.scale) {
    scale = std::pow(scale / widest, alpha);
  }
  map.reach *= widest;
}

}  // namespace tridex::quant
