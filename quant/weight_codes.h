#pragma once
#include <span>
#include <vector>

#include "models/weights.h"
#include "quant/integer_graph.h"
#include "quant/quantize.h"

namespace tridex::quant {

/// Sets weights and returns the scale of each output channel. `values`: the float weights, output channel
/// first, with the input's scales already folded in. `least_scale[o]` keeps the accumulators' scale coarse
/// enough for what is added to them. Symmetric codes: scale 1 of recipe.weight_range's range.
std::vector<double> set_weights(IntNode& node, std::span<const double> values,
                                std::span<const double> least_scale, const Recipe& recipe);

/// The parameters of a network without batch norms, with the weights of its convolutions replaced by what
/// their codes stand for; `lowered_nodes` gives the widths. For statistics of the network with quantized
/// weights alone.
models::Weights with_quantized_weights(const models::Graph& graph, const models::Weights& weights,
                                       const Recipe& recipe, const std::vector<int>& weight_bits);

}  // namespace tridex::quant
