#include "arch/mapping/engine_timing.h"

#include <algorithm>

#include "arch/mapping/layout.h"

namespace tridex::arch {
namespace {

int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

int64_t conv_cycles(const Engine& engine, const Command& c) {
  const int64_t kernel = int64_t{c.kernel_h} * c.kernel_w;
  const int64_t pixels = int64_t{c.y1 - c.y0} * c.width;
  const int64_t outputs = c.c1 - c.c0;
  if (c.depthwise != 0 && engine.kind == EngineKind::kRmac) {
    return ceil_div(outputs, int64_t{engine.inputs} * c.copies_channels) * kernel *
           ceil_div(pixels, int64_t{engine.lanes} * c.copies_pixels);
  }
  // A range of channels that does not end at a group's border is one group of its own.
  const int64_t group = std::min<int64_t>(c.group_outputs, outputs);
  const int64_t lane_groups = ceil_div(outputs, group) * ceil_div(group, engine.lanes);
  return ceil_div(lane_groups, c.copies_channels) * ceil_div(c.in_channels, engine.inputs) * kernel *
         ceil_div(pixels, c.copies_pixels);
}

/// Bytes of rows [row0, row1) of a tile.
int64_t rows_bytes(const TileRef& tile, int rows) {
  return int64_t{rows} * tile.blocks * tile.width * kChannelBlock * tile.bytes();
}

}  // namespace

int64_t compute_cycles(const Engine& engine, const Command& c) {
  switch (c.op) {
    case Opcode::kConv:
      return conv_cycles(engine, c);
    case Opcode::kContext: {
      const int64_t tokens = int64_t{c.y1 - c.y0} * c.in_width;
      const int64_t columns = int64_t{c.c1 - c.c0} * c.head_dim * ceil_div(c.head_dim, engine.lanes);
      return ceil_div(columns, int64_t{c.copies_pixels} * c.copies_channels) *
             ceil_div(tokens, engine.inputs);
    }
    case Opcode::kAttend: {
      const int64_t pixels = int64_t{c.y1 - c.y0} * c.width;
      const int64_t steps = ceil_div(c.head_dim, engine.inputs) * (1 + ceil_div(c.head_dim, engine.lanes));
      return ceil_div(c.c1 - c.c0, c.copies_channels) * steps * ceil_div(pixels, c.copies_pixels);
    }
    default:
      return 0;
  }
}

int64_t vector_cycles(const VectorUnit& unit, const Command& c) {
  const int64_t outputs = int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width;
  switch (c.op) {
    case Opcode::kAdd:
      return ceil_div(outputs * c.operands, unit.lanes);
    case Opcode::kPool:
      return ceil_div(int64_t{c.c1 - c.c0} * c.in_height * c.in_width, unit.lanes);
    case Opcode::kLayerNorm:
      return 3 * ceil_div(outputs, unit.lanes);
    case Opcode::kResize:
      return ceil_div(outputs * 8, unit.lanes);
    default:
      return 0;
  }
}

int64_t port_cycles(const DesignPoint& design, const Command& c) {
  const auto buffer = [&](int32_t id) -> const Buffer& {
    return id == kInputBuffer    ? design.input_buffer
           : id == kWeightBuffer ? design.weight_buffer
                                 : design.output_buffer;
  };
  // Each operand passes its port once a command: windows and broadcasts reuse it inside the engine.
  int rows = c.in.rows;
  if (c.op == Opcode::kConv || c.op == Opcode::kAttend) {  // a share may be some rows of a tile
    rows = std::min(rows, (c.y1 - c.y0 - 1) * c.stride + c.kernel_h);
  }
  const int64_t in = ceil_div(rows_bytes(c.in, rows), buffer(c.in.buffer).bytes_per_cycle());
  int64_t more = 0;  // a shortcut, or further summands: the channels that are made
  const int others = c.op == Opcode::kAdd ? c.operands - 1 : c.op == Opcode::kConv ? c.has_shortcut : 0;
  for (int i = 0; i < others; ++i) {
    const TileRef& tile = i == 0 ? c.in2 : c.in3;
    more += int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width * tile.bytes();
  }
  const int64_t rest = ceil_div(more, design.input_buffer.bytes_per_cycle());
  int64_t out_bytes = 0;
  int64_t weight_bytes = 0;
  if (c.op == Opcode::kConv) {
    out_bytes = int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width * c.out.bytes();
    weight_bytes = int64_t{c.c1 - c.c0} * c.weight_row_bytes;
  } else if (c.op == Opcode::kAttend) {
    out_bytes = int64_t{c.c1 - c.c0} * c.head_dim * (c.y1 - c.y0) * c.width * c.out.bytes();
  } else if (c.op != Opcode::kContext) {
    out_bytes = int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width * c.out.bytes();
  }
  const int64_t out = ceil_div(out_bytes, design.output_buffer.bytes_per_cycle());
  const int64_t weights = ceil_div(weight_bytes, design.weight_buffer.bytes_per_cycle());
  if (c.op == Opcode::kContext || c.op == Opcode::kAttend) {
    // A command reads its own heads of the tile only: q, or k and v, of the three parts.
    const int64_t share = c.op == Opcode::kAttend ? 1 : 2;
    return std::max(ceil_div(in * share * (c.c1 - c.c0), 3 * int64_t{std::max(c.heads, 1)}), out);
  }
  if (c.depthwise != 0 && c.in.blocks > 0) {
    return std::max({ceil_div(in * (c.c1 - c.c0), int64_t{c.in.blocks} * kChannelBlock), out, weights});
  }
  const bool shared =
      c.in.buffer == kInputBuffer;  // a fused pointwise convolution reads the output buffer instead
  return std::max({shared ? in + rest : std::max(in, rest), out, weights});
}

int64_t unhindered_cycles(const DesignPoint& design, const Engine& engine, const Command& command) {
  const int64_t pixels = int64_t{command.y1 - command.y0} * command.width;
  const int64_t results = command.op == Opcode::kContext ? 0
                          : command.op == Opcode::kAttend
                              ? int64_t{command.c1 - command.c0} * command.head_dim * pixels
                              : int64_t{command.c1 - command.c0} * pixels;
  const int64_t finished = ceil_div(results, int64_t{engine.results_per_cycle()} * design.copies);
  return std::max(compute_cycles(engine, command), finished);
}

int64_t engine_cycles(const DesignPoint& design, const Engine& engine, const Command& command) {
  return std::max(unhindered_cycles(design, engine, command), port_cycles(design, command)) +
         engine.pipeline_depth;
}

int64_t vector_unit_cycles(const DesignPoint& design, const Command& command) {
  return std::max(vector_cycles(design.vector, command), port_cycles(design, command)) +
         design.vector.pipeline_depth;
}

void choose_spread(const DesignPoint& design, const Engine& engine, Command& command) {
  const int copies = design.copies;
  command.copies_pixels = copies;
  command.copies_channels = 1;
  if (design.spread == Spread::kChannels) {
    std::swap(command.copies_pixels, command.copies_channels);
  }
  if (design.spread != Spread::kBest) {
    return;
  }
  int64_t best = compute_cycles(engine, command);
  Command trial = command;
  for (int channels = 2; channels <= copies; ++channels) {
    if (copies % channels != 0) {
      continue;
    }
    trial.copies_channels = channels;
    trial.copies_pixels = copies / channels;
    const int64_t cycles = compute_cycles(engine, trial);
    if (cycles < best) {
      best = cycles;
      command.copies_channels = trial.copies_channels;
      command.copies_pixels = trial.copies_pixels;
    }
  }
}

}  // namespace tridex::arch
