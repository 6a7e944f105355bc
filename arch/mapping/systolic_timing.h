#pragma once
#include <cstdint>

#include "arch/design/design_point.h"
#include "arch/mapping/command.h"

namespace tridex::arch {

/// What one copy of a weight-stationary array does for a command: `passes` over its columns, each over all
/// the `streamed` vectors; in a pass, `reductions` tiles of weights are added up.
struct SystolicWork {
  int64_t passes = 0, reductions = 0, streamed = 0;
};

/// A tile is at most R = inputs rows by C = lanes columns of stationary weights.
///
///   conv       rows are input channels, columns output channels, a tap of the kernel at a time, pixels
///   stream.
///              Groups that are smaller than the array lie on its diagonal, g = min(R / I, C / O) of them
///              (the rest of the tile is zeros): ceil(ceil(G / g) * ceil(O / C) / Lc) passes, ceil(I / R) * K
///              reductions, ceil(P / Lp) pixels.
///   depthwise  the same with I = O = 1: a channel has one multiplier of the min(R, C) on the diagonal. (The
///   usual
///              alternative, a channel's taps down one column and nothing in the others, needs more tiles for
///              every kernel up to 5 x 5 on arrays from 32 x 32; its poor use of arrays is what FuSeConv,
///              arXiv 2105.13434, is about.)
///   context    per head v is stationary, tokens down the rows, and the d columns of k stream: heads * ceil(d
///   / C)
///              passes over all copies, ceil(N / R) reductions. The row sums are added beside it.
///   attend     per head k^T v is stationary, with the row sums as one more column, so that the divisor comes
///   with the
///              dividends; tokens stream. Heads lie on the diagonal as groups do: I = d, O = d + 1.
SystolicWork systolic_work(const Engine& engine, const Command& command);

/// Cycles of such work, the array's own fill and drain included. Weights enter from the top, R cycles a tile;
/// a vector enters the rows one cycle after another and leaves the last column R + C - 2 cycles after it
/// entered the first row. The vectors of a pass are taken in chunks of `accumulators`, whose sums wait in
/// memories below the columns:
///
///     chunk of p vectors, T tiles in all; of each tile p cycles, and
///     * not double buffered: 2 R + C - 2 more: load, stream, drain, nothing at a time (SCALE-Sim's
///     weight-stationary
///       time of a fold, arXiv 1811.02883: 2 S_R + S_C + T - 2);
///     * double buffered: max(p, R), as the next weights are loaded behind the wave of the last ones' first
///     vector;
///       R before the first tile, and after the last one R + C - 2 (and only its p).
int64_t systolic_cycles(const Engine& engine, const SystolicWork& work);
int64_t systolic_cycles(const Engine& engine, const Command& command);

}  // namespace tridex::arch
