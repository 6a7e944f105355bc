#pragma once
#include "quant/integer_graph.h"

namespace tridex::quant {

/// Whether the tensor is part of the residual stream: what a block's shortcut carries on and adds to. By
/// role: the outputs of the stem, of its depthwise-separable block, of an MBConv's second pointwise
/// convolution and of the projection behind an attention, and every addition. A cast is not (it is a copy for
/// an engine).
bool on_residual_stream(const IntNode& node);

/// An addition of one input: it requantizes a wide tensor to the width of the engines' operands.
inline bool is_cast(const IntNode& node) {
  return node.op == IntOp::kAdd && node.inputs.size() == 1;
}

}  // namespace tridex::quant
