#include "arch/mapping/order.h"

#include <algorithm>
#include <stdexcept>

#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;

/// Cycles of a stage on all multipliers (a depthwise convolution: those of R-MAC), no tile of it wasted.
double stage_cycles(const DesignPoint& design, const IntegerGraph& graph, const Stage& stage) {
  const auto all = static_cast<double>(design.peak_macs());
  const auto cycles = [&](int node) { return static_cast<double>(graph.node(node).macs) / all; };
  switch (stage.kind) {
    case Stage::Kind::kFusedPair:
      return cycles(stage.first) + cycles(stage.node) + (stage.expand >= 0 ? cycles(stage.expand) : 0);
    case Stage::Kind::kAttention:
      return cycles(stage.attention.kv) + cycles(stage.attention.num) + cycles(stage.attention.den);
    case Stage::Kind::kVector:
      return static_cast<double>(graph.node(stage.node).shape.elements()) / design.vector.lanes;
    default:
      return cycles(stage.node);
  }
}

int64_t tensor_bytes(const IntNode& node) {
  return rows_bytes(node, node.shape.h, 0, node.shape.c);
}

}  // namespace

size_t tail_begin(const DesignPoint& design, const IntegerGraph& graph, const std::vector<Stage>& stages,
                  const std::vector<int64_t>& weight_bytes) {
  constexpr int64_t kSmall = 16 * 1024;
  size_t begin = stages.size();
  for (size_t s = stages.size(); s-- > 0;) {
    const Stage& stage = stages[s];
    const IntNode& node = graph.node(stage.node);
    const bool simple = stage.kind == Stage::Kind::kConv || stage.kind == Stage::Kind::kVector;
    const bool small = std::all_of(node.inputs.begin(), node.inputs.end(),
                                   [&](int input) { return tensor_bytes(graph.node(input)) <= kSmall; });
    if (!simple || !small || node.inputs[0] == graph.input) {
      break;
    }
    if (stage.kind == Stage::Kind::kConv) {
      if (design.transfer_cycles(weight_bytes[s], 0) < 2 * stage_cycles(design, graph, stage)) {
        break;
      }
      begin = s;
    }
  }
  return begin;
}

std::vector<Item> order_items(const DesignPoint& design, const IntegerGraph& graph,
                              const std::vector<Stage>& stages, const std::vector<Alias>& aliases,
                              const std::vector<std::vector<int64_t>>& block_bytes, size_t tail, int frames) {
  std::vector<Item> items;
  const auto stages_of = [&](int frame, size_t begin, size_t end) {
    for (size_t s = begin; s < end; ++s) {
      items.push_back({frame, s, Item::kAllBlocks});
    }
  };
  // The first stage that makes what the tail reads: the tail of the frame before must have read it.
  size_t barrier = tail;
  const auto root = [&](int node) { return aliases[static_cast<size_t>(node)].root; };
  for (size_t s = 0; s < tail; ++s) {
    for (size_t t = tail; t < stages.size(); ++t) {
      const std::vector<int> sources = stage_sources(graph, stages[t]);
      if (std::any_of(sources.begin(), sources.end(),
                      [&](int source) { return root(source) == root(stages[s].node); })) {
        barrier = std::min(barrier, s);
      }
    }
  }
  std::vector<Item> waiting;  // the tail of the frame before
  for (int frame = 0; frame < frames; ++frame) {
    size_t next = 0;
    double slack = 0;
    for (size_t s = 0; s < tail; ++s) {
      double load = 0;
      for (const int64_t bytes : block_bytes[s]) {
        load += design.transfer_cycles(bytes, 0);
      }
      if (s == barrier) {
        items.insert(items.end(), waiting.begin() + static_cast<long>(next), waiting.end());
        next = waiting.size();
      }
      items.push_back({frame, s, Item::kAllBlocks});
      slack += stage_cycles(design, graph, stages[s]) - load;
      while (next < waiting.size()) {
        const Item& item = waiting[next];
        double need = 0;
        if (item.block != Item::kAllBlocks) {
          need = design.transfer_cycles(block_bytes[item.stage][static_cast<size_t>(item.block)], 0);
        }
        if (slack < need) {
          break;
        }
        slack -= need;
        items.push_back(item);
        ++next;
      }
    }
    if (next < waiting.size()) {
      throw std::logic_error("the tail of a frame has no place before the next one makes what it reads");
    }
    waiting.clear();
    if (frame == 0 || frame + 1 == frames) {
      stages_of(frame, tail, stages.size());
      continue;
    }
    for (size_t s = tail; s < stages.size(); ++s) {
      const auto blocks = static_cast<int>(block_bytes[s].size());
      for (int block = 0; block < blocks; ++block) {
        waiting.push_back({frame, s, stages[s].kind == Stage::Kind::kConv ? block : Item::kAllBlocks});
      }
    }
  }
  return items;
}

}  // namespace tridex::arch
