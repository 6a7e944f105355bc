// A depthwise convolution fused with the pointwise one behind it (the inter-layer pipeline).
#include <algorithm>
#include <optional>

#include "arch/mapping/pair_tiles.h"
#include "arch/mapping/tiling.h"

namespace tridex::arch {

namespace {

using quant::IntNode;

PairSpace space_of(const ProgramBuilder& b, size_t stage) {
  const Stage& s = b.stages[stage];
  const IntNode& pw = b.graph.node(s.node);
  return {b.capacity(kInputBuffer, stage), b.capacity(kOutputBuffer, stage),
          b.is_kept(b.graph.node(s.first).inputs[0]), pw.has_shortcut && b.is_kept(pw.inputs[1]),
          b.is_kept(pw.id)};
}

/// Whether two pairs can have the same tiles: all that choose_pair_tiles sees of them is equal.
bool same_form(const ProgramBuilder& b, size_t one, size_t other) {
  const auto same = [&](int a, int c) {
    const IntNode& x = b.graph.node(a);
    const IntNode& y = b.graph.node(c);
    return x.shape == y.shape && x.conv == y.conv && x.has_shortcut == y.has_shortcut &&
           x.weight_bits == y.weight_bits && x.activation == y.activation && x.out.bytes() == y.out.bytes();
  };
  const Stage& s = b.stages[one];
  const Stage& t = b.stages[other];
  const IntNode& source = b.graph.node(b.graph.node(s.first).inputs[0]);
  const IntNode& source2 = b.graph.node(b.graph.node(t.first).inputs[0]);
  const auto shortcut_bytes = [&](const Stage& stage) {
    const IntNode& pw = b.graph.node(stage.node);
    return pw.has_shortcut ? b.graph.node(pw.inputs[1]).out.bytes() : 0;
  };
  return space_of(b, one) == space_of(b, other) && same(s.first, t.first) && same(s.node, t.node) &&
         source.shape == source2.shape && source.out.bytes() == source2.out.bytes() &&
         shortcut_bytes(s) == shortcut_bytes(t);
}

}  // namespace

void declare_pair(ProgramBuilder& b, size_t index) {
  for (const int id : {b.stages[index].first, b.stages[index].node}) {
    const IntNode& conv = b.graph.node(id);
    WeightBlock block;
    block.node = id;
    block.c1 = conv.shape.c;
    block.bytes = conv_block_bytes(conv, 0, conv.shape.c, b.graph.node(conv.inputs[0]).shape.c);
    b.blocks_of[index].push_back(b.declare_block(block));
  }
  if (b.block(b.blocks_of[index][0]).bytes < b.block(b.blocks_of[index][1]).bytes) {
    std::swap(b.blocks_of[index][0], b.blocks_of[index][1]);  // the larger one finds room first
  }
  for (size_t before = 0; before < index && b.pair_tiles[index] == nullptr; ++before) {
    if (b.pair_tiles[before] != nullptr && same_form(b, before, index)) {
      b.pair_tiles[index] = b.pair_tiles[before];
    }
  }
  if (b.pair_tiles[index] == nullptr) {
    b.pair_tiles[index] = std::make_shared<const PairTiles>(
        choose_pair_tiles(b.design, space_of(b, index), b.graph, b.graph.node(b.stages[index].first),
                          b.graph.node(b.stages[index].node)));
  }
}

void emit_pair(ProgramBuilder& b, size_t index) {
  const IntNode& dw = b.graph.node(b.stages[index].first);
  const IntNode& pw = b.graph.node(b.stages[index].node);
  const IntNode& source = b.graph.node(dw.inputs[0]);
  const int shortcut = pw.has_shortcut ? pw.inputs[1] : -1;
  const bool dw_first = b.block(b.blocks_of[index][0]).node == dw.id;
  const WeightBlock dw_info = b.block(b.blocks_of[index][dw_first ? 0 : 1]);
  const WeightBlock pw_info = b.block(b.blocks_of[index][dw_first ? 1 : 0]);
  Held first = b.hold_block(b.blocks_of[index][0]);
  Held second = b.hold_block(b.blocks_of[index][1]);
  Held& dw_weights = dw_first ? first : second;
  Held& pw_weights = dw_first ? second : first;
  Command dw_whole = conv_command(b.graph, dw, dw_info, 0, dw.shape.h);
  Command pw_whole = conv_command(b.graph, pw, pw_info, 0, pw.shape.h);
  set_weights(dw_whole, dw_weights, dw_info, dw);
  set_weights(pw_whole, pw_weights, pw_info, pw);
  const Engine& rmac = *b.design.engine(EngineKind::kRmac);
  const auto& [tiles, ahead] = *b.pair_tiles[index];

  struct Work {
    Held in, middle;
    std::optional<Held> rest;
  };
  // The depthwise convolution of a tile is issued before the pointwise one of the tile before it, so that
  // R-MAC runs ahead of MAT by one tile and then helps MAT with what is left ("when DWConv is done R-MAC
  // joins PW2", tile by tile).
  const auto start = [&](size_t t) {
    const PairTile& tile = tiles[t];
    const auto [row0, row1] = input_rows(dw, source.shape, tile.y0, tile.y1);
    Work work;
    work.in = b.load_tile(source.id, row0, row1, tile.c0, tile.c1, dw.id, static_cast<int>(t));
    work.middle = b.make_tile(dw.id, tile.y0, tile.y1, tile.c0, tile.c1);
    if (shortcut >= 0) {
      work.rest = b.load_tile(shortcut, tile.y0, tile.y1, tile.o0, tile.o1, pw.id, static_cast<int>(t));
    }
    Command command = dw_whole;
    command.c0 = tile.c0;
    command.c1 = tile.c1;
    command.y0 = tile.y0;
    command.y1 = tile.y1;
    command.in = work.in.ref;
    command.out = work.middle.ref;
    choose_spread(b.design, rmac, command);
    b.command(b.unit_of(rmac), dw.id, static_cast<int>(t), command, {&work.in, &dw_weights}, {&work.middle});
    b.release(work.in);
    return work;
  };
  std::optional<Work> next = start(0);
  for (size_t t = 0; t < tiles.size(); ++t) {
    Work work = *next;
    next.reset();
    if (ahead && t + 1 < tiles.size()) {
      next = start(t + 1);
    }
    const PairTile& tile = tiles[t];
    Held out = b.make_tile(pw.id, tile.y0, tile.y1, tile.o0, tile.o1);
    compute_tile(b, pw, pw_whole, tile.shares, static_cast<int>(t), work.middle,
                 work.rest ? &*work.rest : nullptr, pw_weights, out);
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
