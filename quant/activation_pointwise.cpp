#include <algorithm>

#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/channel_exponent.h"
#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

/// Operators whose outputs may have a scale a channel.
bool can_have_channel_scales(const IntNode& node) {
  return node.op == IntOp::kConv || node.op == IntOp::kDivide || node.op == IntOp::kGlobalAvgPool ||
         node.op == IntOp::kLayerNorm || node.op == IntOp::kResize;
}

/// Scale per channel on the inputs of dense convolutions off the residual stream, folded into their weights:
///   m_c = (h_c / max h) ^ alpha,   h_c half the range of channel c,   W'_oc = W_oc m_c
/// (SmoothQuant, Xiao et al. 2023, in the requantization instead of the weights before, so that it is exact
/// through a hardswish). alpha trades noise of activations against noise of weights. Searched, it is
/// least_noise_exponent (channel_exponent.h).
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
    const bool with_zero = read_by_padded_conv(context.graph, context.node);
    normalize_channels(context.statistics, with_zero, kLeastFoldedShare, map);
    const double given = context.recipe.pointwise_migration;
    raise_channels(given == Recipe::kSearchExponent
                       ? least_noise_exponent(context, map, with_zero, kLeastFoldedShare)
                       : given,
                   map);
  }
};

const Registry<ActivationPass>::Entry entry("pointwise",
                                            [] { return std::make_unique<PointwiseMigration>(); });

}  // namespace

}  // namespace tridex::quant
