// Convolutions: alone, and a depthwise convolution fused with the pointwise one behind it (the inter-layer
// pipeline).
#include <algorithm>
#include <numeric>

#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using quant::IntNode;

/// Channels of one share are a multiple of this, so that lanes are full and groups are whole.
int channel_unit(const DesignPoint& design, const IntNode& conv) {
  if (conv.conv.groups > 1) {
    const int group = conv.shape.c / conv.conv.groups;
    return conv.depthwise() ? kChannelBlock : group;
  }
  const Engine* mat = design.engine(EngineKind::kMat);
  return mat != nullptr ? mat->lanes : design.engines[0].lanes;
}

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

void set_weights(Command& command, const Held& block, const WeightBlock& info, const IntNode& conv) {
  command.weights = block.ref.address;
  command.params = command.weights + (info.c1 - info.c0) * command.weight_row_bytes;
  command.pads = has_pads(conv) ? command.params + (info.c1 - info.c0) * record_format(conv).bytes() : 0;
}

int span(const IntNode& conv, int rows) {
  return (rows - 1) * conv.conv.stride + conv.conv.kernel_h;
}

/// Emits the shares of one tile of a convolution whose input is held.
void compute_tile(ProgramBuilder& b, const IntNode& conv, const Command& command,
                  const std::vector<Share>& shares, int tile, Held& in, Held* shortcut, Held& weights,
                  Held& out) {
  for (const Share& share : shares) {
    Command part = command;
    part.c0 = share.c0;
    part.c1 = share.c1;
    part.in = in.ref;
    part.out = out.ref;
    if (shortcut != nullptr) {
      part.in2 = shortcut->ref;
    }
    choose_spread(b.design, *share.engine, part);
    const Unit unit = b.unit_of(*share.engine);
    if (shortcut != nullptr) {
      b.command(unit, conv.id, tile, part, {&in, shortcut, &weights}, {&out});
    } else {
      b.command(unit, conv.id, tile, part, {&in, &weights}, {&out});
    }
  }
}

}  // namespace

void declare_conv(ProgramBuilder& b, size_t index) {
  const IntNode& conv = b.graph.node(b.stages[index].node);
  const int in_channels = b.graph.node(conv.inputs[0]).shape.c;
  const int unit = std::lcm(channel_unit(b.design, conv), kChannelBlock);
  const int64_t room = b.capacity(kWeightBuffer) / (b.design.double_buffer ? 2 : 1);
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
  b.first_blocks[index] = {b.blocks_of[index][0]};
}

void emit_conv(ProgramBuilder& b, size_t index) {
  const IntNode& conv = b.graph.node(b.stages[index].node);
  const IntNode& source = b.graph.node(conv.inputs[0]);
  const int shortcut = conv.has_shortcut ? conv.inputs[1] : -1;
  int tile = 0;
  for (const int id : b.blocks_of[index]) {
    bool prefetch = id == b.blocks_of[index].back();
    const WeightBlock info = b.block(id);
    const auto [in0, in1] = input_channels(conv, source.shape.c, info.c0, info.c1);
    Held weights = b.hold_block(id);
    const auto fits = [&, ic0 = in0, ic1 = in1](int rows, int times) {
      const int64_t in = b.tile_bytes(source.id, std::min(span(conv, rows), source.shape.h), ic0, ic1);
      const int64_t rest = shortcut >= 0 ? b.tile_bytes(shortcut, rows, info.c0, info.c1) : 0;
      return (in + 2 * rest) * times <= b.capacity(kInputBuffer) &&
             b.tile_bytes(conv.id, rows, info.c0, info.c1) * times <= b.capacity(kOutputBuffer);
    };
    int fitting =
        b.design.double_buffer ? most_rows(conv.shape.h, [&](int rows) { return fits(rows, 2); }) : 0;
    if (fitting == 0) {  // when one row does not fit either, the allocation says what is missing
      fitting = std::max(1, most_rows(conv.shape.h, [&](int rows) { return fits(rows, 1); }));
    }
    Command whole = conv_command(b.graph, conv, info, 0, conv.shape.h);
    set_weights(whole, weights, info, conv);
    const int unit = channel_unit(b.design, conv);
    const auto estimate = divide_channels(b.design, whole, unit);
    Command first_share = whole;
    first_share.c0 = estimate[0].c0;
    first_share.c1 = estimate[0].c1;
    choose_spread(b.design, *estimate[0].engine, first_share);
    const int rows = choose_rows(b.design, conv.shape.h, conv.shape.w, fitting,
                                 compute_cycles(*estimate[0].engine, first_share));
    std::vector<Share> shares;
    int shares_rows = -1;
    for (const auto& [y0, y1] : split_rows(conv.shape.h, rows)) {
      const auto [row0, row1] = input_rows(conv, source.shape, y0, y1);
      Held in = b.load_tile(source.id, row0, row1, in0, in1, conv.id, tile);
      std::optional<Held> rest;
      if (shortcut >= 0) {
        rest = b.load_tile(shortcut, y0, y1, info.c0, info.c1, conv.id, tile);
      }
      if (prefetch) {
        b.prefetch_next();
        prefetch = false;
      }
      Held out = b.make_tile(conv.id, y0, y1, info.c0, info.c1);
      Command command = whole;
      command.y0 = y0;
      command.y1 = y1;
      if (y1 - y0 != shares_rows) {
        shares = divide_channels(b.design, command, unit);
        shares_rows = y1 - y0;
      }
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

void declare_pair(ProgramBuilder& b, size_t index) {
  for (const int id : {b.stages[index].first, b.stages[index].node}) {
    const IntNode& conv = b.graph.node(id);
    WeightBlock block;
    block.node = id;
    block.c1 = conv.shape.c;
    block.bytes = conv_block_bytes(conv, 0, conv.shape.c, b.graph.node(conv.inputs[0]).shape.c);
    b.blocks_of[index].push_back(b.declare_block(block));
  }
  b.first_blocks[index] = b.blocks_of[index];
  if (b.block(b.blocks_of[index][0]).bytes < b.block(b.blocks_of[index][1]).bytes) {
    std::swap(b.first_blocks[index][0], b.first_blocks[index][1]);  // the larger one finds room first
  }
}

void emit_pair(ProgramBuilder& b, size_t index) {
  const IntNode& dw = b.graph.node(b.stages[index].first);
  const IntNode& pw = b.graph.node(b.stages[index].node);
  const IntNode& source = b.graph.node(dw.inputs[0]);
  const int shortcut = pw.has_shortcut ? pw.inputs[1] : -1;
  const WeightBlock dw_info = b.block(b.blocks_of[index][0]);
  const WeightBlock pw_info = b.block(b.blocks_of[index][1]);
  Held larger = b.hold_block(b.first_blocks[index][0]);
  Held smaller = b.hold_block(b.first_blocks[index][1]);
  const bool dw_larger = b.first_blocks[index][0] == b.blocks_of[index][0];
  Held& dw_weights = dw_larger ? larger : smaller;
  Held& pw_weights = dw_larger ? smaller : larger;
  Command dw_whole = conv_command(b.graph, dw, dw_info, 0, dw.shape.h);
  Command pw_whole = conv_command(b.graph, pw, pw_info, 0, pw.shape.h);
  set_weights(dw_whole, dw_weights, dw_info, dw);
  set_weights(pw_whole, pw_weights, pw_info, pw);
  const Engine& rmac = *b.design.engine(EngineKind::kRmac);
  choose_spread(b.design, rmac, dw_whole);
  const auto most = [&](bool one_ahead) {
    return most_rows(pw.shape.h,
                     [&](int rows) { return pair_fits(b.design, b.graph, dw, pw, rows, one_ahead); });
  };
  int fitting = b.design.double_buffer ? most(true) : 0;
  const bool ahead = fitting > 0;
  if (!ahead) {
    fitting = std::max(1, most(false));
  }
  const int rows = choose_rows(b.design, pw.shape.h, pw.shape.w, fitting, 2 * compute_cycles(rmac, dw_whole));
  const auto tiles = split_rows(pw.shape.h, rows);
  const int unit = channel_unit(b.design, pw);

  struct Work {
    Held in, middle;
    std::optional<Held> rest;
  };
  // The depthwise convolution of a tile is issued before the pointwise one of the tile before it, so that
  // R-MAC runs ahead of MAT by one tile and then helps MAT with what is left ("when DWConv is done R-MAC
  // joins PW2", tile by tile).
  const auto start = [&](size_t t) {
    const auto [y0, y1] = tiles[t];
    const auto [row0, row1] = input_rows(dw, source.shape, y0, y1);
    Work work;
    work.in = b.load_tile(source.id, row0, row1, 0, source.shape.c, dw.id, static_cast<int>(t));
    work.middle = b.make_tile(dw.id, y0, y1, 0, dw.shape.c);
    if (shortcut >= 0) {
      work.rest = b.load_tile(shortcut, y0, y1, 0, pw.shape.c, pw.id, static_cast<int>(t));
    }
    Command command = dw_whole;
    command.y0 = y0;
    command.y1 = y1;
    command.in = work.in.ref;
    command.out = work.middle.ref;
    choose_spread(b.design, rmac, command);
    b.command(b.unit_of(rmac), dw.id, static_cast<int>(t), command, {&work.in, &dw_weights}, {&work.middle});
    b.release(work.in);
    return work;
  };
  std::optional<Work> next = start(0);
  b.prefetch_next();
  for (size_t t = 0; t < tiles.size(); ++t) {
    Work work = *next;
    next.reset();
    int64_t busy = 0;
    if (ahead && t + 1 < tiles.size()) {
      next = start(t + 1);
      Command command = dw_whole;
      command.y0 = tiles[t + 1].first;
      command.y1 = tiles[t + 1].second;
      choose_spread(b.design, rmac, command);
      busy = engine_cycles(b.design, rmac, command);
    }
    Held out = b.make_tile(pw.id, tiles[t].first, tiles[t].second, 0, pw.shape.c);
    Command command = pw_whole;
    command.y0 = tiles[t].first;
    command.y1 = tiles[t].second;
    const auto shares = divide_channels(b.design, command, unit, &rmac, busy);
    compute_tile(b, pw, command, shares, static_cast<int>(t), work.middle, work.rest ? &*work.rest : nullptr,
                 pw_weights, out);
    b.store_tile(out, pw.id, static_cast<int>(t));
    b.release(work.middle);
    if (work.rest) {
      b.release(*work.rest);
    }
    b.release(out);
    if (!ahead && t + 1 < tiles.size()) {
      next = start(t + 1);
    }
  }
  b.release(dw_weights);
  b.release(pw_weights);
}

}  // namespace tridex::arch
