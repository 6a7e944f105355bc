#pragma once
#include "arch/design/run_result.h"
#include "arch/platform/platform.h"

namespace tridex::arch {

/// Fills cycles, rates, modules, layers, stalls and the timeline of a result from what the controller kept.
///
/// Every cycle of an engine from 0 to the end of the run is "compute", "fill" (pipeline), waiting for one
/// cause, or "finished" (after its last command); the sum is checked. Causes: "weights" and "input" (a load
/// it waited for), "output" (room in the output buffer, held by a store), "dependency" (another unit's
/// result), "bank_conflict" (others at the buffers' ports), "controller" (stalls.h has all).
void account(const DesignPoint& design, const quant::IntegerGraph& graph, const Program& program,
             const Platform& platform, bool timeline, RunResult& result);

}  // namespace tridex::arch
