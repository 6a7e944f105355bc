#include "arch/mapping/check_program_order.h"

#include <algorithm>

namespace tridex::arch::checking {

Order::Order(const Program& program) {
  const size_t count = program.instructions.size();
  start_.resize(count);
  unit_.resize(count);
  number_.resize(count);
  std::vector<Clock> finish(count);
  std::array<uint32_t, kMaxUnits> before;  // the last instruction of each unit
  before.fill(kNoInstruction);
  Clock done{};
  const auto join = [](Clock& clock, const Clock& other) {
    for (size_t u = 0; u < clock.size(); ++u) {
      clock[u] = std::max(clock[u], other[u]);
    }
  };
  for (uint32_t id = 0; id < count; ++id) {
    const Instruction& instruction = program.instructions[id];
    const size_t unit = std::min<size_t>(instruction.unit, kMaxUnits - 1);
    const bool moves = unit == kLoadUnit || unit == kStoreUnit;
    unit_[id] = static_cast<uint8_t>(unit);
    number_[id] = done[unit]++;
    Clock& start = start_[id];
    if (before[unit] != kNoInstruction) {
      join(start, moves ? start_[before[unit]] : finish[before[unit]]);
    }
    for (uint32_t w = 0; w < instruction.wait_count; ++w) {
      const size_t index = size_t{instruction.wait_begin} + w;
      if (index < program.waits.size() && program.waits[index] < id) {
        join(start, finish[program.waits[index]]);
      }
    }
    finish[id] = start;
    if (before[unit] != kNoInstruction) {
      join(finish[id], finish[before[unit]]);
    }
    finish[id][unit] = number_[id] + 1;
    before[unit] = id;
  }
}

}  // namespace tridex::arch::checking
