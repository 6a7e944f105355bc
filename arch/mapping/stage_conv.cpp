// Convolutions alone.
#include <algorithm>
#include <numeric>
#include <optional>

#include "arch/mapping/shares.h"
#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using quant::IntNode;

/// Input channels that output channels [c0, c1) read.
std::pair<int, int> input_channels(const IntNode& conv, int in_channels, int c0, int c1) {
  if (conv.conv.groups == 1) {
    return {0, in_channels};
  }
  const int outputs = conv.shape.c / conv.conv.groups;
  const int inputs = in_channels / conv.conv.groups;
  const int first = c0 / outputs * inputs / kChannelBlock * kChannelBlock;
  return {first, std::min(in_channels, (c1 + outputs - 1) / outputs * inputs)};
}

int span(const IntNode& conv, int rows) {
  return (rows - 1) * conv.conv.stride + conv.conv.kernel_h;
}

}  // namespace

void declare_conv(ProgramBuilder& b, size_t index) {
  const IntNode& conv = b.graph.node(b.stages[index].node);
  const int in_channels = b.graph.node(conv.inputs[0]).shape.c;
  const int unit = std::lcm(channel_unit(b.design, conv), kChannelBlock);
  // Small ones in the tail, as they wait in the buffer for their turn.
  const int64_t room = b.capacity(kWeightBuffer) / (index >= b.tail ? 4 : b.design.double_buffer ? 2 : 1);
  int chunk = conv.shape.c;
  while (chunk > unit && conv_block_bytes(conv, 0, chunk, in_channels) > room) {
    chunk = std::max(unit, (chunk / 2 + unit - 1) / unit * unit);
  }
  for (int c0 = 0; c0 < conv.shape.c; c0 += chunk) {
    WeightBlock block;
    block.node = conv.id;
    block.c0 = c0;
    block.c1 = std::min(conv.shape.c, c0 + chunk);
    block.bytes = conv_block_bytes(conv, block.c0, block.c1, in_channels);
    b.blocks_of[index].push_back(b.declare_block(block));
  }
}

void emit_conv(ProgramBuilder& b, size_t index, std::span<const int> blocks) {
  const IntNode& conv = b.graph.node(b.stages[index].node);
  const IntNode& source = b.graph.node(conv.inputs[0]);
  const int shortcut = conv.has_shortcut ? conv.inputs[1] : -1;
  const bool streams =
      !b.is_kept(source.id) || !b.is_kept(conv.id) || (shortcut >= 0 && !b.is_kept(shortcut));
  const int unit = channel_unit(b.design, conv);
  int tile = static_cast<int>(blocks.data() - b.blocks_of[index].data());  // tiles of other blocks are others
  for (const int id : blocks) {
    const WeightBlock info = b.block(id);
    const auto [in0, in1] = input_channels(conv, source.shape.c, info.c0, info.c1);
    Held weights = b.hold_block(id);
    Command whole = conv_command(b.graph, conv, info, 0, conv.shape.h);
    set_weights(whole, weights, info, conv);
    int rows = conv.shape.h;
    if (streams) {
      const auto fits = [&, ic0 = in0, ic1 = in1](int n, int times) {
        const int64_t in = b.is_kept(source.id)
                               ? 0
                               : b.tile_bytes(source.id, std::min(span(conv, n), source.shape.h), ic0, ic1);
        const int64_t rest =
            shortcut >= 0 && !b.is_kept(shortcut) ? b.tile_bytes(shortcut, n, info.c0, info.c1) : 0;
        const int64_t out = b.is_kept(conv.id) ? 0 : b.tile_bytes(conv.id, n, info.c0, info.c1);
        return (in + 2 * rest) * times <= b.capacity(kInputBuffer) &&
               out * times <= b.capacity(kOutputBuffer);
      };
      int fitting = b.design.double_buffer ? largest(conv.shape.h, [&](int n) { return fits(n, 2); }) : 0;
      if (fitting == 0) {  // when one row does not fit either, the allocation says what is missing
        fitting = std::max(1, largest(conv.shape.h, [&](int n) { return fits(n, 1); }));
      }
      const auto estimate = divide_channels(b.design, whole, unit);
      Command first_share = whole;
      first_share.c0 = estimate[0].c0;
      first_share.c1 = estimate[0].c1;
      choose_spread(b.design, *estimate[0].engine, first_share);
      rows = choose_rows(b.design, conv.shape.h, conv.shape.w, fitting,
                         compute_cycles(*estimate[0].engine, first_share));
    }
    for (const auto& [y0, y1] : split_rows(conv.shape.h, rows)) {
      const auto [row0, row1] = input_rows(conv, source.shape, y0, y1);
      Held in = b.load_tile(source.id, row0, row1, in0, in1, conv.id, tile);
      std::optional<Held> rest;
      if (shortcut >= 0) {
        rest = b.load_tile(shortcut, y0, y1, info.c0, info.c1, conv.id, tile);
      }
      Held out = b.make_tile(conv.id, y0, y1, info.c0, info.c1);
      Command command = whole;
      command.y0 = y0;
      command.y1 = y1;
      const auto& shares = b.shares(id, y0, y1, [&] {
        EngineClocks clocks;
        return divide_tile(b.design, command, unit, clocks);
      });
      compute_tile(b, conv, command, shares, tile, in, rest ? &*rest : nullptr, weights, out);
      b.store_tile(out, conv.id, tile);
      b.release(in);
      if (rest) {
        b.release(*rest);
      }
      b.release(out);
      ++tile;
    }
    b.release(weights);
  }
}

}  // namespace tridex::arch
