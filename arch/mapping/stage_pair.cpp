// A depthwise convolution fused with the 1x1 behind it (the inter-layer pipeline, or tile by tile on one or
// both engines), and perhaps with the 1x1 before it.
#include <algorithm>
#include <optional>
#include <vector>

#include "arch/mapping/pair_tiles.h"
#include "arch/mapping/tiling.h"

namespace tridex::arch {

namespace {

using quant::IntNode;

PairSpace space_of(const ProgramBuilder& b, size_t stage) {
  const Stage& s = b.stages[stage];
  const IntNode& pw = b.graph.node(s.node);
  return {b.capacity(kInputBuffer, stage),
          b.capacity(kOutputBuffer, stage),
          b.is_kept(stage_sources(b.graph, s)[0]),
          pw.has_shortcut && b.is_kept(pw.inputs[1]),
          b.is_kept(pw.id),
          s.expand >= 0};
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
  const IntNode& read = b.graph.node(stage_sources(b.graph, s)[0]);
  const IntNode& read2 = b.graph.node(stage_sources(b.graph, t)[0]);
  const auto shortcut_bytes = [&](const Stage& stage) {
    const IntNode& pw = b.graph.node(stage.node);
    return pw.has_shortcut ? b.graph.node(pw.inputs[1]).out.bytes() : 0;
  };
  return space_of(b, one) == space_of(b, other) && same(s.first, t.first) && same(s.node, t.node) &&
         source.shape == source2.shape && source.out.bytes() == source2.out.bytes() &&
         read.shape == read2.shape && read.out.bytes() == read2.out.bytes() &&
         shortcut_bytes(s) == shortcut_bytes(t);
}

}  // namespace

void declare_pair(ProgramBuilder& b, size_t index) {
  std::vector<int>& blocks = b.blocks_of[index];
  for (const int id : {b.stages[index].expand, b.stages[index].first, b.stages[index].node}) {
    if (id < 0) {
      continue;
    }
    const IntNode& conv = b.graph.node(id);
    WeightBlock block;
    block.node = id;
    block.c1 = conv.shape.c;
    block.bytes = conv_block_bytes(conv, 0, conv.shape.c, b.graph.node(conv.inputs[0]).shape.c);
    blocks.push_back(b.declare_block(block));
  }
  // The larger ones find room first.
  std::stable_sort(blocks.begin(), blocks.end(),
                   [&](int one, int other) { return b.block(one).bytes > b.block(other).bytes; });
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

namespace {

/// The 1x1 before a depthwise convolution, made as its rows are needed, into a window of rows that go round.
class RowWindow {
 public:
  /// rows: of the window.
  RowWindow(ProgramBuilder& builder, size_t stage, int rows)
      : b_(builder),
        conv_(builder.graph.node(builder.stages[stage].expand)),
        rows_(rows),
        region_(builder.reserve_top(kInputBuffer, builder.tile_bytes(conv_.id, rows, 0, conv_.shape.c))) {
    region_.ref = {kInputBuffer,
                   static_cast<int32_t>(region_.address),
                   (conv_.shape.c + kChannelBlock - 1) / kChannelBlock,
                   conv_.shape.w,
                   0,
                   0,
                   0,
                   tile_format(conv_),
                   rows};
  }

  void set_constants(const Held& weights, int block) {
    const WeightBlock& info = b_.block(block);
    weights_ = weights;
    block_ = block;
    whole_ = conv_command(b_.graph, conv_, info, 0, conv_.shape.h);
    set_weights(whole_, weights, info, conv_);
  }

  /// Rows [row0, row1), of which those that are missing are made.
  Held rows(int row0, int row1, int tile) {
    if (row1 > made_) {
      make(row0, row1, tile);
    }
    Held held = part(row0, row1);
    for (const Rows& rows : written_) {
      if (rows.row0 < row1 && row0 < rows.row1) {
        held.written.merge(rows.users);
      }
    }
    return held;
  }
  /// Who reads rows: they are written over only after that.
  void read_by(int row0, int row1, Unit unit, uint32_t command) {
    Users users;
    users.add(unit, command);
    read_.push_back({row0, row1, users});
  }
  void release() { b_.release_top(region_); }

 private:
  struct Rows {
    int row0, row1;
    Users users;
  };

  Held part(int row0, int row1) const {
    Held held = region_;
    held.ref.first_row = row0;
    held.ref.rows = row1 - row0;
    held.kept = true;
    return held;
  }

  void make(int row0, int row1, int tile) {
    const int source = conv_.inputs[0];
    const int first = std::max(made_, row0);
    Held in = b_.load_tile(source, first, row1, 0, b_.graph.node(source).shape.c, conv_.id, tile);
    Held out = part(first, row1);
    for (const Rows& rows : read_) {  // they go round: who still reads what lay there?
      if (rows.row0 < row1 - rows_ && first - rows_ < rows.row1) {
        out.wait.merge(rows.users);
      }
    }
    Command command = whole_;
    command.y0 = first;
    command.y1 = row1;
    const auto& shares = b_.shares(block_, first, row1, [&] {
      EngineClocks clocks;
      return divide_tile(b_.design, command, channel_unit(b_.design, conv_), clocks);
    });
    compute_tile(b_, conv_, command, shares, tile, in, nullptr, weights_, out);
    b_.release(in);
    written_.push_back({first, row1, out.written});
    made_ = row1;
  }

  ProgramBuilder& b_;
  const IntNode& conv_;
  int rows_;
  Held region_, weights_;
  Command whole_;
  int block_ = 0;
  int made_ = 0;
  std::vector<Rows> written_, read_;
};

/// Rows of the window that no tile of the plan goes beyond, one tile ahead or not.
int rows_of_window(const IntNode& dw, const models::Shape& source, const PairTiles& plan) {
  int rows = 0;
  for (size_t t = 0; t < plan.tiles.size(); ++t) {
    const size_t last = std::min(plan.tiles.size() - 1, t + (plan.ahead ? 1 : 0));
    const int row0 = input_rows(dw, source, plan.tiles[t].y0, plan.tiles[t].y1).first;
    rows = std::max(rows, input_rows(dw, source, plan.tiles[last].y0, plan.tiles[last].y1).second - row0);
  }
  return rows;
}

}  // namespace

void emit_pair(ProgramBuilder& b, size_t index) {
  const Stage& stage = b.stages[index];
  const IntNode& dw = b.graph.node(stage.first);
  const IntNode& pw = b.graph.node(stage.node);
  const IntNode& source = b.graph.node(dw.inputs[0]);
  const int shortcut = pw.has_shortcut ? pw.inputs[1] : -1;
  const PairTiles& plan = *b.pair_tiles[index];
  const auto& [tiles, ahead] = plan;
  std::optional<RowWindow> window;
  if (stage.expand >= 0) {
    window.emplace(b, index, rows_of_window(dw, source.shape, plan));
  }
  Held dw_weights;
  Held pw_weights;
  std::vector<Held> held;
  Command dw_whole;
  Command pw_whole;
  for (const int id : b.blocks_of[index]) {
    const WeightBlock& info = b.block(id);
    const Held weights = b.hold_block(id);
    held.push_back(weights);
    if (info.node == stage.expand) {
      window->set_constants(weights, id);
      continue;
    }
    const IntNode& conv = b.graph.node(info.node);
    Command& whole = info.node == dw.id ? dw_whole : pw_whole;
    (info.node == dw.id ? dw_weights : pw_weights) = weights;
    whole = conv_command(b.graph, conv, info, 0, conv.shape.h);
    set_weights(whole, weights, info, conv);
  }
  const bool pipelined = pipelines_layers(b.design);

  struct Work {
    Held in, middle;
    std::optional<Held> rest;
  };
  // The depthwise convolution of a tile is issued before the pointwise one of the tile before it, so that
  // R-MAC runs ahead of MAT by one tile and then helps MAT with what is left ("when DWConv is done R-MAC
  // joins PW2", tile by tile).
  const auto start = [&](size_t t) {
    const PairTile& tile = tiles[t];
    const int number = static_cast<int>(t);
    const auto [row0, row1] = input_rows(dw, source.shape, tile.y0, tile.y1);
    Work work;
    work.in = window ? window->rows(row0, row1, number)
                     : b.load_tile(source.id, row0, row1, tile.c0, tile.c1, dw.id, number);
    work.middle = b.make_tile(dw.id, tile.y0, tile.y1, tile.c0, tile.c1);
    if (shortcut >= 0) {
      work.rest = b.load_tile(shortcut, tile.y0, tile.y1, tile.o0, tile.o1, pw.id, number);
    }
    Command command = dw_whole;
    command.c0 = tile.c0;
    command.c1 = tile.c1;
    command.y0 = tile.y0;
    command.y1 = tile.y1;
    command.in = work.in.ref;
    command.out = work.middle.ref;
    std::vector<Share> shares;
    if (pipelined) {
      shares = {{b.design.engine(EngineKind::kRmac), tile.c0, tile.c1, tile.y0, tile.y1}};
    } else {
      EngineClocks clocks;
      shares = divide_tile(b.design, command, channel_unit(b.design, dw), clocks);
    }
    for (const Share& share : shares) {
      command.c0 = share.c0;
      command.c1 = share.c1;
      command.y0 = share.y0;
      command.y1 = share.y1;
      choose_spread(b.design, *share.engine, command);
      const Unit unit = b.unit_of(*share.engine);
      const uint32_t id = b.command(unit, dw.id, number, command, {&work.in, &dw_weights}, {&work.middle});
      if (window) {
        window->read_by(row0, row1, unit, id);
      }
    }
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
  if (window) {
    window->release();
  }
  for (const Held& block : held) {
    b.release(block);
  }
}

}  // namespace tridex::arch
