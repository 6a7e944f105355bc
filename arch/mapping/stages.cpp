#include "arch/mapping/stages.h"

#include <algorithm>

#include "arch/mapping/layout.h"
#include "arch/mapping/tiling.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

bool can_fuse(const DesignPoint& design, const IntegerGraph& graph,
              const std::vector<std::vector<int>>& readers, const IntNode& depthwise) {
  if (!design.inter_layer_pipeline || design.engine(EngineKind::kMat) == nullptr ||
      design.engine(EngineKind::kRmac) == nullptr || !depthwise.depthwise() || depthwise.has_shortcut ||
      readers[static_cast<size_t>(depthwise.id)].size() != 1) {
    return false;
  }
  const IntNode& next = graph.node(readers[static_cast<size_t>(depthwise.id)][0]);
  if (next.op != IntOp::kConv) {
    return false;
  }
  const int64_t own = conv_block_bytes(depthwise, 0, depthwise.shape.c, depthwise.shape.c);
  const int64_t other = conv_block_bytes(next, 0, next.shape.c, depthwise.shape.c);
  // The larger block may lie in the middle of the buffer and split what is left for the smaller one.
  constexpr int64_t kSlack = 256;
  const int64_t weights = std::max(own, other) + 2 * std::min(own, other);
  return weights + kSlack <= design.weight_buffer.bytes &&
         pair_fits({design.input_buffer.bytes, design.output_buffer.bytes}, graph, depthwise, next,
                   {1, depthwise.shape.c, next.shape.c}, false) &&
         next.inputs[0] == depthwise.id && next.conv.kernel_h == 1 && next.conv.kernel_w == 1 &&
         next.conv.stride == 1 && !next.depthwise();
}

[[noreturn]] void refuse_products(const IntNode& node) {
  fail(
      "{}: cannot be mapped: matrix products are known in the lite-MSA form only (division of q.(k^T v) by "
      "q.(sum k), "
      "each product read once)",
      node.name);
}

AttentionNodes attention_of(const IntegerGraph& graph, const std::vector<std::vector<int>>& readers,
                            const IntNode& divide) {
  AttentionNodes nodes;
  nodes.divide = divide.id;
  nodes.num = divide.inputs[0];
  nodes.den = divide.inputs[1];
  const IntNode& num = graph.node(nodes.num);
  const IntNode& den = graph.node(nodes.den);
  if (num.op != IntOp::kMatMulHeads || den.op != IntOp::kMatMulHeads) {
    refuse_products(divide);
  }
  nodes.kv = num.inputs[1];
  nodes.ksum = den.inputs[1];
  const IntNode& kv = graph.node(nodes.kv);
  const IntNode& ksum = graph.node(nodes.ksum);
  const auto alone = [&](int id) { return readers[static_cast<size_t>(id)].size() == 1; };
  const bool known = kv.op == IntOp::kMatMulTokens && ksum.op == IntOp::kTokenSum &&
                     kv.inputs[0] == ksum.inputs[0] && kv.inputs[1] == kv.inputs[0] &&
                     num.inputs[0] == kv.inputs[0] && den.inputs[0] == kv.inputs[0] &&
                     kv.operands[0] == ksum.operands[0] && num.operands[0] == den.operands[0] &&
                     alone(nodes.num) && alone(nodes.den) && alone(nodes.kv) && alone(nodes.ksum);
  if (!known) {
    refuse_products(divide);
  }
  return nodes;
}

}  // namespace

std::vector<Stage> group_stages(const DesignPoint& design, const IntegerGraph& graph) {
  const auto readers = graph.consumers();
  std::vector<Stage> stages;
  std::vector<bool> fused(graph.nodes.size(),
                          false);  // the depthwise convolution before it is part of its stage
  std::vector<bool> attended(graph.nodes.size(), false);  // products of a lite-MSA branch
  for (const IntNode& node : graph.nodes) {
    Stage stage;
    stage.node = node.id;
    switch (node.op) {
      case IntOp::kInput:
      case IntOp::kConcat:
      case IntOp::kMatMulTokens:
      case IntOp::kTokenSum:
      case IntOp::kMatMulHeads:
        continue;
      case IntOp::kDivide:
        stage.kind = Stage::Kind::kAttention;
        stage.attention = attention_of(graph, readers, node);
        for (const int id :
             {stage.attention.kv, stage.attention.ksum, stage.attention.num, stage.attention.den}) {
          attended[static_cast<size_t>(id)] = true;
        }
        break;
      case IntOp::kConv:
        if (can_fuse(design, graph, readers, node)) {
          fused[static_cast<size_t>(readers[static_cast<size_t>(node.id)][0])] = true;
          continue;
        }
        if (fused[static_cast<size_t>(node.id)]) {
          stage.kind = Stage::Kind::kFusedPair;
          stage.first = node.inputs[0];
        }
        break;
      default:
        stage.kind = Stage::Kind::kVector;
    }
    stages.push_back(stage);
  }
  for (const IntNode& node : graph.nodes) {
    const bool product =
        node.op == IntOp::kMatMulTokens || node.op == IntOp::kTokenSum || node.op == IntOp::kMatMulHeads;
    if (product && !attended[static_cast<size_t>(node.id)]) {
      refuse_products(node);
    }
  }
  return stages;
}

std::vector<int> stage_sources(const IntegerGraph& graph, const Stage& stage) {
  switch (stage.kind) {
    case Stage::Kind::kFusedPair: {
      std::vector<int> from = graph.node(stage.node).inputs;
      from[0] = graph.node(stage.first).inputs[0];
      return from;
    }
    case Stage::Kind::kAttention:
      return {graph.node(stage.attention.kv).inputs[0]};
    default:
      return graph.node(stage.node).inputs;
  }
}

std::vector<Alias> concat_aliases(const IntegerGraph& graph) {
  std::vector<Alias> aliases(graph.nodes.size());
  for (size_t i = 0; i < aliases.size(); ++i) {
    aliases[i].root = static_cast<int>(i);
  }
  // From the last to the first, so that a concat inside a concat already knows its root.
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (node->op != IntOp::kConcat) {
      continue;
    }
    const Alias own = aliases[static_cast<size_t>(node->id)];
    int channel = own.channel;
    for (const int input : node->inputs) {
      Alias& alias = aliases[static_cast<size_t>(input)];
      if (alias.root != input) {
        fail("{}: cannot be mapped: '{}' is part of two concatenations", node->name, graph.node(input).name);
      }
      if (channel % kChannelBlock != 0) {
        fail("{}: cannot be mapped: '{}' starts at channel {}, not at a multiple of {}", node->name,
             graph.node(input).name, channel, kChannelBlock);
      }
      alias = {own.root, channel};
      channel += graph.node(input).shape.c;
    }
  }
  return aliases;
}

std::vector<bool> on_chip_nodes(const IntegerGraph& graph, const std::vector<Stage>& stages) {
  std::vector<bool> on_chip(graph.nodes.size(), false);
  for (const Stage& stage : stages) {
    if (stage.kind == Stage::Kind::kFusedPair) {
      on_chip[static_cast<size_t>(stage.first)] = true;
    } else if (stage.kind == Stage::Kind::kAttention) {
      for (const int id :
           {stage.attention.kv, stage.attention.ksum, stage.attention.num, stage.attention.den}) {
        on_chip[static_cast<size_t>(id)] = true;
      }
    }
  }
  return on_chip;
}

}  // namespace tridex::arch
