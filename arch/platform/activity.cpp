#include "arch/platform/activity.h"

#include "arch/mapping/activity.h"

namespace tridex::arch {

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
