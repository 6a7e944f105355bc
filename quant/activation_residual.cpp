#include <algorithm>

#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/channel_exponent.h"
#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

/// The narrowest channel, as a share of the widest: keeps the folded weights of its consumers in proportion.
constexpr double kLeastResidualShare = 1.0 / 256;

/// Scale and zero point per channel on the residual stream, the scales folded into the weights of the next
/// convolutions (these quantize what is left) and into the shortcut's multipliers: centre (max + min) / 2,
/// scale (max - min) / 2. After bias correction the 8-bit stream is what limits EfficientViT (spec: reference
/// "R per-channel, folded").
class Residual : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    if (!recipe.residual_scales || recipe.symmetric || node.id == graph.output ||
        !(on_residual_stream(node) || is_cast(node))) {
      return false;
    }
    return std::all_of(graph.nodes.begin(), graph.nodes.end(), [&](const IntNode& reader) {
      return std::find(reader.inputs.begin(), reader.inputs.end(), node.id) == reader.inputs.end() ||
             reader.op == IntOp::kConv || reader.op == IntOp::kAdd || reader.op == IntOp::kResize;
    });
  }
  void apply(const MapContext& context, ChannelMap& map) const override {
    scale_channels(context, kLeastResidualShare, context.recipe.headroom ? std::nullopt : std::optional(1.0),
                   map);
  }
};

const Registry<ActivationPass>::Entry residual_entry("residual", [] { return std::make_unique<Residual>(); });

}  // namespace

}  // namespace tridex::quant
