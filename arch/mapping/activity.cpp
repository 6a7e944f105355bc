#include "arch/mapping/activity.h"

#include <algorithm>

#include "arch/mapping/engine_timing.h"

namespace tridex::arch {
namespace {

int64_t results_of(const Command& c) {
  const int64_t pixels = int64_t{c.c1 - c.c0} * (c.y1 - c.y0) * c.width;
  return c.op == Opcode::kContext ? 0 : c.op == Opcode::kAttend ? pixels * c.head_dim : pixels;
}

}  // namespace

std::array<int64_t, 3> command_bytes(const Command& c) {
  const PortTraffic traffic = port_traffic(c);
  std::array<int64_t, 3> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes.at(i) = traffic.read.at(i) + traffic.written.at(i);
  }
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

}  // namespace tridex::arch
