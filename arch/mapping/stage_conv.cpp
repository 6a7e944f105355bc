// Convolutions alone.
#include <algorithm>
#include <optional>

#include "arch/mapping/conv_loops.h"
#include "arch/mapping/shares.h"
#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using quant::IntNode;

/// A block of weights on the chip.
struct Block {
  int id;
  WeightBlock info;
  Held weights;
  Command whole;  ///< all its output rows
};

class Emitter {
 public:
  Emitter(ProgramBuilder& builder, size_t stage, int first_tile)
      : b_(builder),
        stage_(stage),
        conv_(builder.graph.node(builder.stages[stage].node)),
        source_(builder.graph.node(conv_.inputs[0])),
        tile_(first_tile) {}

  void weights_outside(std::span<const int> blocks) {
    ConvLoops& loops = b_.conv_loops[stage_];
    std::vector<Held> staying;
    for (const int id : blocks) {
      Block block = hold(id);
      const auto tiles = split_rows(conv_.shape.h, loops.rows > 0 ? loops.rows : rows_of(block.info));
      if (id == b_.blocks_of[stage_].front()) {
        loops.tiles = static_cast<int>(tiles.size());
      }
      for (size_t t = 0; t < tiles.size(); ++t) {
        if (loops.inputs_stay && t < staying.size()) {
          emit_tile(block, tiles[t], staying[t]);
          continue;
        }
        Held in = load(tiles[t], input_channels(b_, stage_, block.info.c0, block.info.c1));
        emit_tile(block, tiles[t], in);
        if (loops.inputs_stay) {
          staying.push_back(in);
        } else {
          b_.release(in);
        }
      }
      b_.release(block.weights);
    }
    for (const Held& in : staying) {
      b_.release(in);
    }
  }

  void inputs_outside(std::span<const int> blocks) {
    const ConvLoops& loops = b_.conv_loops[stage_];
    std::optional<Block> block;
    for (const auto& tile : split_rows(conv_.shape.h, loops.rows)) {
      Held in = load(tile, {0, source_.shape.c});
      for (size_t i = 0; i < blocks.size(); ++i) {
        const int id = forth_ ? blocks[i] : blocks[blocks.size() - 1 - i];
        if (!block || block->id != id) {
          if (block) {
            b_.release(block->weights);
          }
          block = hold(id);
        }
        emit_tile(*block, tile, in);
      }
      b_.release(in);
      forth_ = !forth_;
    }
    b_.release(block->weights);
  }

 private:
  Block hold(int id) {
    Block block{id, b_.block(id), b_.hold_block(id), {}};
    block.whole = conv_command(b_.graph, conv_, block.info, 0, conv_.shape.h);
    set_weights(block.whole, block.weights, block.info, conv_);
    return block;
  }

  /// All, unless something is streamed.
  [[nodiscard]] int rows_of(const WeightBlock& info) const {
    const bool streams = !b_.is_kept(source_.id) || !b_.is_kept(conv_.id) ||
                         (conv_.has_shortcut && !b_.is_kept(conv_.inputs[1]));
    return streams ? rows_of_block(b_, stage_, info.c0, info.c1, b_.capacity(kInputBuffer),
                                   b_.capacity(kOutputBuffer))
                   : conv_.shape.h;
  }

  Held load(const std::pair<int, int>& rows, const std::pair<int, int>& channels) {
    const auto [row0, row1] = input_rows(conv_, source_.shape, rows.first, rows.second);
    return b_.load_tile(source_.id, row0, row1, channels.first, channels.second, conv_.id, tile_);
  }

  /// One block's channels of some output rows.
  void emit_tile(Block& block, const std::pair<int, int>& rows, Held& in) {
    const auto [y0, y1] = rows;
    const WeightBlock& info = block.info;
    std::optional<Held> rest;
    if (conv_.has_shortcut) {
      rest = b_.load_tile(conv_.inputs[1], y0, y1, info.c0, info.c1, conv_.id, tile_);
    }
    Held out = b_.make_tile(conv_.id, y0, y1, info.c0, info.c1);
    Command command = block.whole;
    command.y0 = y0;
    command.y1 = y1;
    const auto& shares = b_.shares(block.id, y0, y1, [&] {
      EngineClocks clocks;
      return divide_tile(b_.design, command, channel_unit(b_.design, conv_), clocks);
    });
    compute_tile(b_, conv_, command, shares, tile_, in, rest ? &*rest : nullptr, block.weights, out);
    b_.store_tile(out, conv_.id, tile_);
    if (rest) {
      b_.release(*rest);
    }
    b_.release(out);
    ++tile_;
  }

  ProgramBuilder& b_;
  size_t stage_;
  const IntNode& conv_;
  const IntNode& source_;
  int tile_;
  bool forth_ = true;
};

}  // namespace

void declare_conv(ProgramBuilder& b, size_t index) {
  const IntNode& conv = b.graph.node(b.stages[index].node);
  const int in_channels = b.graph.node(conv.inputs[0]).shape.c;
  const ConvLoops& loops = b.conv_loops[index] = choose_loops(b, index);
  for (int c0 = 0; c0 < conv.shape.c; c0 += loops.chunk) {
    WeightBlock block;
    block.node = conv.id;
    block.c0 = c0;
    block.c1 = std::min(conv.shape.c, c0 + loops.chunk);
    block.bytes = conv_block_bytes(conv, block.c0, block.c1, in_channels);
    b.blocks_of[index].push_back(b.declare_block(block));
  }
}

void emit_conv(ProgramBuilder& b, size_t index, std::span<const int> blocks) {
  // Tiles of other blocks are others.
  Emitter emitter(b, index, static_cast<int>(blocks.data() - b.blocks_of[index].data()));
  if (b.conv_loops[index].inputs_outside) {
    emitter.inputs_outside(blocks);
  } else {
    emitter.weights_outside(blocks);
  }
}

}  // namespace tridex::arch
