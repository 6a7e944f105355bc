#include <algorithm>

#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/channel_exponent.h"
#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

constexpr double kLeastPointwiseShare = 1.0 / 64;  ///< keeps the folded weights in proportion

/// Operators whose outputs may have a scale a channel.
bool can_have_channel_scales(const IntNode& node) {
  return node.op == IntOp::kConv || node.op == IntOp::kDivide || node.op == IntOp::kGlobalAvgPool ||
         node.op == IntOp::kLayerNorm || node.op == IntOp::kResize;
}

/// Scale per channel on the inputs of dense convolutions off the residual stream, folded into their weights:
///   m_c = (h_c / max h) ^ alpha,   h_c half the range of channel c,   W'_oc = W_oc m_c
/// (SmoothQuant, Xiao et al. 2023, in the requantization instead of the weights before, so that it is exact
/// through a hardswish). alpha trades noise of activations against noise of weights. Searched, it is
/// the one of channel_exponent.h.
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
    const double given = context.recipe.pointwise_migration;
    scale_channels(context, kLeastPointwiseShare,
                   given == Recipe::kSearchExponent ? std::nullopt : std::optional(given), map);
  }
};

const Registry<ActivationPass>::Entry pointwise_entry("pointwise",
                                                      [] { return std::make_unique<PointwiseMigration>(); });

}  // namespace

}  // namespace tridex::quant
