#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "arch/mapping/port_use.h"
#include "arch/mapping/program.h"

namespace tridex::arch {

/// When the instructions of a program are about done, without a simulation: units take their own in order, as
/// soon as what an instruction waits for is done; engines take what they take (engine_timing.h), and longer
/// where others use the buffers' ports (port_use.h); transfers share the ports of their direction, the
/// buffer's width and the memory's peak bandwidth less refreshes, with no rows to open and no turnarounds. In
/// cycles of the accelerator.
class Estimate {
 public:
  explicit Estimate(const DesignPoint& design);

  /// The next instruction of the program (the one with this number).
  void add(const Program& program, uint32_t instruction);

  /// When a unit is done with all that it has been given.
  [[nodiscard]] double free(Unit unit) const { return free_[unit]; }
  /// When the last engine (or the vector unit) is.
  [[nodiscard]] double engines_free() const;
  /// The end of each frame, in frames' order.
  [[nodiscard]] const std::vector<double>& frames() const { return frames_; }
  [[nodiscard]] int64_t moved_bytes() const { return moved_; }

 private:
  double transfer_end(bool store, double ready, const Transfer& transfer);

  double command_end(Unit unit, double ready, const Command& command);

  const DesignPoint& design_;
  PortUse ports_;
  double port_bytes_ = 1, memory_bytes_ = 1;  ///< a cycle
  std::array<double, 3> buffer_bytes_{};      ///< a cycle, of each buffer
  std::array<double, 2> begin_{};             ///< since when loads, and stores, have moved without a pause
  std::array<double, kMaxUnits> free_{};
  std::vector<double> ends_, frames_;
  int64_t moved_ = 0;
};

/// The same for a whole program.
Estimate estimate(const DesignPoint& design, const Program& program);

}  // namespace tridex::arch
