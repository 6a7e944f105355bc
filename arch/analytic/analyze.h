#pragma once
#include "arch/design/design_point.h"
#include "arch/design/run_result.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// What no program of this design can beat, in closed form and without a simulation (fidelity analytic):
///
///     cycles >= max(engines, vector unit, DRAM)
///
/// * engines: every layer's multiplications over the multipliers that can be used for it, engines side by
/// side
///   (engine_bound.h);
/// * vector unit: elements that it makes over its lanes;
/// * DRAM: weights, input and output once over the ports, each direction for itself, and over the memory's
/// peak.
///   Activations are taken to stay on the chip, refresh and opening rows to take no time.
///
/// Capacity enters the steady state: weights that the weight buffer can hold need not be read again, so fps
/// is the bound of a long run; cycles and latency are those of the first frame, traffic is one frame's. The
/// result has frames = 1 and no row hits, refreshes or stalls. Layers lie one after the other in shares of
/// the engines' bound (of the vector unit's for what runs there, in parallel to it).
RunResult analyze(const DesignPoint& design, const quant::IntegerGraph& graph);

}  // namespace tridex::arch
