#include <algorithm>
#include <numeric>

#include "base/registry.h"
#include "quant/activation_pass.h"

namespace tridex::quant {

namespace {

constexpr double kQuantile = 0.99;
constexpr double kLeast = 0.1;
constexpr double kMost = 64;

/// Channel-wise migration of the input of an MBConv's depthwise convolution (Trio-ViT, released code):
/// m_c = max of channel c (signed),  t = max(0.99 quantile of the tensor, mean of m_c),  s_c = clip(m_c / t,
/// 0.1, 64). The depthwise weights of the channel take s_c up: their scale is per channel already, so they
/// lose nothing.
class Migration : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    return recipe.migration && !recipe.depthwise_scales && node.op == IntOp::kConv &&
           read_only_by(graph, node, Role::kDepthwise);
  }
  void apply(const MapContext& context, ChannelMap& map) const override {
    const auto& high = context.statistics.high;
    const double mean = std::accumulate(high.begin(), high.end(), 0.0) / static_cast<double>(high.size());
    const double t = std::max(context.statistics.quantile(kQuantile), mean);
    if (t > 0) {
      for (size_t c = 0; c < high.size(); ++c) {
        map.scale[c] = std::clamp(high[c] / t, kLeast, kMost);
      }
    }
  }
};

const Registry<ActivationPass>::Entry migration_entry("migration",
                                                      [] { return std::make_unique<Migration>(); });

}  // namespace

}  // namespace tridex::quant
