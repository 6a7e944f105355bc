#pragma once
#include "arch/design/design_point.h"
#include "arch/mapping/program.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// Compiles `frames` inferences of a network for a design. Deterministic. Errors (tridex::Error): the design
/// cannot compute something that the network needs (names the layer and what is missing), or no tile of a
/// layer fits its buffers (names the layer, the buffer, the bytes needed and there).
Program map_network(const DesignPoint& design, const quant::IntegerGraph& graph, int frames);

/// The first of map_network's checks alone.
void check_capabilities(const DesignPoint& design, const quant::IntegerGraph& graph);

}  // namespace tridex::arch
