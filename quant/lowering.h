#pragma once
#include <vector>

#include "models/graph.h"
#include "quant/integer_graph.h"
#include "quant/quantize.h"

namespace tridex::quant {

/// The float nodes (of Lowered::folded) that one IntNode stands for; -1 where there is none.
struct Unit {
  int linear = -1;  ///< conv, layer norm, or the only node
  int activation = -1;
  int add = -1;     ///< kConv with a shortcut
  int value = -1;   ///< the node whose value the tensor is
  int concat = -1;  ///< IntNode of the concat whose quantizer it must have
};

struct Lowered {
  models::Graph folded;     ///< without batch norms
  IntegerGraph graph;       ///< shapes, widths, operators; no values
  std::vector<Unit> units;  ///< one an IntNode
};

/// Which integer operators a network becomes, whatever the values of its parameters. A convolution takes the
/// activation behind it, or the two-operand addition behind it when nothing else reads its result (the other
/// operand is the shortcut); head slices and the ReLUs in front of matrix products become operand views;
/// a residual stream wider than the activations gets casts (quant/operand_casts.h). Widths: quant/quantize.h.
/// Error: names a node that has no integer operator.
Lowered lower(const models::Graph& graph, const Recipe& recipe);

}  // namespace tridex::quant
