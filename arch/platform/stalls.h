#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "arch/design/run_result.h"
#include "arch/platform/platform.h"

namespace tridex::arch {

/// Cycles of an engine, one after the other. `cause` is kBusy or the stall's name.
///
///   fill          the pipeline's depth, at the beginning of each command
///   buffer_port   what operands or results need at the buffers' ports, beyond the computing
///   input, weights, output   waited for a load of a tile or of constants, or for a store
///   dependency    waited for another unit's command
///   controller    the command was ready, but not begun
///   finished      after the last command
/// and of a layer, whose engines may do something else between its first cycle and its last:
///   other_layers  worked for another layer or frame, or waited for it
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
struct Segment {
  static constexpr const char* kBusy = "busy";
  int64_t from = 0, until = 0;
  int32_t layer = 0, frame = 0;
  std::string cause, part;  ///< "input", "input.row_miss"
};

/// What a unit (an engine or the vector unit) did from cycle 0 to `total`, without gaps.
std::vector<Segment> segments(const DesignPoint& design, const Program& program, const Platform& platform,
                              Unit unit, int64_t total);

/// Cycles of all segments that are not busy, by cause and by part.
void add_stalls(const std::vector<Segment>& segments, Stalls& stalls, Stalls& parts);

}  // namespace tridex::arch
