#pragma once
#include <array>
#include <cstdint>

#include "arch/design/design_point.h"
#include "arch/mapping/engine_timing.h"
#include "arch/mapping/ring.h"

namespace tridex::arch {

/// About how much of the buffers' ports units have taken, and when: what the ports' arbiters do in a
/// simulation (arch/buffer/port_arbiter.h), for instructions whose times are estimates and that come unit by
/// unit, not in the order of time. What was there before is not made later by what comes. Times are cycles.
class PortUse {
 public:
  explicit PortUse(const DesignPoint& design);

  /// A unit moves bytes from `start` on, and until `until` if it is alone. Returns when they have passed
  /// beside what other units move at the time. Of each unit the calls are in the order of time.
  double add(Unit unit, double start, double until, const PortTraffic& traffic);

  /// A transfer's bytes pass from `start` to `until`, whatever else does.
  void add_transfer(Unit unit, double start, double until, int32_t buffer, int64_t bytes);

 private:
  static constexpr size_t kPorts = 6;  ///< to read from each buffer, then to write to each
  using PerPort = std::array<double, kPorts>;
  struct Use {
    double from = 0, until = 0;
    PerPort rate{};  ///< bytes a cycle
  };
  /// The last of a unit. What is older lies so far back that only a unit that is far behind could meet it.
  struct History {
    static constexpr size_t kLength = 32;
    std::array<Use, kLength> uses;
    size_t count = 0;
    [[nodiscard]] const Use& back(size_t i) const { return uses[(count - 1 - i) % kLength]; }
    Use& next() { return uses[count++ % kLength]; }
  };
  [[nodiscard]] PerPort others(Unit unit, double from, double until) const;

  PerPort width_{};
  PerPort put_off_{};  ///< bytes that transfers kept from passing in time, which come with the next command's
  std::array<History, kMaxUnits> units_;
};

}  // namespace tridex::arch
