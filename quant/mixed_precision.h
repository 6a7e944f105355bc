#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quant/integer_graph.h"

namespace tridex::quant {

/// What a budget limits.
enum class WidthCost {
  kSize,      ///< bytes of the weights, packed
  kTraffic,   ///< bytes a frame if nothing stays on the chip: weights once, each tensor written once and read
              ///< by each reader
  kProducts,  ///< bit products a frame: MACs x bits of the weight x bits of the input
};

/// The part of the cost that the width of a convolution's weights changes.
int64_t convolution_cost(const IntegerGraph& graph, const IntNode& conv, WidthCost kind, int weight_bits);
/// The rest: what no choice changes.
int64_t fixed_cost(const IntegerGraph& graph, WidthCost kind);
/// The whole, every convolution's weights at its own width or all at `weight_bits`.
int64_t network_cost(const IntegerGraph& graph, WidthCost kind, std::optional<int> weight_bits = {});

/// One width of a layer: what it costs (bytes, products; whole numbers) and the noise that it puts on the
/// logits.
struct WidthChoice {
  int bits = 8;
  int64_t cost = 0;
  double noise = 0;
};

/// One choice of each layer with the least sum of noises whose costs fit `budget`: the multiple-choice
/// knapsack problem, by dynamic programming over costs (Kellerer, Pferschy, Pisinger, "Knapsack problems",
/// 2004, 11.5). That noises add up is the model of errors that know nothing of each other. Exact where the
/// budget, divided by the greatest common divisor of all costs, is at most `grid`; else costs are rounded up
/// to budget / grid, so that the result fits but may miss the optimum by the rounding (0.001 % of the budget
/// a layer). Of equal noises the cheaper. Returns an index a layer. Error: even the cheapest choices do not
/// fit; says what they cost.
std::vector<size_t> choose_widths(const std::vector<std::vector<WidthChoice>>& layers, int64_t budget,
                                  int64_t grid = 100'000);

}  // namespace tridex::quant
