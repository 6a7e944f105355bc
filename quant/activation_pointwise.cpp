#include <algorithm>
#include <cmath>
#include <limits>

#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

constexpr double kLeastShare = 1.0 / 64;
constexpr int kGrid = 10;  ///< exponents 0, 1/10, ..., 1

/// Operators whose outputs may have a scale a channel.
bool can_have_channel_scales(const IntNode& node) {
  return node.op == IntOp::kConv || node.op == IntOp::kDivide || node.op == IntOp::kGlobalAvgPool ||
         node.op == IntOp::kLayerNorm || node.op == IntOp::kResize;
}

/// Scale per channel on the inputs of dense convolutions off the residual stream, folded into their weights:
///   m_c = (h_c / max h) ^ alpha,   h_c half the range of channel c,   W'_oc = W_oc m_c
/// (SmoothQuant, Xiao et al. 2023, in the requantization instead of the weights before, so that it is exact
/// through a hardswish). alpha trades noise of activations against noise of weights. Searched, it is the one
/// with the least expected noise energy at the outputs, both roundings taken as uniform:
///   sum_c (D m_c)^2 / 12 sum_o W_oc^2  +  sum_o s_o^2 / 12 sum_c var_c / m_c^2
/// with steps D = 2 max_c(h_c / m_c) / (2^b - 1), s_o = max_c |W_oc m_c| / (2^(b_w - 1) - 1).
class PointwiseMigration : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    if (recipe.pointwise_migration == 0 || recipe.symmetric || node.id == graph.output ||
        node.out.bits == 32 || on_residual_stream(node) || is_cast(node) || !can_have_channel_scales(node)) {
      return false;
    }
    const std::vector<Reader> readers = readers_of(graph, node);
    return !readers.empty() && std::all_of(readers.begin(), readers.end(), [](const Reader& reader) {
      switch (reader.node->op) {
        case IntOp::kConv:
          return reader.input == 0 && !reader.node->depthwise();
        case IntOp::kResize:
        case IntOp::kAdd:
        case IntOp::kGlobalAvgPool:
          return true;
        default:
          return false;
      }
    });
  }
  void apply(const MapContext& context, ChannelMap& map) const override {
    const auto& statistics = context.statistics;
    ChannelMap halves = map;
    normalize_channels(statistics, read_by_padded_conv(context.graph, context.node), kLeastShare, halves);
    const double widest = *std::max_element(halves.scale.begin(), halves.scale.end());
    for (double& half : halves.scale) {
      half /= widest;
    }
    double alpha = context.recipe.pointwise_migration;
    if (alpha == Recipe::kSearchExponent) {
      double least = std::numeric_limits<double>::infinity();
      for (int i = 0; i <= kGrid; ++i) {
        const double candidate = static_cast<double>(i) / kGrid;
        const double noise = expected_noise(context, halves.scale, widest, candidate);
        if (noise <= least) {
          least = noise;
          alpha = candidate;
        }
      }
    }
    for (size_t c = 0; c < map.scale.size(); ++c) {
      map.scale[c] = std::pow(halves.scale[c], alpha);
    }
    map.centre = halves.centre;
    for (size_t c = 0; halves.reach > 0 && c < map.scale.size(); ++c) {
      map.reach = std::max(map.reach, widest * halves.scale[c] / map.scale[c]);
    }
  }

 private:
  static double expected_noise(const MapContext& context, const std::vector<double>& half, double widest,
                               double alpha) {
    std::vector<double> m(half.size());
    double step = 0;
    for (size_t c = 0; c < m.size(); ++c) {
      m[c] = std::pow(half[c], alpha);
      step = std::max(step, 2 * widest * half[c] / m[c]);
    }
    step /= std::ldexp(1.0, context.node.out.bits) - 1;
    double noise = 0;
    for (const Reader& reader : readers_of(context.graph, context.node)) {
      noise += reader.node->op == IntOp::kConv
                   ? noise_in(context, *reader.node, reader.first_channel, m, step)
                   : 0;
    }
    return noise;
  }

  /// Of one convolution that reads the tensor as its channels from `first` on.
  static double noise_in(const MapContext& context, const IntNode& conv, int first,
                         const std::vector<double>& m, double step) {
    const std::vector<float>& w = context.weights(conv);
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
        const int c = o / out_group * in_group + i - first;
        if (c < 0 || c >= static_cast<int>(m.size())) {
          continue;
        }
        const double map = m[static_cast<size_t>(c)];
        for (int t = 0; t < taps; ++t) {
          const double weight = w[static_cast<size_t>(o) * row + static_cast<size_t>(i * taps + t)];
          largest = std::max(largest, std::abs(weight) * map);
          input_energy += context.statistics.variance[static_cast<size_t>(c)] / (map * map);
          noise += step * step * map * map * weight * weight / 12;
        }
      }
      noise += largest * largest / (codes * codes) * input_energy / 12;
    }
    return noise;
  }
};

const Registry<ActivationPass>::Entry entry("pointwise",
                                            [] { return std::make_unique<PointwiseMigration>(); });

}  // namespace

}  // namespace tridex::quant
