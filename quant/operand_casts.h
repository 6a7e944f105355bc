#pragma once
#include "quant/lowering.h"

namespace tridex::quant {

/// Whether node `reader` takes its input `i` into the multipliers of an engine: a convolution's input (not
/// its shortcut) or an operand of a matrix product.
bool is_engine_operand(const IntNode& reader, size_t i);

/// Whether the tensor is read, and only as an engine's operand.
bool engines_alone_read(const IntegerGraph& graph, const IntNode& node);

/// Where the recipe's residual stream is wider than its activations: behind every tensor of the stream with
/// more bits than activation_bits, an addition of one input (a cast, "<name>.narrow", activation_bits) that
/// all engines read instead; shortcuts and the vector unit read the wide tensor. Its value is the wide
/// tensor's. Nodes are renumbered. Nothing with recipe.wide_operands.
void insert_casts(Lowered& lowered, const Recipe& recipe);

}  // namespace tridex::quant
