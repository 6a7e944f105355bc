#pragma once
#include "quant/integer_graph.h"

namespace tridex::quant {

/// The part of check() about numbers: sizes of the value vectors, their ranges, and that no accumulator can
/// overflow. The node's structure must have been checked.
void check_values(const IntegerGraph& graph, const IntNode& node);

}  // namespace tridex::quant
