#pragma once
#include <span>
#include <vector>

#include "models/weights.h"
#include "quant/integer_graph.h"
#include "quant/quantize.h"

namespace tridex::quant {

/// The weights of an output channel are scale * code, low <= code <= high.
struct ChannelCodes {
  double scale = 1;
  int low = -128, high = 127;
};

/// Sets weights and returns how the codes of each output channel lie. `values`: the float weights, output
/// channel first, with the input's scales already folded in. `least_scale[o]` keeps the accumulators' scale
/// coarse enough for what is added to them; `input_scale[o]` times the result is the accumulators' scale.
/// The codes cover recipe.weight_range's range; with recipe.weight_zero_point they are a code of
/// weight_bits - 1 bits less its zero point.
std::vector<ChannelCodes> set_weights(IntNode& node, std::span<const double> values,
                                      std::span<const double> least_scale,
                                      std::span<const double> input_scale, const Recipe& recipe);

/// The parameters of a network without batch norms, with the weights of its convolutions replaced by what
/// their codes stand for; `lowered_nodes` gives the widths. For statistics of the network with quantized
/// weights alone.
models::Weights with_quantized_weights(const models::Graph& graph, const models::Weights& weights,
                                       const Recipe& recipe, const std::vector<int>& weight_bits);

}  // namespace tridex::quant
