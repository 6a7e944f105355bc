#include "arch/analytic/segments.h"

#include <algorithm>

#include "arch/analytic/engine_bound.h"

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

/// A fully connected layer: every output needs every input.
bool is_linear(const IntegerGraph& graph, const IntNode& node) {
  return node.op == IntOp::kConv && node.conv.groups == 1 && graph.node(node.inputs[0]).shape.pixels() == 1;
}

/// Whether a convolution reads every row and every column of its input.
bool reads_all(const models::ConvAttributes& conv, const models::Shape& in, const models::Shape& out) {
  return read_extent(in.h, out.h, conv.kernel_h, conv.stride, conv.pad_top) == in.h &&
         read_extent(in.w, out.w, conv.kernel_w, conv.stride, conv.pad_left) == in.w;
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
      const bool all = (is == Need::kAll || (mixes_channels && !shortcut)) &&
                       (node.op != IntOp::kConv || shortcut ||
                        reads_all(node.conv, graph.node(node.inputs[i]).shape, node.shape));
      raise(node.inputs[i], all && !some ? Need::kAll : Need::kSome);
    }
  }
  std::vector<bool> wholly(graph.nodes.size());
  for (size_t i = 0; i < wholly.size(); ++i) {
    wholly[i] = need[i] == Need::kAll;
  }
  return wholly;
}

/// Nodes of which every element needs the barrier's result, directly or not. A concatenation may need it for
/// some of its channels; what adds up all channels of that then needs it for all.
std::vector<bool> behind(const IntegerGraph& graph, const IntNode& barrier) {
  enum class Needs { kNone, kSome, kAll };
  std::vector<Needs> needs(graph.nodes.size(), Needs::kNone);
  needs[static_cast<size_t>(barrier.id)] = Needs::kAll;
  for (size_t id = static_cast<size_t>(barrier.id) + 1; id < graph.nodes.size(); ++id) {
    const IntNode& node = graph.nodes[id];
    Needs most = Needs::kNone;
    Needs least = Needs::kAll;
    for (const int input : node.inputs) {
      most = std::max(most, needs[static_cast<size_t>(input)]);
      least = std::min(least, needs[static_cast<size_t>(input)]);
    }
    const bool adds_up = (node.op == IntOp::kConv && node.conv.groups == 1 &&
                          needs[static_cast<size_t>(node.inputs[0])] != Needs::kNone) ||
                         (node.op == IntOp::kLayerNorm && most != Needs::kNone);
    needs[id] = adds_up                     ? Needs::kAll
                : node.op != IntOp::kConcat ? most
                : least == Needs::kAll      ? Needs::kAll
                : most == Needs::kNone      ? Needs::kNone
                                            : Needs::kSome;
  }
  std::vector<bool> after(graph.nodes.size());
  for (size_t id = 0; id < after.size(); ++id) {
    after[id] = needs[id] == Needs::kAll;
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
    if (node.op != IntOp::kMatMulTokens && !is_linear(graph, node)) {
      continue;
    }
    const std::vector<bool> before = needed_wholly(graph, node);
    bool any = false;
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i] && open[i]) {
        segments.of[i] = segments.count - 1;
        any = true;
      }
    }
    if (any) {  // else it runs beside the barrier before it
      open = behind(graph, node);
      ++segments.count;
    }
  }
  for (size_t i = 0; i < open.size(); ++i) {
    if (open[i]) {
      segments.of[i] = segments.count - 1;
    }
  }
  return segments;
}

}  // namespace tridex::arch
