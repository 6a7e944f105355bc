#pragma once
#include <vector>

#include "models/weights.h"
#include "quant/lowering.h"

namespace tridex::quant {

/// Sets the parameters of a node that do not depend on its own quantizer (weights, bias, shortcut, gamma,
/// beta), given the quantizers of its inputs. Returns the scale of its accumulators: one entry, or one a
/// channel. Not for kAdd and kDivide.
std::vector<double> set_parameters(const Lowered& lowered, IntegerGraph& graph, int id,
                                   const models::Weights& weights, const Recipe& recipe);

}  // namespace tridex::quant
