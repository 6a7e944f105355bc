#include "arch/mapping/residency.h"

#include <algorithm>
#include <functional>

#include "arch/mapping/layout.h"
#include "arch/mapping/ring.h"
#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;
using KeepIn = MappingOptions::KeepIn;

/// Bytes of tiles in the input and the output buffer.
struct Room {
  int64_t input = 0, output = 0;
};

class Planner {
 public:
  Planner(const DesignPoint& design, const IntegerGraph& graph, const std::vector<Stage>& stages,
          const std::vector<Alias>& aliases, size_t tail, KeepIn keep_in)
      : design_(design), graph_(graph), stages_(stages), aliases_(aliases), tail_(tail), keep_in_(keep_in) {
    plan_ = no_residency(design, graph, stages.size());
  }

  Residency plan() {
    find_lives();
    std::vector<int> order;
    for (const IntNode& node : graph_.nodes) {
      const Life& life = lives_[static_cast<size_t>(node.id)];
      if (life.made && life.read && life.place.first < life.place.last_read &&
          node.id != root(graph_.input) && node.id != root(graph_.output)) {
        order.push_back(node.id);
      }
    }
    const auto saved = [&](int tensor) { return lives_[static_cast<size_t>(tensor)].saved; };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return saved(a) > saved(b); });
    for (size_t s = tail_; s < stages_.size(); ++s) {
      const Room room = tiles(stages_[s], 1);
      tail_room_ = {std::max(tail_room_.input, room.input), std::max(tail_room_.output, room.output)};
    }
    for (const int tensor : order) {
      if (keep(tensor, lives_[static_cast<size_t>(tensor)].place)) {
        plan_.saved_bytes += saved(tensor);
      }
    }
    return std::move(plan_);
  }

 private:
  [[nodiscard]] int root(int node) const { return aliases_[static_cast<size_t>(node)].root; }
  [[nodiscard]] bool kept(int node) const {
    return plan_.places[static_cast<size_t>(root(node))].has_value();
  }

  /// From which stage to which a tensor is needed, and the bytes that are not moved if it stays.
  struct Life {
    Residency::Place place;
    int64_t saved = 0;
    bool made = false, read = false;
  };

  void find_lives() {
    lives_.resize(graph_.nodes.size());
    for (size_t s = 0; s < stages_.size(); ++s) {
      const IntNode& made = graph_.node(stages_[s].node);
      Life& out = lives_[static_cast<size_t>(root(made.id))];
      out.place.first = out.made ? out.place.first : s;
      out.made = true;
      out.saved += rows_bytes(made, made.shape.h, 0, made.shape.c);
      for (const int source : stage_sources(graph_, stages_[s])) {
        const IntNode& read = graph_.node(source);
        Life& in = lives_[static_cast<size_t>(root(source))];
        in.place.last = in.place.last_read = s;
        in.read = true;
        in.saved += rows_bytes(read, read.shape.h, 0, read.shape.c);
      }
    }
    for (size_t id = 0; id < lives_.size(); ++id) {
      const IntNode& whole = graph_.nodes[id];
      Residency::Place& place = lives_[id].place;
      place.bytes = rows_bytes(whole, whole.shape.h, 0, whole.shape.c);
      if (lives_[id].read &&
          place.last_read >= tail_) {  // the tail may run beside any stage of the next frame
        place.first = 0;
        place.last = stages_.size() - 1;
      }
    }
  }

  /// Room for the tiles of a stage, of at most `rows` output rows.
  [[nodiscard]] Room tiles(const Stage& stage, int rows) const {
    const IntNode& node = graph_.node(stage.node);
    const auto input = [&](int tensor, int tile_rows) {
      const IntNode& n = graph_.node(tensor);
      return kept(tensor) ? 0
                          : rows_bytes(n, std::min(tile_rows, n.shape.h), 0, n.shape.c) + Ring::kAlignment;
    };
    const int64_t out =
        kept(node.id) ? 0
                      : rows_bytes(node, std::min(rows, node.shape.h), 0, node.shape.c) + Ring::kAlignment;
    const auto span = [&](const IntNode& conv) { return (rows - 1) * conv.conv.stride + conv.conv.kernel_h; };
    switch (stage.kind) {
      case Stage::Kind::kFusedPair: {
        const IntNode& dw = graph_.node(stage.first);
        const int64_t in = input(stage_sources(graph_, stage)[0], span(dw));
        const IntNode& made = graph_.node(dw.inputs[0]);
        const int64_t window =
            stage.expand >= 0 ? rows_bytes(made, window_rows(dw, made.shape, rows, design_.double_buffer), 0,
                                           made.shape.c) +
                                    2 * Ring::kAlignment
                              : 0;
        const int64_t rest = node.has_shortcut ? input(node.inputs[1], rows) : 0;
        const int64_t middle = rows_bytes(dw, std::min(rows, dw.shape.h), 0, dw.shape.c) + Ring::kAlignment;
        return {std::max(2 * in + rest, in + 4 * rest) + window, std::max(3 * middle, 2 * middle + 3 * out)};
      }
      case Stage::Kind::kAttention: {
        const IntNode& kv = graph_.node(stage.attention.kv);
        const int64_t head_dim = node.shape.c / node.heads;
        const int64_t context = node.shape.c * head_dim * kv.out.bytes() +
                                node.shape.c * graph_.node(stage.attention.ksum).out.bytes();
        const int source = kv.inputs[0];
        const int height = graph_.node(source).shape.h;
        const bool all = (kept(source) || rows >= height) &&
                         (kept(node.id) ||
                          2 * rows_bytes(node, height, 0, node.shape.c) + context <= capacity(kOutputBuffer));
        const int64_t sums = all ? 0 : node.shape.c * (head_dim + 1) * 8;
        return {(all ? 1 : 2) * input(source, rows), 3 * out + context + sums + 2 * Ring::kAlignment};
      }
      case Stage::Kind::kVector: {
        if (node.op == IntOp::kGlobalAvgPool) {  // in tiles of channels
          const IntNode& source = graph_.node(node.inputs[0]);
          const int channels = std::min(source.shape.c, kChannelBlock);
          return {
              kept(source.id) ? 0 : 2 * (rows_bytes(source, source.shape.h, 0, channels) + Ring::kAlignment),
              2 * out};
        }
        const int source_rows = node.op == IntOp::kResize ? rows / node.factor + 5 : rows;
        int64_t in = 0;
        for (const int source : node.inputs) {
          in += input(source, source_rows) * (node.inputs.size() > 1 ? 2 : 1);
        }
        return {2 * in, 2 * out};
      }
      default: {
        const int64_t rest = node.has_shortcut ? input(node.inputs[1], rows) : 0;
        return {2 * (input(node.inputs[0], span(node)) + 2 * rest), 2 * out};
      }
    }
  }

  [[nodiscard]] int64_t needed(size_t stage, BufferId buffer) const {
    const auto of = [&](const Room& room) { return buffer == kInputBuffer ? room.input : room.output; };
    const int height = graph_.node(stages_[stage].node).shape.h;
    const int64_t quarter = of(tiles(stages_[stage], (height + 3) / 4));
    return std::max({of(tail_room_), of(tiles(stages_[stage], 1)), std::min(quarter, capacity(buffer) / 4)});
  }

  [[nodiscard]] int64_t capacity(BufferId buffer) const {
    return buffer == kInputBuffer ? design_.input_buffer.bytes : design_.output_buffer.bytes;
  }

  /// The highest address at which the tensor meets no other that lives at the same time; below 0: none.
  [[nodiscard]] int64_t highest(const Residency::Place& place) const {
    std::vector<const Residency::Place*> others;
    for (const auto& other : plan_.places) {
      if (other && other->buffer == place.buffer && other->first <= place.last &&
          place.first <= other->last) {
        others.push_back(&*other);
      }
    }
    std::sort(others.begin(), others.end(),
              [](const auto* a, const auto* b) { return a->address > b->address; });
    const auto below = [&](int64_t top) {
      return top < place.bytes ? -1 : (top - place.bytes) / Ring::kAlignment * Ring::kAlignment;
    };
    int64_t address = below(capacity(place.buffer));
    for (const auto* other : others) {
      if (other->address + other->bytes > address && address + place.bytes > other->address) {
        address = below(other->address);
      }
    }
    return address;
  }

  /// Cycles of a port that move the tensor and what stays in the same buffer at the same time, once each.
  [[nodiscard]] double port_cycles(const Residency::Place& place) const {
    int64_t bytes = place.bytes;
    for (const auto& other : plan_.places) {
      if (other && other->buffer == place.buffer && other->first <= place.last &&
          place.first <= other->last) {
        bytes += other->bytes;
      }
    }
    const Buffer& buffer = place.buffer == kInputBuffer ? design_.input_buffer : design_.output_buffer;
    return static_cast<double>(bytes) / static_cast<double>(buffer.bytes_per_cycle());
  }

  bool keep(int tensor, Residency::Place place) {
    auto& slot = plan_.places[static_cast<size_t>(tensor)];
    std::optional<Residency::Place> best;
    double best_merit = 0;
    for (const BufferId buffer : {kInputBuffer, kOutputBuffer}) {
      place.buffer = buffer;
      place.address = highest(place);
      if (place.address < 0) {
        continue;
      }
      slot = place;  // what it needs itself no longer counts
      int64_t spare = place.address;
      for (size_t s = place.first; s <= place.last; ++s) {
        const int64_t limit = std::min(plan_.limits[buffer][s], place.address);
        spare = std::min(spare, limit - needed(s, buffer));
      }
      slot.reset();
      const double merit = keep_in_ == KeepIn::kPorts ? -port_cycles(place) : static_cast<double>(spare);
      if (spare >= 0 && (!best || merit > best_merit)) {
        best_merit = merit;
        best = place;
      }
    }
    if (!best) {
      return false;
    }
    slot = best;
    for (size_t s = best->first; s <= best->last; ++s) {
      int64_t& limit = plan_.limits[best->buffer][s];
      limit = std::min(limit, best->address);
    }
    return true;
  }

  const DesignPoint& design_;
  const IntegerGraph& graph_;
  const std::vector<Stage>& stages_;
  const std::vector<Alias>& aliases_;
  size_t tail_;
  KeepIn keep_in_;
  Room tail_room_;  ///< for any stage of the tail, with nothing kept
  std::vector<Life> lives_;
  Residency plan_;
};

}  // namespace

Residency no_residency(const DesignPoint& design, const IntegerGraph& graph, size_t stages) {
  Residency none;
  none.places.resize(graph.nodes.size());
  none.limits[kInputBuffer].assign(stages, design.input_buffer.bytes);
  none.limits[kWeightBuffer].assign(stages, design.weight_buffer.bytes);
  none.limits[kOutputBuffer].assign(stages, design.output_buffer.bytes);
  return none;
}

Residency plan_residency(const DesignPoint& design, const IntegerGraph& graph,
                         const std::vector<Stage>& stages, const std::vector<Alias>& aliases, size_t tail,
                         MappingOptions::KeepIn keep_in) {
  return Planner(design, graph, stages, aliases, tail, keep_in).plan();
}

}  // namespace tridex::arch
