#include "arch/mapping/stages.h"

#include <algorithm>
#include <array>

#include "arch/mapping/layout.h"
#include "arch/mapping/tiling.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

using Readers = std::vector<std::vector<int>>;

/// The 1x1 that alone reads a depthwise convolution; -1: there is none.
int pointwise_behind(const IntegerGraph& graph, const Readers& readers, const IntNode& depthwise) {
  if (depthwise.op != IntOp::kConv || !depthwise.depthwise() || depthwise.has_shortcut ||
      graph.node(depthwise.inputs[0]).shape.c != depthwise.shape.c ||
      readers[static_cast<size_t>(depthwise.id)].size() != 1) {
    return -1;
  }
  const IntNode& next = graph.node(readers[static_cast<size_t>(depthwise.id)][0]);
  return next.op == IntOp::kConv && next.inputs[0] == depthwise.id && next.conv.kernel_h == 1 &&
                 next.conv.kernel_w == 1 && next.conv.stride == 1 && !next.depthwise()
             ? next.id
             : -1;
}

/// The 1x1 before a depthwise convolution that nothing else reads; -1: there is none.
int pointwise_before(const IntegerGraph& graph, const Readers& readers, const IntNode& depthwise) {
  const IntNode& before = graph.node(depthwise.inputs[0]);
  // Rows are made as they are read, so all must be.
  const auto& window = depthwise.conv;
  const bool all_rows =
      window.kernel_h >= window.stride &&
      (depthwise.shape.h - 1) * window.stride - window.pad_top + window.kernel_h >= before.shape.h;
  return all_rows && before.op == IntOp::kConv && before.conv.groups == 1 && before.conv.kernel_h == 1 &&
                 before.conv.kernel_w == 1 && before.conv.stride == 1 && !before.has_shortcut &&
                 readers[static_cast<size_t>(before.id)].size() == 1 && before.id != graph.output
             ? before.id
             : -1;
}

int64_t weights_of(const IntegerGraph& graph, int conv) {
  const IntNode& node = graph.node(conv);
  return conv_block_bytes(node, 0, node.shape.c, graph.node(node.inputs[0]).shape.c);
}

bool pair_has_room(const DesignPoint& design, const IntegerGraph& graph, const IntNode& depthwise,
                   int pointwise) {
  const int64_t own = weights_of(graph, depthwise.id);
  const int64_t other = weights_of(graph, pointwise);
  // The larger block may lie in the middle of the buffer and split what is left for the smaller one.
  constexpr int64_t kSlack = 256;
  const IntNode& next = graph.node(pointwise);
  return std::max(own, other) + 2 * std::min(own, other) + kSlack <= design.weight_buffer.bytes &&
         pair_fits({design.input_buffer.bytes, design.output_buffer.bytes}, graph, depthwise, next,
                   {1, depthwise.shape.c, next.shape.c}, false);
}

bool block_has_room(const DesignPoint& design, const IntegerGraph& graph, const IntNode& depthwise,
                    int pointwise, int expand) {
  std::array<int64_t, 3> blocks{weights_of(graph, depthwise.id), weights_of(graph, pointwise),
                                weights_of(graph, expand)};
  std::sort(blocks.begin(), blocks.end());
  // Each of the larger ones may split what is left for the next one.
  constexpr int64_t kSlack = 512;
  PairSpace space{design.input_buffer.bytes, design.output_buffer.bytes};
  space.windowed = true;
  const IntNode& next = graph.node(pointwise);
  return blocks[2] + 2 * blocks[1] + 3 * blocks[0] + kSlack <= design.weight_buffer.bytes &&
         pair_fits(space, graph, depthwise, next, {1, depthwise.shape.c, next.shape.c}, false);
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

/// A 1x1 that is part of the stage of the depthwise convolution behind it.
bool is_expansion(const IntegerGraph& graph, const Readers& readers, const Fusion& fusion,
                  const IntNode& node) {
  const auto& by = readers[static_cast<size_t>(node.id)];
  return by.size() == 1 && fusion.block[static_cast<size_t>(by[0])] && graph.node(by[0]).inputs[0] == node.id;
}

}  // namespace

bool pipelines_layers(const DesignPoint& design) {
  return design.inter_layer_pipeline && design.engine(EngineKind::kMat) != nullptr &&
         design.engine(EngineKind::kRmac) != nullptr;
}

Fusion fuse_pairs(const DesignPoint& design, const IntegerGraph& graph) {
  const Readers readers = graph.consumers();
  Fusion fusion;
  fusion.pair.assign(graph.nodes.size(), false);
  fusion.block = fusion.pair;
  if (!pipelines_layers(design)) {
    return fusion;
  }
  for (const IntNode& node : graph.nodes) {
    const int next = pointwise_behind(graph, readers, node);
    // Weights of the next layers are fetched beside those of the pair.
    fusion.pair[static_cast<size_t>(node.id)] =
        next >= 0 && pair_has_room(design, graph, node, next) &&
        (design.double_buffer ? 2 : 1) * (weights_of(graph, node.id) + weights_of(graph, next)) <=
            design.weight_buffer.bytes;
  }
  return fusion;
}

Fusion fuse_blocks(const DesignPoint& design, const IntegerGraph& graph, const std::vector<bool>& kept) {
  const Readers readers = graph.consumers();
  Fusion fusion = fuse_pairs(design, graph);
  std::vector<bool> behind(graph.nodes.size(), false);  // the 1x1 of a pair is no other pair's 1x1 before
  for (const IntNode& node : graph.nodes) {
    const auto id = static_cast<size_t>(node.id);
    const int next = pointwise_behind(graph, readers, node);
    if (next < 0) {
      continue;
    }
    fusion.pair[id] = fusion.pair[id] || (!kept[id] && pair_has_room(design, graph, node, next));
    behind[static_cast<size_t>(next)] = fusion.pair[id];
    const int before = pointwise_before(graph, readers, node);
    fusion.block[id] = fusion.pair[id] && before >= 0 && !behind[static_cast<size_t>(before)] &&
                       !kept[static_cast<size_t>(before)] &&
                       block_has_room(design, graph, node, next, before);
  }
  return fusion;
}

std::vector<Stage> group_stages(const IntegerGraph& graph, const Fusion& fusion) {
  const auto readers = graph.consumers();
  std::vector<Stage> stages;
  std::vector<int> fused(graph.nodes.size(),
                         -1);  // of a 1x1: the depthwise convolution that is part of its stage
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
        if (fusion.pair[static_cast<size_t>(node.id)]) {
          fused[static_cast<size_t>(readers[static_cast<size_t>(node.id)][0])] = node.id;
          continue;
        }
        if (is_expansion(graph, readers, fusion, node)) {
          continue;
        }
        if (fused[static_cast<size_t>(node.id)] >= 0) {
          stage.kind = Stage::Kind::kFusedPair;
          stage.first = node.inputs[0];
          stage.expand =
              fusion.block[static_cast<size_t>(stage.first)] ? graph.node(stage.first).inputs[0] : -1;
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
      from[0] = graph.node(stage.expand >= 0 ? stage.expand : stage.first).inputs[0];
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
      if (stage.expand >= 0) {
        on_chip[static_cast<size_t>(stage.expand)] = true;
      }
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
