#include "arch/mapping/conv_loops.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "arch/mapping/shares.h"
#include "arch/mapping/tiling.h"
#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

using quant::IntNode;
using LoopOrder = MappingOptions::LoopOrder;

int span(const IntNode& conv, int rows) {
  return (rows - 1) * conv.conv.stride + conv.conv.kernel_h;
}

int64_t aligned(int64_t bytes) {
  return ceil_div(bytes, Ring::kAlignment) * Ring::kAlignment;
}

struct Room {
  int64_t input = 0, output = 0;
};

/// A convolution and what it has for its tiles.
class Choice {
 public:
  Choice(const ProgramBuilder& b, size_t stage, Room room)
      : b_(b),
        stage_(stage),
        room_(room),
        conv_(b.graph.node(b.stages[stage].node)),
        source_(b.graph.node(conv_.inputs[0])),
        shortcut_(conv_.has_shortcut && !b.is_kept(conv_.inputs[1]) ? conv_.inputs[1] : -1) {}

  /// Whether tiles of n output rows of channels [c0, c1) fit, so many of them beside each other.
  [[nodiscard]] bool fits(int n, int times, int c0, int c1, int tile_c0, int tile_c1) const {
    const int64_t in =
        b_.is_kept(source_.id)
            ? 0
            : b_.tile_bytes(source_.id, std::min(span(conv_, n), source_.shape.h), tile_c0, tile_c1);
    const int64_t rest = shortcut_ >= 0 ? b_.tile_bytes(shortcut_, n, c0, c1) : 0;
    const int64_t out = b_.is_kept(conv_.id) ? 0 : b_.tile_bytes(conv_.id, n, c0, c1);
    // A gap may be split by the tile of the input.
    return (in + 2 * rest) * times <= room_.input && out * times <= room_.output;
  }

  /// Rows of the tiles of one block.
  [[nodiscard]] int block_rows(int c0, int c1) const {
    const auto [in0, in1] = input_channels(b_, stage_, c0, c1);
    const auto most = [&, i0 = in0, i1 = in1](int times) {
      return largest(conv_.shape.h, [&](int n) { return fits(n, times, c0, c1, i0, i1); });
    };
    int fitting = b_.design.double_buffer ? most(2) : 0;
    if (fitting == 0) {  // when one row does not fit either, the allocation says what is missing
      fitting = std::max(1, most(1));
    }
    WeightBlock block;
    block.node = conv_.id;
    block.c0 = c0;
    block.c1 = c1;
    const Command whole = conv_command(b_.graph, conv_, block, 0, conv_.shape.h);
    const auto shares = divide_channels(b_.design, whole, channel_unit(b_.design, conv_));
    Command first_share = whole;
    first_share.c0 = shares[0].c0;
    first_share.c1 = shares[0].c1;
    choose_spread(b_.design, *shares[0].engine, first_share);
    return choose_rows(b_.design, conv_.shape.h, conv_.shape.w, fitting,
                       compute_cycles(*shares[0].engine, first_share));
  }

  /// What is read, and what of it nothing hides.
  struct Plan {
    ConvLoops loops;
    int64_t exposed = 0;
  };

  ConvLoops choose(int chunk) const {
    const auto& own = b_.weights_outside;
    const bool forced = std::find(own.begin(), own.end(), conv_.id) != own.end();
    const LoopOrder order = forced ? LoopOrder::kWeights : b_.options.loop_order;
    Plan weights = weights_outside(chunk);
    if (order == LoopOrder::kWeights || weights.loops.inputs_stay) {
      return weights.loops;
    }
    std::optional<Plan> inputs = inputs_outside(chunk);
    if (order == LoopOrder::kInputs) {
      return inputs ? inputs->loops : weights.loops;
    }
    Plan best = weights;
    for (const std::optional<Plan>& other : {inputs, one_block()}) {
      if (other && (other->loops.read_bytes < best.loops.read_bytes ||
                    (other->loops.read_bytes == best.loops.read_bytes && other->exposed < best.exposed))) {
        best = *other;
      }
    }
    best.loops.chosen = best.loops.read_bytes < weights.loops.read_bytes;
    return best.loops;
  }

 private:
  [[nodiscard]] int tiles_of(int rows) const { return static_cast<int>(ceil_div(conv_.shape.h, rows)); }

  [[nodiscard]] int64_t weight_bytes(int chunk) const {
    int64_t bytes = 0;
    for (int c0 = 0; c0 < conv_.shape.c; c0 += chunk) {
      bytes += conv_block_bytes(conv_, c0, std::min(conv_.shape.c, c0 + chunk), source_.shape.c);
    }
    return bytes;
  }

  /// Bytes of the input that tiles of so many output rows read.
  [[nodiscard]] int64_t tiles_bytes(int rows, int in0, int in1) const {
    int64_t bytes = 0;
    for (const auto& [y0, y1] : split_rows(conv_.shape.h, rows)) {
      const auto [row0, row1] = input_rows(conv_, source_.shape, y0, y1);
      bytes += b_.tile_bytes(source_.id, row1 - row0, in0, in1);
    }
    return bytes;
  }

  /// Whether all tiles of the input find room, wherever the ring stands: a gap at its end may be too small
  /// for the next tile, and gaps that tiles of the shortcut leave are for those of the next block.
  [[nodiscard]] bool all_fit(int rows, int chunk) const {
    int64_t sum = 0;
    int64_t largest_tile = 0;
    for (const auto& [y0, y1] : split_rows(conv_.shape.h, rows)) {
      const auto [row0, row1] = input_rows(conv_, source_.shape, y0, y1);
      const int64_t in = aligned(b_.tile_bytes(source_.id, row1 - row0, 0, source_.shape.c));
      const int64_t rest = shortcut_ >= 0 ? aligned(b_.tile_bytes(shortcut_, y1 - y0, 0, chunk)) : 0;
      sum += in + rest;
      largest_tile = std::max({largest_tile, in, rest});
    }
    return sum + largest_tile <= room_.input;
  }

  [[nodiscard]] Plan weights_outside(int chunk) const {
    Plan plan;
    plan.loops.chunk = chunk;
    const int rows = block_rows(0, chunk);
    plan.loops.tiles = tiles_of(rows);
    plan.loops.read_bytes = weight_bytes(chunk);
    if (conv_.conv.groups == 1 && all_fit(rows, chunk)) {
      plan.loops.inputs_stay = true;
      plan.loops.rows = rows;
      plan.loops.read_bytes += tiles_bytes(rows, 0, source_.shape.c);
      return plan;
    }
    for (int c0 = 0; c0 < conv_.shape.c; c0 += chunk) {
      const int c1 = std::min(conv_.shape.c, c0 + chunk);
      const auto [in0, in1] = input_channels(b_, stage_, c0, c1);
      plan.loops.read_bytes += tiles_bytes(block_rows(c0, c1), in0, in1);
    }
    return plan;
  }

  [[nodiscard]] std::optional<Plan> inputs_outside(int chunk) const {
    const int height = conv_.shape.h;
    const auto most = [&](int times) {
      return largest(height, [&](int n) { return fits(n, times, 0, chunk, 0, source_.shape.c); });
    };
    const int alone = most(1);
    if (alone == 0) {
      return std::nullopt;
    }
    const int beside = b_.design.double_buffer ? most(2) : 0;
    Plan plan;
    plan.loops.inputs_outside = true;
    plan.loops.chunk = chunk;
    plan.loops.tiles = tiles_of(alone);
    plan.loops.rows = static_cast<int>(ceil_div(conv_.shape.h, plan.loops.tiles));
    const int64_t all = weight_bytes(chunk);
    const int64_t last =
        conv_block_bytes(conv_, (conv_.shape.c - 1) / chunk * chunk, conv_.shape.c, source_.shape.c);
    const int64_t first = conv_block_bytes(conv_, 0, chunk, source_.shape.c);
    // Even tiles end with the last block, odd ones with the first.
    const int64_t turns = plan.loops.tiles - 1;
    const int64_t read = tiles_bytes(plan.loops.rows, 0, source_.shape.c);
    plan.loops.read_bytes = all * plan.loops.tiles - (turns + 1) / 2 * last - turns / 2 * first + read;
    plan.exposed = plan.loops.rows <= beside && plan.loops.tiles > 1 ? read / plan.loops.tiles : read;
    return plan;
  }

  /// All weights in one block, which has no other beside it.
  [[nodiscard]] std::optional<Plan> one_block() const {
    const int channels = conv_.shape.c;
    Plan plan;
    plan.exposed = weight_bytes(channels);
    if (plan.exposed > b_.design.weight_buffer.bytes || !fits(1, 1, 0, channels, 0, source_.shape.c)) {
      return std::nullopt;
    }
    plan.loops.chunk = channels;
    const int rows = block_rows(0, channels);
    plan.loops.tiles = tiles_of(rows);
    plan.loops.read_bytes = plan.exposed + tiles_bytes(rows, 0, source_.shape.c);
    return plan;
  }

  const ProgramBuilder& b_;
  size_t stage_;
  Room room_;
  const IntNode& conv_;
  const IntNode& source_;
  int shortcut_;  ///< a tensor whose tiles are loaded; -1: none
};

}  // namespace

std::pair<int, int> input_channels(const ProgramBuilder& b, size_t stage, int c0, int c1) {
  const IntNode& conv = b.graph.node(b.stages[stage].node);
  const int in_channels = b.graph.node(conv.inputs[0]).shape.c;
  if (conv.conv.groups == 1) {
    return {0, in_channels};
  }
  const int outputs = conv.shape.c / conv.conv.groups;
  const int inputs = in_channels / conv.conv.groups;
  const int first = c0 / outputs * inputs / kChannelBlock * kChannelBlock;
  return {first, std::min(in_channels, (c1 + outputs - 1) / outputs * inputs)};
}

int rows_of_block(const ProgramBuilder& b, size_t stage, int c0, int c1, int64_t input_room,
                  int64_t output_room) {
  return Choice(b, stage, {input_room, output_room}).block_rows(c0, c1);
}

std::vector<int> block_uses(const ConvLoops& loops, std::span<const int> blocks) {
  if (!loops.inputs_outside) {
    return {blocks.begin(), blocks.end()};
  }
  std::vector<int> uses;
  for (int tile = 0; tile < loops.tiles; ++tile) {
    std::vector<int> turn(blocks.begin(), blocks.end());
    if (tile % 2 != 0) {
      std::reverse(turn.begin(), turn.end());
    }
    const bool there = !uses.empty() && uses.back() == turn.front();
    uses.insert(uses.end(), turn.begin() + (there ? 1 : 0), turn.end());
  }
  return uses;
}

ConvLoops choose_loops(const ProgramBuilder& b, size_t stage) {
  const IntNode& conv = b.graph.node(b.stages[stage].node);
  const IntNode& source = b.graph.node(conv.inputs[0]);
  const int unit = std::lcm(channel_unit(b.design, conv), kChannelBlock);
  // Small ones in the tail, as they wait in the buffer for their turn.
  const bool tail = stage >= b.tail;
  const int64_t room = b.design.weight_buffer.bytes / (tail ? 4 : b.design.double_buffer ? 2 : 1);
  ConvLoops loops;
  loops.chunk = conv.shape.c;
  while (loops.chunk > unit && conv_block_bytes(conv, 0, loops.chunk, source.shape.c) > room) {
    loops.chunk = std::max(unit, (loops.chunk / 2 + unit - 1) / unit * unit);
  }
  if (loops.chunk == conv.shape.c || tail || b.is_kept(source.id)) {
    return loops;
  }
  return Choice(b, stage, {b.capacity(kInputBuffer, stage), b.capacity(kOutputBuffer, stage)})
      .choose(loops.chunk);
}

}  // namespace tridex::arch
