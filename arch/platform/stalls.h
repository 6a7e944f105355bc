#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "arch/design/run_result.h"
#include "arch/platform/platform.h"

namespace tridex::arch {

/// What cycles of an engine went to: busy, or a stall.
///
///   fill            the pipeline's depth, at the beginning of each command
///   buffer_port     what operands or results need at the buffers' ports, beyond the computing
///   bank_conflict   the same, because other units or the DMA use those ports at the time
///   rtl             beyond what the model says, of a command that RTL executed
///   input, weights, output   waited for a load of a tile or of constants, or for a store
///   dependency      waited for another unit's command
///   controller      the command was ready, but not begun
///   finished        after the last command
/// and of a layer, whose engines may do something else between its first cycle and its last:
///   other_layers    worked for another layer or frame, or waited for it
///
/// A wait for a transfer has parts (RunResult's stall_parts), after a dot:
///   blocked       the transfer itself had to wait: for room in its buffer, or for what it moves
///   queue         it waited in the DMA, behind others
///   latency       of the ports' requests
///   port          a port's data channel
///   bandwidth     the DRAM's data bus carried this transfer's data or that of others
///   turnaround, row_miss, refresh   of the DRAM
/// The last six by their shares in the time of the transfer's runs, which overlap; all to whole cycles, so
/// that the parts' sum is the wait.
enum class Cause : uint8_t {
  kBusy,
  kFill,
  kBufferPort,
  kBankConflict,
  kRtl,
  kDependency,
  kController,
  kFinished,
  kOtherLayers,
  kInput,  // from here on with parts
  kWeights,
  kOutput
};
enum class Part : uint8_t { kBlocked, kQueue, kLatency, kPort, kBandwidth, kTurnaround, kRowMiss, kRefresh };

/// Cycles of an engine, one after the other.
struct Segment {
  int64_t from = 0, until = 0;
  int32_t layer = 0, frame = 0;
  Cause cause = Cause::kBusy;
  Part part = Part::kBlocked;  ///< of a wait for a transfer only
};

/// Cycles by cause and part.
class CycleCounts {
 public:
  void add(int64_t cycles, Cause cause, Part part = Part::kBlocked) {
    cycles_.at(slot(cause, part)) += cycles;
  }
  void add(const Segment& segment) { add(segment.until - segment.from, segment.cause, segment.part); }
  [[nodiscard]] int64_t busy() const { return cycles_[0]; }
  [[nodiscard]] int64_t sum() const;
  /// Adds the stalls to those of a result, by name: "input", "input.row_miss".
  void add_to(Stalls& stalls, Stalls& parts) const;

 private:
  static constexpr size_t kWhole = static_cast<size_t>(Cause::kInput);  // causes without parts
  static constexpr size_t kParts = static_cast<size_t>(Part::kRefresh) + 1;
  static constexpr size_t kTransfers = 3;
  [[nodiscard]] static size_t slot(Cause cause, Part part) {
    const auto c = static_cast<size_t>(cause);
    return c < kWhole ? c : kWhole + (c - kWhole) * kParts + static_cast<size_t>(part);
  }
  std::array<int64_t, kWhole + kTransfers * kParts> cycles_{};
};

/// What a unit (an engine or the vector unit) did from cycle 0 to `total`, without gaps. std::logic_error
/// where a command took another time than the design's timing and the unit's bank conflicts say.
std::vector<Segment> segments(const DesignPoint& design, const Program& program, const Platform& platform,
                              Unit unit, int64_t total);

}  // namespace tridex::arch
