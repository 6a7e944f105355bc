#include "arch/platform/activity.h"

#include <algorithm>

namespace tridex::arch {
namespace {

int64_t results_of(const Command& c) {
  const int64_t pixels = int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width;
  return c.op == Opcode::kContext ? 0 : c.op == Opcode::kAttend ? pixels * c.head_dim : pixels;
}

/// What is read of the tile `in`.
int64_t operand_bytes(const Command& c) {
  int rows = c.in.rows;
  if (c.op == Opcode::kConv || c.op == Opcode::kAttend) {  // a share may be some rows of a tile
    rows = std::min(rows, (c.y1 - c.y0 - 1) * c.stride + c.kernel_h);
  }
  const int64_t tile = int64_t{rows} * c.in.blocks * c.in.width * kChannelBlock * c.in.bytes();
  if (c.op == Opcode::kContext || c.op == Opcode::kAttend) {  // k and v, or q, of its own heads
    return tile * (c.op == Opcode::kAttend ? 1 : 2) * (c.c1 - c.c0) / (3 * int64_t{std::max(c.heads, 1)});
  }
  if (c.depthwise != 0 && c.in.blocks > 0) {
    return tile * (c.c1 - c.c0) / (int64_t{c.in.blocks} * kChannelBlock);
  }
  return tile;
}

}  // namespace

std::array<int64_t, 3> command_bytes(const Command& c) {
  std::array<int64_t, 3> bytes{};
  const auto at = [&](const TileRef& tile) -> int64_t& { return bytes[static_cast<size_t>(tile.buffer)]; };
  at(c.in) += operand_bytes(c);
  const int others = c.op == Opcode::kAdd ? c.operands - 1 : c.op == Opcode::kConv ? c.has_shortcut : 0;
  for (int i = 0; i < others; ++i) {
    const TileRef& tile = i == 0 ? c.in2 : c.in3;
    at(tile) += int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width * tile.bytes();
  }
  if (c.op == Opcode::kConv) {
    bytes[kWeightBuffer] += int64_t{c.c1 - c.c0} * c.weight_row_bytes;
  }
  at(c.out) += results_of(c) * c.out.bytes();
  return bytes;
}

int64_t command_macs(const Command& c) {
  switch (c.op) {
    case Opcode::kConv:
      return results_of(c) * c.in_channels * c.kernel_h * c.kernel_w;
    case Opcode::kContext:
      return int64_t{c.c1 - c.c0} * c.head_dim * (c.head_dim + 1) * (c.y1 - c.y0) * c.in_width;
    case Opcode::kAttend:
      return results_of(c) * (c.head_dim + 1);
    default:
      return 0;
  }
}

Activity count_activity(const DesignPoint& design, const Program& program, const DramTraffic& traffic) {
  Activity activity;
  activity.engines.resize(design.engines.size());
  for (const Instruction& instruction : program.instructions) {
    if (instruction.unit == kLoadUnit || instruction.unit == kStoreUnit) {
      const Transfer& transfer = program.transfer(instruction);
      activity.buffer_bytes[static_cast<size_t>(transfer.buffer)] += transfer.bytes();
      continue;
    }
    const Command& command = program.command(instruction);
    const auto bytes = command_bytes(command);
    for (size_t b = 0; b < bytes.size(); ++b) {
      activity.buffer_bytes[b] += bytes[b];
    }
    if (instruction.unit == kVectorUnitId) {
      activity.vector_elements += results_of(command);
      continue;
    }
    EngineActivity& engine = activity.engines.at(static_cast<size_t>(instruction.unit - kEngine0));
    engine.macs += command_macs(command);
    engine.results += results_of(command);
    engine.quotients += command.op == Opcode::kAttend ? results_of(command) : 0;
  }
  activity.dram_read_bytes = traffic.read_bytes;
  activity.dram_write_bytes = traffic.write_bytes;
  activity.row_misses = traffic.row_misses;
  activity.refreshes = traffic.refreshes;
  return activity;
}

void fill_energy(const DesignPoint& design, const Program& program, double seconds, RunResult& result) {
  result.energy_note = energy_gap(design);
  if (!result.energy_note.empty() || seconds <= 0) {
    return;
  }
  const Energy energy = estimate_energy(design, count_activity(design, program, result.dram), seconds);
  result.energy_mj = energy.total() / program.frames;
  result.power_w = energy.total() * 1e-3 / seconds;
  for (const auto& [name, millijoules] : energy.items()) {
    result.energy_items.emplace_back(name, millijoules / program.frames);
  }
}

}  // namespace tridex::arch
