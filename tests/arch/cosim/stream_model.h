#pragma once
#include <cstdint>
#include <vector>

#include "arch/cosim/operand_fetch.h"

namespace tridex::test {

/// The engine of arch/rtl/README.md in plain C++, fed with what an operand fetch makes: sums of narrow x
/// wide, records from their 64 bytes, post-processing with arch/pe/arithmetic.h. Counts the beats.
struct StreamRun {
  struct Result {
    arch::Place place;
    int64_t value;
  };
  std::vector<Result> results;  ///< in the order of the stream; those that are dropped too
  int64_t beats = 0, record_beats = 0;
};
StreamRun run_streams(const arch::RtlParameters& parameters, const arch::Command& command,
                      arch::OperandFetch& fetch);

/// Writes the results where they belong; returns how many.
int64_t write_results(const StreamRun& run, const arch::BufferViews& buffers);

}  // namespace tridex::test
