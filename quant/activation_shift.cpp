#include "base/registry.h"
#include "quant/activation_pass.h"

namespace tridex::quant {

namespace {

/// Filter-wise shifting of the input of an MBConv's second pointwise convolution (Trio-ViT, released code):
/// the centre (max + min) / 2 of each channel is its zero point; the bias of the convolution, made from the
/// quantized weights, takes it up.
class Shift : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    return recipe.shift && recipe.pointwise_migration == 0 && node.op == IntOp::kConv &&
           read_only_by(graph, node, Role::kPointwise2);
  }
  void apply(const MapContext& context, ChannelMap& map) const override {
    for (size_t c = 0; c < map.centre.size(); ++c) {
      map.centre[c] = (double{context.statistics.high[c]} + context.statistics.low[c]) / 2;
    }
  }
};

const Registry<ActivationPass>::Entry shift_entry("shift", [] { return std::make_unique<Shift>(); });

}  // namespace

}  // namespace tridex::quant
