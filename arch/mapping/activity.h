#pragma once
#include <array>

#include "arch/cost/energy.h"
#include "arch/design/run_result.h"
#include "arch/mapping/program.h"

namespace tridex::arch {

/// Bytes that a command reads and writes in each buffer (BufferId), as port_cycles counts them: each operand
/// passes its port once. Sums and results of a kContext stay in registers of the engine and are not counted.
std::array<int64_t, 3> command_bytes(const Command& command);

/// Multiply-accumulates of an engine's command, as IntegerGraph::macs counts them (a row sum is one more
/// column); 0 for others.
int64_t command_macs(const Command& command);

/// What a program does in all its frames, and the DRAM's traffic of them.
Activity count_activity(const DesignPoint& design, const Program& program, const DramTraffic& traffic);

}  // namespace tridex::arch
