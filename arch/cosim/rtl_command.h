#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "arch/cosim/command_feed.h"

namespace tridex::arch {

/// What became of a command in RTL.
struct RtlCommand {
  int32_t tag = 0;
  int64_t rtl_cycles = 0;   ///< start to done
  int64_t tlm_cycles = 0;   ///< engine_cycles()
  int64_t start_cycle = 0;  ///< of the run
  int64_t results = 0;
  struct Difference {
    Place place;
    int64_t rtl, tlm;
    int64_t cycle;  ///< of the run: the result came out of the RTL
  };
  std::optional<Difference> difference;  ///< the first in the order of the results
};

/// Compares results, all 64 bits of each, with what the TLM engine made of a copy of the buffers, and writes
/// them to the real ones. Returns the first difference.
std::optional<RtlCommand::Difference> compare_and_write(const std::vector<PlacedResult>& results,
                                                        const BufferViews& tlm, const BufferViews& real);

/// A run of command words.
struct WordRun {
  size_t first, count;
};
/// Those that differ from what the registers hold (all, where that is not known), lowest first. Two equal
/// ones between differing ones are cheaper written than left out: a run is a transaction of its own.
std::vector<WordRun> words_to_write(const std::optional<Command::Words>& held, const Command::Words& words);

}  // namespace tridex::arch
