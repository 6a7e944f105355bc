#pragma once
#include "arch/design/design_point.h"
#include "arch/design/run_result.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// What no program of this design can beat, in closed form and without a simulation (fidelity analytic):
///
///     cycles >= max(engines, vector unit, DRAM, segments one after the other)
///
/// * engines: every layer's passes over the multipliers, its results and operands at the ports, a command's
/// fill;
///   engines side by side (engine_bound.h);
/// * vector unit: elements that it makes or reads over its lanes;
/// * DRAM: weights, input and output once over the ports, each direction for itself, and over the memory's
///   peak between refreshes. Activations are taken to stay on the chip, opening rows to take no time;
/// * segments (segments.h): what lies in front of a sum over all pixels or of a fully connected layer is done
/// before
///   what lies behind it begins, and weights that the buffer cannot hold are read in their own segment.
///
/// Capacity enters the steady state: weights that the weight buffer can hold need not be read again, so fps
/// is the bound of a long run; cycles and latency are those of the first frame, traffic is one frame's. The
/// result has frames = 1 and no row hits, refreshes or stalls. Layers lie one after the other in shares of
/// the engines' bound (of the vector unit's for what runs there, in parallel to it).
RunResult analyze(const DesignPoint& design, const quant::IntegerGraph& graph);

}  // namespace tridex::arch
