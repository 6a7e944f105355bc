#include "arch/mapping/systolic_timing.h"

#include <algorithm>

#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

/// Passes over the columns for `groups` products of `rows` by `columns` weights each.
int64_t column_passes(const Engine& engine, int64_t groups, int64_t rows, int64_t columns) {
  const int64_t together = std::max<int64_t>(1, std::min(engine.inputs / rows, engine.lanes / columns));
  return ceil_div(groups, together) * ceil_div(columns, engine.lanes);
}

}  // namespace

SystolicWork systolic_work(const Engine& engine, const Command& c) {
  switch (c.op) {
    case Opcode::kConv: {
      const int64_t outputs = c.c1 - c.c0;
      // A range of channels that does not end at a group's border is one group of its own.
      const int64_t group = std::min<int64_t>(c.group_outputs, outputs);
      const int64_t passes = column_passes(engine, ceil_div(outputs, group), c.in_channels, group);
      return {ceil_div(passes, c.copies_channels),
              ceil_div(c.in_channels, engine.inputs) * c.kernel_h * c.kernel_w,
              ceil_div(int64_t{c.y1 - c.y0} * c.width, c.copies_pixels)};
    }
    case Opcode::kContext: {
      const int64_t tokens = int64_t{c.y1 - c.y0} * c.in_width;
      const int64_t columns = int64_t{c.c1 - c.c0} * ceil_div(c.head_dim, engine.lanes);
      return {ceil_div(columns, int64_t{c.copies_pixels} * c.copies_channels),
              ceil_div(tokens, engine.inputs), c.head_dim};
    }
    case Opcode::kAttend: {
      const int64_t passes = column_passes(engine, c.c1 - c.c0, c.head_dim, int64_t{c.head_dim} + 1);
      return {ceil_div(passes, c.copies_channels), ceil_div(c.head_dim, engine.inputs),
              ceil_div(int64_t{c.y1 - c.y0} * c.width, c.copies_pixels)};
    }
    default:
      return {};
  }
}

int64_t systolic_cycles(const Engine& engine, const SystolicWork& work) {
  const int64_t rows = engine.inputs;
  const int64_t columns = engine.lanes;
  const int64_t tiles = work.passes * work.reductions;  // of each chunk
  if (tiles == 0 || work.streamed == 0) {
    return 0;
  }
  const int64_t full = work.streamed / engine.accumulators;
  const int64_t rest = work.streamed % engine.accumulators;
  if (!engine.weight_double_buffer) {
    return tiles * (work.streamed + (full + (rest > 0 ? 1 : 0)) * (2 * rows + columns - 2));
  }
  const auto interval = [&](int64_t vectors) { return std::max(vectors, rows); };
  const int64_t last = rest > 0 ? rest : engine.accumulators;
  const int64_t intervals = tiles * (full * interval(engine.accumulators) + (rest > 0 ? interval(rest) : 0));
  return rows + intervals - (interval(last) - last) + rows + columns - 2;
}

int64_t systolic_cycles(const Engine& engine, const Command& command) {
  return systolic_cycles(engine, systolic_work(engine, command));
}

}  // namespace tridex::arch
