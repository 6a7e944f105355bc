#include <algorithm>

#include "base/registry.h"
#include "quant/activation_pass.h"

namespace tridex::quant {

namespace {

/// The narrowest channel, as a share of the widest: keeps the folded weights of its consumers in proportion.
constexpr double kLeastShare = 1.0 / 256;

bool on_residual_stream(const IntNode& node) {
  switch (node.role) {
    case Role::kStem:
    case Role::kDsDepthwise:
    case Role::kDsPointwise:
    case Role::kPointwise2:
    case Role::kProjection:
      return node.op == IntOp::kConv;
    default:
      return node.op == IntOp::kAdd;
  }
}

/// Scale and zero point per channel on the residual stream, the scales folded into the weights of the next
/// convolutions (these quantize what is left) and into the shortcut's multipliers: centre (max + min) / 2,
/// scale (max - min) / 2. After bias correction the 8-bit stream is what limits EfficientViT (spec: reference
/// "R per-channel, folded").
class Residual : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    if (!recipe.residual_scales || recipe.symmetric || node.id == graph.output || !on_residual_stream(node)) {
      return false;
    }
    return std::all_of(graph.nodes.begin(), graph.nodes.end(), [&](const IntNode& reader) {
      return std::find(reader.inputs.begin(), reader.inputs.end(), node.id) == reader.inputs.end() ||
             reader.op == IntOp::kConv || reader.op == IntOp::kAdd || reader.op == IntOp::kResize;
    });
  }
  void apply(const IntegerGraph& graph, const IntNode& node, const ChannelStatistics& statistics,
             ChannelMap& map) const override {
    const bool padded = read_by_padded_conv(graph, node);
    double widest = 0;
    for (size_t c = 0; c < map.scale.size(); ++c) {
      const double low = padded ? std::min(statistics.low[c], 0.0f) : statistics.low[c];
      const double high = padded ? std::max(statistics.high[c], 0.0f) : statistics.high[c];
      map.centre[c] = (high + low) / 2;
      map.scale[c] = (high - low) / 2;
      widest = std::max(widest, map.scale[c]);
    }
    for (double& scale : map.scale) {
      scale = widest > 0 ? std::max(scale, widest * kLeastShare) : 1;
    }
  }
};

const Registry<ActivationPass>::Entry entry("residual", [] { return std::make_unique<Residual>(); });

}  // namespace

}  // namespace tridex::quant
