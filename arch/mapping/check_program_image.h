#pragma once
#include "arch/mapping/check_program_findings.h"
#include "arch/mapping/check_program_layout.h"

namespace tridex::arch::checking {

/// Puts into the DRAM what is there before a program starts: the input and the blocks of constants. Reports
/// places and blocks that are not what the graph needs, leave the footprint or overlap.
void fill_dram(const DesignPoint& design, const quant::IntegerGraph& graph, const Program& program,
               Memory& dram, Findings& findings);

}  // namespace tridex::arch::checking
