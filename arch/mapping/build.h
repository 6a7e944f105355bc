#pragma once
#include "arch/design/design_point.h"
#include "arch/mapping/program.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// One program for a machine, with these options. weights_outside: convolutions that have their loops so
/// (conv_loops.h), whatever the options say. Errors (tridex::Error): no tile of a layer fits the
/// buffers, or the DRAM is too small.
Program build_program(const DesignPoint& machine, const quant::IntegerGraph& graph,
                      const MappingOptions& options, int frames, std::vector<int> weights_outside = {});

}  // namespace tridex::arch
