// One lite-MSA branch: context (k^T v and the row sums of k), then attend (divisors, dividends, division).
#include <algorithm>
#include <optional>

#include "arch/mapping/shares.h"
#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using quant::IntNode;
using quant::Operand;

/// The context of all heads, in one region of the output buffer: kv[h*d][d], then ksum[h*d], then (where
/// tokens are tiled) running sums of 8 bytes.
struct Context {
  Held region;
  int64_t ksum = 0, sums = 0;  ///< offsets
};

Command attention_command(const ProgramBuilder& b, const Stage& stage, const Held& block,
                          const Context& context) {
  const AttentionNodes& nodes = stage.attention;
  const IntNode& divide = b.graph.node(nodes.divide);
  const IntNode& kv = b.graph.node(nodes.kv);
  const IntNode& num = b.graph.node(nodes.num);
  const IntNode& source = b.graph.node(kv.inputs[0]);
  Command c;
  c.heads = divide.heads;
  c.head_dim = divide.shape.c / divide.heads;
  c.c1 = divide.heads;
  c.in_channels = source.shape.c;
  c.in_height = source.shape.h;
  c.in_width = source.shape.w;
  c.width = divide.shape.w;
  c.params = block.ref.address;
  const Operand k = kv.operands[0];
  const Operand v = kv.operands[1];
  const Operand q = num.operands[0];
  c.k_part = k.part;
  c.v_part = v.part;
  c.q_part = q.part;
  c.k_relu = k.relu ? 1 : 0;
  c.v_relu = v.relu ? 1 : 0;
  c.q_relu = q.relu ? 1 : 0;
  c.divisor = static_cast<int32_t>(divide.divisor);
  c.y_min = divide.y_min;
  c.y_max = divide.y_max;
  c.min_code = divide.min_code;
  c.table_bits = divide.table_bits;
  c.kv_format = tile_format(kv);
  c.ksum_format = tile_format(b.graph.node(nodes.ksum));
  c.num_format = tile_format(num);
  c.den_format = tile_format(b.graph.node(nodes.den));
  c.kv = context.region.ref.address;
  c.ksum = c.kv + static_cast<int32_t>(context.ksum);
  c.sums = c.kv + static_cast<int32_t>(context.sums);
  return c;
}

Command part(Command command, Opcode op, int h0, int h1, const std::pair<int, int>& rows) {
  command.op = op;
  command.c0 = h0;
  command.c1 = h1;
  command.y0 = rows.first;
  command.y1 = rows.second;
  return command;
}

/// Cycles of a product of all heads, divided over the engines.
int64_t divided_cycles(const DesignPoint& design, const Command& command) {
  int64_t cycles = 0;
  for (const Share& share : divide_channels(design, command, 1)) {
    Command one = command;
    one.c0 = share.c0;
    one.c1 = share.c1;
    cycles = std::max(cycles, best_cycles(design, *share.engine, one));
  }
  return cycles;
}

/// The intra-layer pipeline of one tile: MAT makes the context of head 0, R-MAC those of the others in turn,
/// while MAT divides heads whose context is done: [0, mat_heads) and rows [0, rows) of the next. R-MAC
/// divides the rest after its last context, so that both end together.
struct HeadPipeline {
  int mat_heads = 1, rows = 0;
  int64_t cycles = 0;
};

HeadPipeline plan_pipeline(const DesignPoint& design, const Command& whole, int height) {
  const Engine& rmac = *design.engine(EngineKind::kRmac);
  const Engine& mat = *design.engine(EngineKind::kMat);
  const int heads = whole.heads;
  const auto cycles = [&](const Engine& engine, Opcode op, int y0, int y1) {
    return y0 == y1 ? 0 : best_cycles(design, engine, part(whole, op, 0, 1, {y0, y1}));
  };
  const int64_t mat_context = cycles(mat, Opcode::kContext, 0, height);
  const int64_t rmac_context = cycles(rmac, Opcode::kContext, 0, height);
  const int64_t mat_attend = cycles(mat, Opcode::kAttend, 0, height);
  const int64_t rmac_attend = cycles(rmac, Opcode::kAttend, 0, height);
  const auto plan = [&](int mat_heads, int rows) {
    int64_t mat_end = mat_context;
    for (int h = 0; h < mat_heads; ++h) {
      mat_end = std::max(mat_end, h * rmac_context) + mat_attend;
    }
    int64_t rmac_end = (heads - 1) * rmac_context + (heads - mat_heads) * rmac_attend;
    if (rows > 0) {
      mat_end = std::max(mat_end, mat_heads * rmac_context) + cycles(mat, Opcode::kAttend, 0, rows);
      rmac_end += cycles(rmac, Opcode::kAttend, rows, height) - rmac_attend;
    }
    return HeadPipeline{mat_heads, rows, std::max(mat_end, rmac_end)};
  };
  HeadPipeline best = plan(1, 0);
  const auto consider = [&](int mat_heads, int rows) {
    const HeadPipeline other = plan(mat_heads, rows);
    best = other.cycles < best.cycles ? other : best;
  };
  for (int h = 2; h <= heads; ++h) {
    consider(h, 0);
  }
  const int whole_heads = best.mat_heads;
  for (int h = std::max(1, whole_heads - 1); h <= std::min(whole_heads, heads - 1); ++h) {
    for (int rows = 1; rows < height; ++rows) {
      consider(h, rows);
    }
  }
  return best;
}

/// The pipeline, unless both engines are sooner done with all contexts and then with all divisions: even
/// shares of heads that fill the copies together leave nothing to gain, and save commands.
std::optional<HeadPipeline> pipeline_if_sooner(const DesignPoint& design, const Command& whole,
                                               const std::pair<int, int>& rows) {
  const HeadPipeline pipeline = plan_pipeline(design, whole, rows.second);
  const int64_t in_turn = divided_cycles(design, part(whole, Opcode::kContext, 0, whole.heads, rows)) +
                          divided_cycles(design, part(whole, Opcode::kAttend, 0, whole.heads, rows));
  return pipeline.cycles < in_turn ? std::optional(pipeline) : std::nullopt;
}

}  // namespace

void declare_attention(ProgramBuilder& b, size_t index) {
  WeightBlock block;
  block.node = b.stages[index].node;
  block.attention = b.stages[index].attention;
  block.bytes = attention_block_bytes(b.graph, block.attention);
  b.blocks_of[index] = {b.declare_block(block)};
}

void emit_attention(ProgramBuilder& b, size_t index) {
  const Stage& stage = b.stages[index];
  const IntNode& divide = b.graph.node(stage.attention.divide);
  const IntNode& kv = b.graph.node(stage.attention.kv);
  const IntNode& ksum = b.graph.node(stage.attention.ksum);
  const IntNode& source = b.graph.node(kv.inputs[0]);
  const int64_t channels = divide.shape.c;
  const int64_t head_dim = channels / divide.heads;
  const auto in_bytes = [&](int rows) {
    return b.is_kept(source.id) ? 0 : b.tile_bytes(source.id, rows, 0, source.shape.c);
  };
  const auto out_bytes = [&](int rows) {
    return b.is_kept(divide.id) ? 0 : b.tile_bytes(divide.id, rows, 0, divide.shape.c);
  };
  const int64_t kv_bytes = channels * head_dim * kv.out.bytes();
  const int64_t context_bytes = kv_bytes + channels * ksum.out.bytes();
  const int64_t sum_bytes = channels * (head_dim + 1) * 8;
  // All tokens in one tile if they fit: then they are loaded once for both passes, and no running sums are
  // kept. The context may lie in the middle of the buffer and split what is left for the output's tiles.
  int rows = source.shape.h;
  if (in_bytes(rows) > b.capacity(kInputBuffer) ||
      2 * out_bytes(rows) + context_bytes > b.capacity(kOutputBuffer)) {
    rows = std::max(1, largest(source.shape.h, [&](int n) {
                      return 2 * in_bytes(n) <= b.capacity(kInputBuffer) &&
                             3 * out_bytes(n) + context_bytes + sum_bytes <= b.capacity(kOutputBuffer);
                    }));
  }
  Held block = b.hold_block(b.blocks_of[index][0]);
  Context context{
      b.make_scratch(context_bytes + (rows < source.shape.h ? sum_bytes : 0), "its context", divide.id),
      kv_bytes, context_bytes};
  Command whole = attention_command(b, stage, block, context);
  const auto tiles = split_rows(source.shape.h, rows);
  const bool one_tile = tiles.size() == 1;
  const Engine* rmac = b.design.engine(EngineKind::kRmac);
  const Engine* mat = b.design.engine(EngineKind::kMat);
  std::optional<HeadPipeline> pipeline;
  if (b.design.intra_layer_pipeline && rmac != nullptr && mat != nullptr && one_tile) {
    pipeline = pipeline_if_sooner(b.design, whole, tiles[0]);
  }
  const auto issue = [&](const Engine& engine, int tile, Command command, Held& in, Held* out) {
    choose_spread(b.design, engine, command);
    if (out == nullptr) {
      b.command(b.unit_of(engine), divide.id, tile, command, {&in, &block, &context.region},
                {&context.region});
    } else {
      b.command(b.unit_of(engine), divide.id, tile, command, {&in, &block, &context.region}, {out});
    }
  };
  // The shares of a tile touch heads of their own: each waits for what was before, none for another.
  const auto issue_contexts = [&](int tile, const Command& command, Held& in) {
    const Users before = context.region.written;
    Users after = before;
    for (const Share& share : divide_channels(b.design, command, 1)) {
      Command one = command;
      one.c0 = share.c0;
      one.c1 = share.c1;
      context.region.written = before;
      issue(*share.engine, tile, one, in, nullptr);
      after.merge(context.region.written);
    }
    context.region.written = after;
  };
  if (pipeline) {
    Held in = b.load_tile(source.id, 0, source.shape.h, 0, source.shape.c, divide.id, 0);
    Held out = b.make_tile(divide.id, 0, divide.shape.h, 0, divide.shape.c);
    whole.in = in.ref;
    whole.out = out.ref;
    const int height = source.shape.h;
    const int split = pipeline->mat_heads;  // the head of which both engines divide some rows, if rows > 0
    std::vector<Users> done(static_cast<size_t>(divide.heads));
    const Users fresh = context.region.written;
    const auto attend = [&](const Engine& engine, int h, int y0, int y1) {
      if (y0 < y1) {
        context.region.written = done[static_cast<size_t>(h)];
        issue(engine, 0, part(whole, Opcode::kAttend, h, h + 1, {y0, y1}), in, &out);
      }
    };
    for (int h = 0; h < divide.heads; ++h) {
      // Each head's context is waited for by itself.
      context.region.written = fresh;
      issue(h == 0 ? *mat : *rmac, 0, part(whole, Opcode::kContext, h, h + 1, tiles[0]), in, nullptr);
      done[static_cast<size_t>(h)] = context.region.written;
      attend(*mat, h, 0, h < split ? height : h == split ? pipeline->rows : 0);
    }
    for (int h = split; h < divide.heads; ++h) {
      attend(*rmac, h, h == split ? pipeline->rows : 0, height);
    }
    b.store_tile(out, divide.id, 0);
    b.release(in);
    b.release(out);
  } else {
    std::optional<Held> kept;
    for (size_t t = 0; t < tiles.size(); ++t) {
      Held in = b.load_tile(source.id, tiles[t].first, tiles[t].second, 0, source.shape.c, divide.id,
                            static_cast<int>(t));
      Command command = part(whole, Opcode::kContext, 0, divide.heads, tiles[t]);
      command.in = in.ref;
      command.first = t == 0 ? 1 : 0;
      command.last = t + 1 == tiles.size() ? 1 : 0;
      issue_contexts(static_cast<int>(t), command, in);
      if (one_tile) {
        kept = in;
      } else {
        b.release(in);
      }
    }
    for (size_t t = 0; t < tiles.size(); ++t) {
      const int number = static_cast<int>(one_tile ? 0 : tiles.size() + t);
      Held in = kept ? *kept
                     : b.load_tile(source.id, tiles[t].first, tiles[t].second, 0, source.shape.c, divide.id,
                                   number);
      Held out = b.make_tile(divide.id, tiles[t].first, tiles[t].second, 0, divide.shape.c);
      Command command = part(whole, Opcode::kAttend, 0, divide.heads, tiles[t]);
      command.in = in.ref;
      command.out = out.ref;
      for (const Share& share : divide_channels(b.design, command, 1)) {
        issue(*share.engine, number, part(command, Opcode::kAttend, share.c0, share.c1, tiles[t]), in, &out);
      }
      b.store_tile(out, divide.id, number);
      b.release(in);
      b.release(out);
    }
  }
  b.release(context.region);
  b.release(block);
}

}  // namespace tridex::arch
