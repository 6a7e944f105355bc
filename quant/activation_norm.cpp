#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/bounds.h"

namespace tridex::quant {

namespace {

/// Expected squared error of a normal value of variance 1 on 2^bits codes from -end to end: rounding inside,
/// distance beyond, both ends.
double normal_error(double end, int bits) {
  const double step = 2 * end / (std::ldexp(1.0, bits) - 1);
  const double tail = std::erfc(end / std::numbers::sqrt2) / 2;
  const double density = std::exp(-end * end / 2) / std::sqrt(2 * std::numbers::pi);
  return step * step / 12 + 2 * ((1 + end * end) * tail - end * density);
}

/// Where the codes of a normal value end, in standard deviations (Banner et al. 2019, there in closed form
/// with approximations: 2.55 at 4 bits, 3.92 at 8).
double best_end(int bits) {
  double best = 1;
  for (double end = 1; end < 8; end += 0.01) {
    best = normal_error(end, bits) < normal_error(best, bits) ? end : best;
  }
  return best;
}

/// Scale and zero point per channel on the inputs of layer norms. What a layer norm reads must be
/// commensurable: whole multipliers m[c] make it so (NUMERICS.md 3; FQ-ViT, Lin et al. 2022, has powers of
/// two for this and one zero point: up to 1 bit lost a channel). Channels are taken as normal, centre = mean,
/// half range = best_end deviations: a head's pooled pixel has one value an image, too few for extremes.
///   m_c = ceil(M half_c / max half)
class Norm : public ActivationPass {
 public:
  [[nodiscard]] bool applies(const IntegerGraph& graph, const IntNode& node,
                             const Recipe& recipe) const override {
    const std::vector<Reader> readers = readers_of(graph, node);
    return recipe.norm_scales && !recipe.symmetric && node.op == IntOp::kConv && node.out.bits != 32 &&
           node.id != graph.output && !readers.empty() &&
           std::all_of(readers.begin(), readers.end(),
                       [](const Reader& reader) { return reader.node->op == IntOp::kLayerNorm; });
  }
  void apply(const MapContext& context, ChannelMap& map) const override {
    const std::vector<double>& variance = context.statistics.variance;
    const double widest = std::sqrt(*std::max_element(variance.begin(), variance.end()));
    if (!(widest > 0)) {
      return;
    }
    const double limit = norm_multiplier_limit(context.node.out.bits);
    for (size_t c = 0; c < variance.size(); ++c) {
      map.scale[c] = std::max(1.0, std::ceil(limit * std::sqrt(variance[c]) / widest)) / limit;
    }
    map.centre = context.statistics.mean;
    map.reach = widest * best_end(context.node.out.bits);
  }
};

const Registry<ActivationPass>::Entry norm_entry("norm", [] { return std::make_unique<Norm>(); });

}  // namespace

}  // namespace tridex::quant
