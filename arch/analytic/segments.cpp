#include "arch/analytic/segments.h"

#include <algorithm>

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

/// A fully connected layer: every output needs every input.
bool is_linear(const IntegerGraph& graph, const IntNode& node) {
  return node.op == IntOp::kConv && node.conv.groups == 1 && graph.node(node.inputs[0]).shape.pixels() == 1;
}

/// Nodes of which every element is needed for any one of the barrier's. Of a product's operands only some
/// channels may be (k and v of a tensor that holds q too), and of what they are made from as long as channels
/// stay apart.
std::vector<bool> needed_wholly(const IntegerGraph& graph, const IntNode& barrier) {
  enum class Need { kNone, kSome, kAll };
  std::vector<Need> need(graph.nodes.size(), Need::kNone);
  const auto raise = [&](int node, Need to) {
    Need& is = need[static_cast<size_t>(node)];
    is = std::max(is, to);
  };
  if (is_linear(graph, barrier)) {
    raise(barrier.inputs[0], Need::kAll);
  } else {
    for (const int input : barrier.inputs) {
      raise(input, Need::kSome);
    }
  }
  for (int id = barrier.id - 1; id >= 0; --id) {
    const IntNode& node = graph.node(id);
    const Need is = need[static_cast<size_t>(id)];
    if (is == Need::kNone) {
      continue;
    }
    const bool mixes_channels =
        (node.op == IntOp::kConv && node.conv.groups == 1) || node.op == IntOp::kLayerNorm;
    const bool parts = node.op == IntOp::kMatMulTokens || node.op == IntOp::kTokenSum;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const bool shortcut = node.op == IntOp::kConv && i == 1;
      const bool some = parts || (node.op == IntOp::kMatMulHeads && i == 0);
      const bool all = is == Need::kAll || (mixes_channels && !shortcut);
      raise(node.inputs[i], all && !some ? Need::kAll : Need::kSome);
    }
  }
  std::vector<bool> wholly(graph.nodes.size());
  for (size_t i = 0; i < wholly.size(); ++i) {
    wholly[i] = need[i] == Need::kAll;
  }
  return wholly;
}

/// Nodes of which every element needs the barrier's result, directly or not.
std::vector<bool> behind(const IntegerGraph& graph, const IntNode& barrier) {
  std::vector<bool> after(graph.nodes.size(), false);
  after[static_cast<size_t>(barrier.id)] = true;
  for (size_t id = static_cast<size_t>(barrier.id) + 1; id < graph.nodes.size(); ++id) {
    const auto& inputs = graph.nodes[id].inputs;
    const auto is_after = [&](int input) { return after[static_cast<size_t>(input)] == true; };
    after[id] = graph.nodes[id].op == IntOp::kConcat ? std::all_of(inputs.begin(), inputs.end(), is_after)
                                                     : std::any_of(inputs.begin(), inputs.end(), is_after);
  }
  after[static_cast<size_t>(barrier.id)] = is_linear(graph, barrier);  // sums can be under way before
  return after;
}

}  // namespace

Segments cut_network(const IntegerGraph& graph) {
  Segments segments;
  segments.of.assign(graph.nodes.size(), kFloating);
  std::vector<bool> open(graph.nodes.size(), true);  // behind the last barrier
  for (const IntNode& node : graph.nodes) {
    const bool barrier = node.op == IntOp::kMatMulTokens || is_linear(graph, node);
    if (!barrier || !open[static_cast<size_t>(node.id)]) {
      continue;
    }
    const std::vector<bool> before = needed_wholly(graph, node);
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i] && open[i]) {
        segments.of[i] = segments.count - 1;
      }
    }
    open = behind(graph, node);
    ++segments.count;
  }
  for (size_t i = 0; i < open.size(); ++i) {
    if (open[i]) {
      segments.of[i] = segments.count - 1;
    }
  }
  return segments;
}

}  // namespace tridex::arch
