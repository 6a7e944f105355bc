#pragma once
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// Rows (or columns) of `in` that windows of `kernel` at every `stride`, `out` of them, read at least once.
int read_extent(int in, int out, int kernel, int stride, int pad);

/// Cycles that `engine`, all copies of it, needs for the whole of `node` at least: the multiplications over
/// the multipliers that the engine can use for it.
/// * A convolution's lane adds up input channels of one tap a cycle: ceil(channels of a group / inputs)
/// cycles a tap.
///   Taps outside of the image take as long as others.
/// * Groups that are smaller than an engine lie on the diagonal of its lanes, as in a systolic array; a
/// depthwise
///   convolution uses all multipliers of R-MAC, whose lanes are then pixels.
/// * A systolic array makes at most as many output channels at once as it has columns, or as groups on its
/// diagonal have
///   (systolic_timing.h); filling it takes no time here.
/// * Matrix products use all multipliers. Row sums (kTokenSum) are made beside them and take no time here.
/// 0 for what engines do not compute.
double engine_cycles_bound(const Engine& engine, int copies, const quant::IntegerGraph& graph,
                           const quant::IntNode& node);

/// Ways to divide a layer over a design's engines: per way, the cycles on each engine at least. Whatever
/// commands a program has for the layer, the engines' times are not below every mixture of ways.
/// * Convolutions: each pixel's channels of a group are covered by whole passes over the lanes of one engine
/// or
///   the other, so all numbers of passes on the first with what is left for the second; with `spread: pixels`
///   or `channels` a pass takes all copies.
/// * An engine that does a part of a layer writes that part of the results, at the rate of its
/// post-processing and
///   of a buffer's port, and reads at least that part of the inputs and of the weights.
/// * Where the layer is computed at all, one command's fill is added to the way.
using Ways = std::vector<std::vector<double>>;
Ways engine_ways(const DesignPoint& design, const quant::IntegerGraph& graph, const quant::IntNode& node);

/// The least time in which engines that work side by side can do layers, any part of a layer on any engine.
struct EngineBound {
  double cycles = 0;
  std::vector<double> share;         ///< of each layer; they sum to cycles
  std::vector<std::string> engines;  ///< of each layer: who does it in the best case, "mat+rmac"
};
/// The bound holds for every schedule: for weights w of the engines that sum to 1, no schedule is faster than
/// sum over layers of min over ways of w . cycles (linear programming duality); the best weights found are
/// used.
EngineBound bound_engines(const std::vector<Engine>& engines, const std::vector<Ways>& layers);

}  // namespace tridex::arch
