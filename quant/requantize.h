#pragma once
#include <cstdint>
#include <vector>

#include "quant/integer_graph.h"

namespace tridex::quant {

/// mult * 2^-shift, mult < 2^17.
struct Multiplier {
  int32_t mult = 0;
  int8_t shift = 0;
};

/// The nearest to `factor` > 0 with low <= shift <= high: relative error at most 2^-17 unless the limits of
/// shift are in the way (a factor too large saturates, one too small loses digits).
Multiplier to_multiplier(double factor, int low, int high);

/// Sets act_shift, three and six of a node with an activation from the scale of its accumulators (1 entry, or
/// one a channel) and its quantizer. Returns the scale of what requant then gets.
std::vector<double> set_activation(IntNode& node, const std::vector<double>& accumulator_scale);

/// Sets node.requant so that the argument of requant, which has `scale` (1 entry, or one a channel), becomes
/// codes of node.out. Nothing for 32-bit outputs.
void set_requant(const IntegerGraph& graph, IntNode& node, const std::vector<double>& scale);

/// Sets res_mult and res_shift.
void set_shortcut(const Quantizer& shortcut, IntNode& node, const std::vector<double>& accumulator_scale);

/// Sets add_mult and requant.shift of a kAdd.
void set_add(const IntegerGraph& graph, IntNode& node);

/// Sets mult and shift (and den_mult, den_frac, pre) of a kDivide: one entry, or one a channel where the
/// dividend, the divisor (per head) or the quotient have more than one scale.
void set_divide(const IntegerGraph& graph, IntNode& node);

/// Sets y_min and y_max of a log2_code division to the exponents of its smallest and its largest real
/// divisor, 0 < smallest <= largest.
void set_exponent_window(IntNode& node, double smallest, double largest);

}  // namespace tridex::quant
