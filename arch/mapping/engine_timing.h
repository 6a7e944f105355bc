#pragma once
#include <array>
#include <cstdint>

#include "arch/design/design_point.h"
#include "arch/mapping/command.h"

namespace tridex::arch {

/// Cycles that an engine computes for a command, without the pipeline's fill (Engine::pipeline_depth) and
/// without waiting. All copies work on one command, spread over copies_pixels x copies_channels.
///
///   conv, grouped conv   passes over lane groups x input groups x kernel x pixels. Inputs are broadcast to
///                        the lanes, each of which has weights of its own: g = min(inputs / I, lanes / O)
///                        groups that are small enough lie on the diagonal, at least one at a time:
///                        ceil(ceil(G / g) * ceil(O/lanes) / Lc) * ceil(I/inputs) * K * ceil(P / Lp)
///   depthwise            MAT: the same with I = O = 1. R-MAC: multipliers of a lane are channels, lanes are
///                        pixels: ceil(C / (inputs * Lc)) * K * ceil(P / (lanes * Lp))
///   context              per head d columns of ceil(d/lanes) lane groups, ceil(N/inputs) token groups:
///                        ceil(heads * d * ceil(d/lanes) / L) * ceil(N / inputs); the row sums are added
///                        beside it
///   attend               per head divisors ceil(d/inputs), then dividends ceil(d/lanes) * ceil(d/inputs),
///                        each for ceil(N / Lp) pixels, heads over Lc
///   a systolic array     systolic_timing.h
/// A command cannot be faster than its operands pass the buffers' ports, nor than its results pass the
/// requantization (Engine::results_per_cycle of each copy; a row sum of a context takes a cycle of its own)
/// or the division (quotients_per_cycle, after the head's divisors): see port_cycles and unhindered_cycles.
int64_t compute_cycles(const Engine& engine, const Command& command);

/// Groups of `inputs` to `outputs` channels that MAT or R-MAC do at a time.
int64_t groups_at_once(const Engine& engine, int64_t inputs, int64_t outputs);

/// Cycles of the vector unit: elements / lanes, times the summands (add), 8 taps (resize), 3 passes (layer
/// norm).
int64_t vector_cycles(const VectorUnit& unit, const Command& command);

/// Bytes that a command reads from and writes to each buffer (BufferId), each operand once.
struct PortTraffic {
  std::array<int64_t, 3> read{}, written{};
};
PortTraffic port_traffic(const Command& command);

/// Cycles that the operands and results of a command occupy its buffers' ports.
int64_t port_cycles(const DesignPoint& design, const PortTraffic& traffic);

/// What an engine needs without the buffers' ports and without the fill: to compute, and to requantize.
int64_t unhindered_cycles(const DesignPoint& design, const Engine& engine, const Command& command);

/// All of it, with the fill; with the ports' cycles, or with the traffic that is known already.
int64_t engine_cycles(const DesignPoint& design, const Engine& engine, const Command& command);
int64_t engine_cycles(const DesignPoint& design, const Engine& engine, const Command& command,
                      const PortTraffic& traffic);
int64_t vector_unit_cycles(const DesignPoint& design, const Command& command);
int64_t vector_unit_cycles(const DesignPoint& design, const Command& command, const PortTraffic& traffic);

/// Sets copies_pixels and copies_channels of a command to the split that Spread allows and is fastest on the
/// engine.
void choose_spread(const DesignPoint& design, const Engine& engine, Command& command);

}  // namespace tridex::arch
