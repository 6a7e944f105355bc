#pragma once
#include "quant/integer_graph.h"
#include "quant/quantize.h"

namespace tridex::quant {

/// Sets weight_bits and the width and sign of every tensor of a graph whose operators, inputs and output are
/// set, by the order of precedence in quant/quantize.h. Error: names a tensor whose width a concat and
/// recipe.layers do not agree on.
void set_widths(IntegerGraph& graph, const Recipe& recipe);

}  // namespace tridex::quant
