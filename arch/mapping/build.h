#pragma once
#include "arch/design/design_point.h"
#include "arch/mapping/program.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// One program for a machine, with these options. Errors (tridex::Error): no tile of a layer fits the
/// buffers, or the DRAM is too small.
Program build_program(const DesignPoint& machine, const quant::IntegerGraph& graph,
                      const MappingOptions& options, int frames);

}  // namespace tridex::arch
