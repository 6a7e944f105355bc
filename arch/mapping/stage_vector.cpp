// What the vector unit does by itself: adds, pooling, layer norm, resizing.
#include <algorithm>

#include "arch/mapping/tiling.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

using quant::IntNode;
using quant::IntOp;

Opcode opcode_of(IntOp op) {
  switch (op) {
    case IntOp::kAdd:
      return Opcode::kAdd;
    case IntOp::kGlobalAvgPool:
      return Opcode::kPool;
    case IntOp::kLayerNorm:
      return Opcode::kLayerNorm;
    default:
      return Opcode::kResize;
  }
}

/// Rows of the input that output rows [y0, y1) need.
std::pair<int, int> source_rows(const IntNode& node, const models::Shape& input, int y0, int y1) {
  switch (node.op) {
    case IntOp::kGlobalAvgPool:
      return {0, input.h};
    case IntOp::kResize: {
      // Four taps around each half-pixel centre: from floor((y + 0.5) / f - 0.5) - 1 on.
      const int f = node.factor;
      const auto tap = [f](int y) { return (2 * y + 1 + f) / (2 * f) - 1; };
      return {std::clamp(tap(y0) - 1, 0, input.h - 1), std::clamp(tap(y1 - 1) + 3, 1, input.h)};
    }
    default:
      return {y0, y1};
  }
}

Command vector_command(const ProgramBuilder& b, const IntNode& node, const Held& block) {
  const models::Shape& input = b.graph.node(node.inputs[0]).shape;
  Command c;
  c.op = opcode_of(node.op);
  c.operands = static_cast<int32_t>(node.inputs.size());
  c.c1 = node.shape.c;
  c.width = node.shape.w;
  c.in_channels = input.c;
  c.in_height = input.h;
  c.in_width = input.w;
  c.activation = static_cast<int32_t>(node.activation);
  c.factor = node.factor;
  c.epsilon_low = static_cast<int32_t>(static_cast<uint32_t>(node.epsilon));
  c.epsilon_high = static_cast<int32_t>(node.epsilon >> 32);
  c.params = block.ref.address;
  if (node.op == IntOp::kGlobalAvgPool || node.op == IntOp::kResize) {
    c.pads = c.params + node.shape.c * record_format(node).bytes();
  }
  return c;
}

}  // namespace

void declare_vector(ProgramBuilder& b, size_t index) {
  const IntNode& node = b.graph.node(b.stages[index].node);
  if (node.op == IntOp::kAdd && node.inputs.size() > 3) {
    fail("{}: cannot be mapped: {} summands, the vector unit adds up to three", node.name,
         node.inputs.size());
  }
  WeightBlock block;
  block.node = node.id;
  block.c1 = node.shape.c;
  block.bytes = vector_block_bytes(node, b.graph.node(node.inputs[0]).shape.c);
  b.blocks_of[index] = {b.declare_block(block)};
}

void emit_vector(ProgramBuilder& b, size_t index) {
  const IntNode& node = b.graph.node(b.stages[index].node);
  const IntNode& source = b.graph.node(node.inputs[0]);
  Held block = b.hold_block(b.blocks_of[index][0]);
  const Command whole = vector_command(b, node, block);
  const bool pool = node.op == IntOp::kGlobalAvgPool;

  // Pooling needs all rows of a channel: it is tiled over channels, the others over rows.
  const auto fits = [&](int rows, int channels, int times) {
    int64_t in = 0;
    for (const int input : node.inputs) {
      const int input_rows = pool                        ? source.shape.h
                             : node.op == IntOp::kResize ? std::min(source.shape.h, rows / node.factor + 5)
                                                         : rows;
      // With several operands live, a gap may be split by each of them.
      in += b.is_kept(input)
                ? 0
                : b.tile_bytes(input, input_rows, 0, channels) * (node.inputs.size() > 1 ? 2 : 1);
    }
    const int64_t out = b.is_kept(node.id) ? 0 : b.tile_bytes(node.id, rows, 0, channels);
    return in * times <= b.capacity(kInputBuffer) && out * times <= b.capacity(kOutputBuffer);
  };
  const auto most = [&](int limit, auto&& test) {
    int found = b.design.double_buffer ? largest(limit, [&](int n) { return test(n, 2); }) : 0;
    if (found == 0) {
      found = std::max(1, largest(limit, [&](int n) { return test(n, 1); }));
    }
    return found;
  };
  int rows = node.shape.h;
  int channels = node.shape.c;
  if (pool) {
    const int blocks = most((node.shape.c + kChannelBlock - 1) / kChannelBlock, [&](int n, int times) {
      return fits(1, std::min(n * kChannelBlock, node.shape.c), times);
    });
    channels = std::min(node.shape.c, blocks * kChannelBlock);
  } else if (!b.is_kept(node.id) || std::any_of(node.inputs.begin(), node.inputs.end(),
                                                [&](int input) { return !b.is_kept(input); })) {
    const int fitting = most(node.shape.h, [&](int n, int times) { return fits(n, node.shape.c, times); });
    Command command = whole;
    command.y1 = node.shape.h;
    rows =
        choose_rows(b.design, node.shape.h, node.shape.w, fitting, vector_cycles(b.design.vector, command));
  }

  int tile = 0;
  for (int c0 = 0; c0 < node.shape.c; c0 += channels) {
    const int c1 = std::min(node.shape.c, c0 + channels);
    for (const auto& [y0, y1] : split_rows(node.shape.h, rows)) {
      const auto [row0, row1] = source_rows(node, source.shape, y0, y1);
      std::vector<Held> in;
      for (const int input : node.inputs) {
        in.push_back(b.load_tile(input, row0, row1, c0, c1, node.id, tile));
      }
      Held out = b.make_tile(node.id, y0, y1, c0, c1);
      Command command = whole;
      command.c0 = c0;
      command.c1 = c1;
      command.y0 = y0;
      command.y1 = y1;
      command.out = out.ref;
      command.in = in[0].ref;
      if (in.size() > 1) {
        command.in2 = in[1].ref;
      }
      if (in.size() > 2) {
        command.in3 = in[2].ref;
        b.command(kVectorUnitId, node.id, tile, command, {&in[0], &in[1], &in[2], &block}, {&out});
      } else if (in.size() > 1) {
        b.command(kVectorUnitId, node.id, tile, command, {&in[0], &in[1], &block}, {&out});
      } else {
        b.command(kVectorUnitId, node.id, tile, command, {&in[0], &block}, {&out});
      }
      b.store_tile(out, node.id, tile);
      for (const Held& held : in) {
        b.release(held);
      }
      b.release(out);
      ++tile;
    }
  }
  b.release(block);
}

}  // namespace tridex::arch
