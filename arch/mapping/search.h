#pragma once
#include "arch/design/design_point.h"
#include "arch/mapping/program.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// Makes programs in several ways and gives the one that has least of MappingOptions::objective, by the
/// estimate (estimate.h) of the design itself. Deterministic; of equal ones the first.
///
/// * none: one program, with the options as they are; if a layer finds no room, with fewer of them (no
///   windows of rows, nothing kept on the chip).
/// * fast: the same, with weights fetched far ahead or not, where a program streams tiles. Where the loops
///   that read least (conv_loops.h) are not those with the weights outside, these are tried too and, for
///   latency, each where its layer is done sooner.
/// * full: every combination of what may be done (all inputs outside, tensors kept by the ports and and
///   blocks fused that could stay, among them), the best of these also as if the design had halves or
///   quarters of its buffers, or half of another resource: lanes or inputs of an engine, copies, ports, DRAM
///   data rate, clock. So the first program of a smaller machine is always among them; of what did best,
///   programs for half of one resource more are made too.
///
/// Error: what the one program's mapping says, if none can be made.
Program search_program(const DesignPoint& design, const quant::IntegerGraph& graph, int frames);

}  // namespace tridex::arch
