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
  /// Of each port, to read from a buffer, then to write to each: cycles that it is taken for, or a share of
  /// it. Eight, of which six are used, so that loops are two vectors.
  static constexpr size_t kPorts = 8;
  static constexpr size_t kBuffers = 3;
  using PerPort = std::array<double, kPorts>;
  struct Use {
    double from = 0, until = 0;
    PerPort share{};
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

  std::array<double, kBuffers> cycles_a_byte_{};
  std::array<History, kMaxUnits> units_;
  PerPort put_off_{};  ///< what transfers kept from passing in time, which comes with the next command's
};

}  // namespace tridex::arch
