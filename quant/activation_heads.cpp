#include <algorithm>
#include <cmath>
#include <limits>

#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/part_readers.h"

namespace tridex::quant {

namespace {

/// Half ranges below this share of the widest are not distinguished.
constexpr double kLeastHeadShare = 1.0 / 1024;

/// Scales of an attention's tensors by head, and of q, k and v by themselves: matrix products want equal
/// scales inside a head and a part only, and the requantization behind them has an entry a channel anyway. A
/// part that is read through a ReLU alone has codes for what is not negative alone. Products (kv, key sums,
/// dividends, divisors) keep the zero point 0.
class HeadScales : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    if (!recipe.head_scales || recipe.symmetric || node.out.bits == 32 || node.id == graph.output) {
      return false;
    }
    return is_product(node) || (node.op == IntOp::kConv && part_readers(graph, node).product);
  }
  void apply(const MapContext& context, ChannelMap& map) const override {
    const IntNode& node = context.node;
    const PartReaders readers = part_readers(context.graph, node);
    const int parts = is_product(node) ? 1 : 3;
    const int d = node.shape.c / (attention_heads(context.graph, node) * parts);
    map.floor.assign(map.scale.size(), -std::numeric_limits<double>::infinity());
    const bool padded = read_by_padded_conv(context.graph, node);
    double widest = 0;
    for (int first = 0; first < node.shape.c; first += d) {
      double low = std::numeric_limits<double>::infinity();
      double high = -low;
      for (int c = first; c < first + d; ++c) {
        low = std::min(low, double{context.statistics.clip_low[static_cast<size_t>(c)]});
        high = std::max(high, double{context.statistics.clip_high[static_cast<size_t>(c)]});
      }
      const bool above_zero = parts == 3 && readers.rectify(first / d % 3);
      if (above_zero || padded) {
        low = above_zero ? 0 : std::min(low, 0.0);
        high = std::max(high, 0.0);
      }
      const double centre = is_product(node) ? 0 : (high + low) / 2;
      const double half = is_product(node) ? std::max(std::abs(low), std::abs(high)) : (high - low) / 2;
      widest = std::max(widest, half);
      for (int c = first; c < first + d; ++c) {
        const auto i = static_cast<size_t>(c);
        map.centre[i] = centre;
        map.scale[i] = half;
        map.floor[i] = above_zero ? 0 : map.floor[i];
      }
    }
    map.reach = context.statistics.clipped ? 1 : 0;
    for (double& scale : map.scale) {
      scale = widest > 0 ? std::max(scale, widest * kLeastHeadShare) : 1;
    }
  }

 private:
  static bool is_product(const IntNode& node) {
    return node.op == IntOp::kMatMulTokens || node.op == IntOp::kTokenSum || node.op == IntOp::kMatMulHeads;
  }
};

const Registry<ActivationPass>::Entry heads_entry("heads", [] { return std::make_unique<HeadScales>(); });

}  // namespace

}  // namespace tridex::quant
