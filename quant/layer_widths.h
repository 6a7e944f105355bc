#pragma once
#include <optional>
#include <string>

#include "quant/integer_graph.h"
#include "quant/quantize.h"

namespace tridex::quant {

/// What the entries of recipe.layers say of the node `name`; later entries win.
std::optional<int> layer_weight_bits(const Recipe& recipe, const std::string& name);
std::optional<int> layer_activation_bits(const Recipe& recipe, const std::string& name);

/// Error: FILE:LINE of an entry that names no node of the graph (with the nearest names), or none whose width
/// it could change (weight_bits: no convolution; activation_bits: only the input or accumulators).
void check_layers(const IntegerGraph& graph, const Recipe& recipe);

}  // namespace tridex::quant
