#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/channel_exponent.h"

namespace tridex::quant {

namespace {

constexpr double kLeastDepthwiseShare = 1.0 / 256;

/// Exact scale and zero point per channel on the input of a depthwise convolution, whose output channels see
/// one input channel each: s_a[c] s_w[c] is nothing but that channel's requantization multiplier, and the
/// weights stay as they are. centre (max + min) / 2, scale (max - min) / 2, with 0 in the range for the
/// border. What Trio-ViT's migration (activation_migration.cpp) does with one zero point and limited ratios.
class DepthwiseScales : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    return recipe.depthwise_scales && !recipe.symmetric && node.op == IntOp::kConv &&
           (read_only_by(graph, node, Role::kDepthwise) || read_only_by(graph, node, Role::kDsDepthwise));
  }
  void apply(const MapContext& context, ChannelMap& map) const override {
    scale_channels(context, kLeastDepthwiseShare, context.recipe.headroom ? std::nullopt : std::optional(1.0),
                   map);
  }
};

const Registry<ActivationPass>::Entry depthwise_entry("depthwise",
                                                      [] { return std::make_unique<DepthwiseScales>(); });

}  // namespace

}  // namespace tridex::quant
