#include "arch/mapping/engine_timing.h"

#include <algorithm>
#include <array>

#include "arch/mapping/layout.h"
#include "arch/mapping/systolic_timing.h"
#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

/// What a command does on MAT or R-MAC, before it is spread over copies: passes over channels (or heads) and
/// over pixels, of so many cycles each.
struct Passes {
  int64_t channels, pixels, cycles;
  [[nodiscard]] int64_t spread(int64_t over_channels, int64_t over_pixels) const {
    return ceil_div(channels, over_channels) * ceil_div(pixels, over_pixels) * cycles;
  }
};

Passes passes_of(const Engine& engine, const Command& c) {
  const int64_t pixels = int64_t{c.y1 - c.y0} * c.width;
  if (c.op == Opcode::kAttend) {
    return {c.c1 - c.c0, pixels,
            ceil_div(c.head_dim, engine.inputs) * (1 + ceil_div(c.head_dim, engine.lanes))};
  }
  const int64_t kernel = int64_t{c.kernel_h} * c.kernel_w;
  const int64_t outputs = c.c1 - c.c0;
  if (c.depthwise != 0 && engine.kind == EngineKind::kRmac) {
    return {ceil_div(outputs, engine.inputs), ceil_div(pixels, engine.lanes), kernel};
  }
  // A range of channels that does not end at a group's border is one group of its own.
  const int64_t group = std::min<int64_t>(c.group_outputs, outputs);
  const int64_t at_once = groups_at_once(engine, c.in_channels, c.group_outputs);
  return {ceil_div(ceil_div(outputs, group), at_once) * ceil_div(group, engine.lanes), pixels,
          ceil_div(c.in_channels, engine.inputs) * kernel};
}

}  // namespace

int64_t groups_at_once(const Engine& engine, int64_t inputs, int64_t outputs) {
  if (inputs > engine.inputs || outputs > engine.lanes) {
    return 1;  // as of most layers, and this is asked often
  }
  return std::min(engine.inputs / inputs, engine.lanes / outputs);
}

int64_t compute_cycles(const Engine& engine, const Command& c) {
  if (engine.kind == EngineKind::kSystolic) {
    return systolic_cycles(engine, c);
  }
  switch (c.op) {
    case Opcode::kConv:
    case Opcode::kAttend:
      return passes_of(engine, c).spread(c.copies_channels, c.copies_pixels);
    case Opcode::kContext: {
      const int64_t tokens = int64_t{c.y1 - c.y0} * c.in_width;
      const int64_t columns = int64_t{c.c1 - c.c0} * c.head_dim * ceil_div(c.head_dim, engine.lanes);
      return ceil_div(columns, int64_t{c.copies_pixels} * c.copies_channels) *
             ceil_div(tokens, engine.inputs);
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

namespace {

/// Bytes of its first operand that a command reads: each once, windows and broadcasts reuse it inside the
/// engine.
int64_t input_bytes(const Command& c) {
  const TileRef& in = c.in;
  const auto bytes = [&](int64_t rows, int64_t channels, int64_t width) {
    const int64_t all = int64_t{in.blocks} * kChannelBlock;
    return std::min(rows, int64_t{in.rows}) *
           std::min(ceil_div(channels, kChannelBlock) * kChannelBlock, all) * width * in.bytes();
  };
  const int64_t rows = c.y1 - c.y0;
  const int64_t channels = c.c1 - c.c0;
  switch (c.op) {
    case Opcode::kConv: {
      const int64_t groups = (c.c1 - 1) / c.group_outputs - c.c0 / c.group_outputs + 1;
      return bytes((rows - 1) * c.stride + c.kernel_h, groups * c.in_channels, in.width);
    }
    case Opcode::kContext:  // k and v of its heads
      return bytes(rows, 2 * channels * c.head_dim, in.width);
    case Opcode::kAttend:  // q
      return bytes(rows, channels * c.head_dim, in.width);
    case Opcode::kPool:
      return bytes(c.in_height, channels, in.width);
    case Opcode::kResize:  // four taps around each
      return bytes(rows / c.factor + 4, channels, in.width);
    default:
      return bytes(rows, channels, in.width);
  }
}

}  // namespace

PortTraffic port_traffic(const Command& c) {
  PortTraffic traffic;
  traffic.read.at(static_cast<size_t>(c.in.buffer)) += input_bytes(c);
  // A shortcut, or further summands: the channels that are made.
  const int others = c.op == Opcode::kAdd ? c.operands - 1 : c.op == Opcode::kConv ? c.has_shortcut : 0;
  const int64_t made = int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width;
  for (int i = 0; i < others; ++i) {
    const TileRef& tile = i == 0 ? c.in2 : c.in3;
    traffic.read.at(static_cast<size_t>(tile.buffer)) += made * tile.bytes();
  }
  if (c.op == Opcode::kConv) {
    traffic.read[kWeightBuffer] += int64_t{c.c1 - c.c0} * c.weight_row_bytes;
  }
  traffic.written.at(static_cast<size_t>(c.out.buffer)) = c.op == Opcode::kContext ? 0
                                                          : c.op == Opcode::kAttend
                                                              ? made * c.head_dim * c.out.bytes()
                                                              : made * c.out.bytes();
  return traffic;
}

int64_t port_cycles(const DesignPoint& design, const PortTraffic& traffic) {
  const auto buffers = design.buffers();
  int64_t cycles = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {  // one port of a bank for reading, one for writing
    cycles = std::max(cycles, ceil_div(std::max(traffic.read.at(i), traffic.written.at(i)),
                                       buffers.at(i)->bytes_per_cycle()));
  }
  return cycles;
}

namespace {

/// The cycles that the results of all lane groups of `channels` take, `cycles(results)` of each group.
template <typename Cycles>
int64_t of_lane_groups(const Engine& engine, int64_t channels, const Cycles& cycles) {
  const int64_t rest = channels % engine.lanes;
  return channels / engine.lanes * cycles(engine.lanes) + (rest > 0 ? cycles(rest) : 0);
}

/// What the results of a command take in the post-processing of all copies.
int64_t post_processing_cycles(const DesignPoint& design, const Engine& engine, const Command& c) {
  const int64_t pixels = int64_t{c.y1 - c.y0} * c.width;
  const int64_t channels = c.c1 - c.c0;
  switch (c.op) {
    case Opcode::kContext: {
      // A group of a column's lanes at a time, the groups of all columns round the copies, which keep in
      // step: the row sum, beside a column's first group, takes a cycle of all of them.
      const int64_t columns = channels * c.head_dim;
      const auto cycles = [&](int64_t results) { return ceil_div(results, engine.results_per_cycle()); };
      if (design.copies == 1) {
        return columns * (1 + of_lane_groups(engine, c.head_dim, cycles));
      }
      const int64_t packets = ceil_div(columns * ceil_div(c.head_dim, engine.lanes), design.copies);
      return packets * cycles(std::min(c.head_dim, engine.lanes)) + std::min(packets, columns);
    }
    case Opcode::kAttend:
      return ceil_div(channels * c.head_dim * pixels, int64_t{engine.quotients_per_cycle()} * design.copies);
    default:
      return ceil_div(channels * pixels, int64_t{engine.results_per_cycle()} * design.copies);
  }
}

/// The divisors of a head come first, then its dividends, each as fast as the slower of array and
/// post-processing.
int64_t attend_cycles(const Engine& engine, const Command& c) {
  const int64_t pixels = int64_t{c.y1 - c.y0} * c.width;
  const int64_t beats = ceil_div(c.head_dim, engine.inputs);
  const int64_t token = beats + of_lane_groups(engine, c.head_dim, [&](int64_t results) {
                          return std::max(beats, ceil_div(results, engine.quotients_per_cycle()));
                        });
  return ceil_div(c.c1 - c.c0, c.copies_channels) * ceil_div(pixels, c.copies_pixels) * token;
}

}  // namespace

int64_t unhindered_cycles(const DesignPoint& design, const Engine& engine, const Command& command) {
  const int64_t cycles =
      std::max(compute_cycles(engine, command), post_processing_cycles(design, engine, command));
  return command.op == Opcode::kAttend && engine.kind != EngineKind::kSystolic
             ? std::max(cycles, attend_cycles(engine, command))
             : cycles;
}

int64_t engine_cycles(const DesignPoint& design, const Engine& engine, const Command& command,
                      const PortTraffic& traffic) {
  return std::max(unhindered_cycles(design, engine, command), port_cycles(design, traffic)) +
         engine.pipeline_depth;
}

int64_t engine_cycles(const DesignPoint& design, const Engine& engine, const Command& command) {
  return engine_cycles(design, engine, command, port_traffic(command));
}

int64_t vector_unit_cycles(const DesignPoint& design, const Command& command, const PortTraffic& traffic) {
  return std::max(vector_cycles(design.vector, command), port_cycles(design, traffic)) +
         design.vector.pipeline_depth;
}

int64_t vector_unit_cycles(const DesignPoint& design, const Command& command) {
  return vector_unit_cycles(design, command, port_traffic(command));
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
  if (command.op == Opcode::kContext && engine.kind != EngineKind::kSystolic) {
    return;  // columns of all heads go round all copies
  }
  const bool array = engine.kind == EngineKind::kSystolic;
  const Passes passes = array ? Passes{} : passes_of(engine, command);
  if (!array && passes.pixels % copies == 0) {
    return;  // no pixel is wasted
  }
  const auto cycles_with = [&](int channels) {
    if (!array) {
      return passes.spread(channels, copies / channels);
    }
    command.copies_channels = channels;
    command.copies_pixels = copies / channels;
    return compute_cycles(engine, command);
  };
  const bool pairs = design.packs_four();
  const int64_t least = array ? 0 : ceil_div(passes.channels * passes.pixels, copies) * passes.cycles;
  int64_t best = cycles_with(1);
  int best_channels = 1;
  for (int channels = 2; channels <= copies && best > least; ++channels) {
    // Two copies whose products share DSPs have the same weights.
    if (copies % channels != 0 || (pairs && copies / channels % 2 != 0)) {
      continue;
    }
    const int64_t cycles = cycles_with(channels);
    if (cycles < best) {
      best = cycles;
      best_channels = channels;
    }
  }
  command.copies_channels = best_channels;
  command.copies_pixels = copies / best_channels;
}

}  // namespace tridex::arch
