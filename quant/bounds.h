#pragma once
#include <vector>

#include "quant/integer_graph.h"

namespace tridex::quant {

constexpr int kAccumulatorWidth = 48;  ///< NUMERICS.md 2
constexpr int kRequantWidth = 27;
constexpr int kHardswishWidth = 18;
constexpr int kLayerNormFraction = 12;

/// Lowest and highest values that q - zero of channel c can have; max(., 0) of both with relu.
struct Span {
  double low = 0, high = 0;
  [[nodiscard]] double magnitude() const { return low < 0 && -low > high ? -low : high; }
};
Span centred_span(const Quantizer& quantizer, int c, bool relu = false);

/// Static bound of |a| of every output channel (NUMERICS.md 3), before the activation, whatever the input
/// codes are. The partial sums of a convolution are bounded by it too. Doubles: exact far beyond the 48 bits
/// that are allowed. Only for operators with an accumulator (not kInput, kConcat, kDivide).
std::vector<double> accumulator_bounds(const IntegerGraph& graph, const IntNode& node);

/// m[c] of a layer norm's input tensor, and the scale of what they make of the codes (NUMERICS.md 3).
struct NormMultipliers {
  std::vector<int> mult;  ///< one entry, or one a channel; empty: the scales are no such multiples
  double unit = 1;
};
NormMultipliers norm_multipliers(const Quantizer& quantizer);
/// The largest m[c] for codes of this width: 128, less beyond 8 bits, so that m * code has 15 bits.
int norm_multiplier_limit(int bits);

/// Bound of |argument of requant| given accumulator_bounds.
double activated_bound(const IntNode& node, int c, double accumulator_bound);

}  // namespace tridex::quant
