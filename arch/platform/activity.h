#pragma once
#include "arch/design/run_result.h"
#include "arch/mapping/program.h"

namespace tridex::arch {

/// Fills energy and power of a result, a frame's energy, from a run that took so many seconds; or says in
/// energy_note why there is none.
void fill_energy(const DesignPoint& design, const Program& program, double seconds, RunResult& result);

}  // namespace tridex::arch
