#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "arch/mapping/program.h"

namespace tridex::arch::checking {

/// What must be through before an instruction starts, by vector clocks: per unit, how many of its
/// instructions. Every unit finishes in order, so a number says which. Of its own unit's predecessor an
/// instruction knows that it is through (engines and vector unit) or only that it has started (loads and
/// stores, several of which are under way at a time).
class Order {
 public:
  /// Waits that are no earlier instruction are left out.
  explicit Order(const Program& program);
  /// Whether `earlier` is through before `later` starts, for every timing.
  [[nodiscard]] bool after(uint32_t later, uint32_t earlier) const {
    return start_[later][unit_[earlier]] > number_[earlier];
  }

 private:
  using Clock = std::array<uint32_t, kMaxUnits>;
  std::vector<Clock> start_;
  std::vector<uint8_t> unit_;
  std::vector<uint32_t> number_;  ///< of an instruction among those of its unit
};

}  // namespace tridex::arch::checking
