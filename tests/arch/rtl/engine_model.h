#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/mapping/command.h"
#include "arch/mapping/params.h"

namespace tridex::test {

struct EngineShape {
  int lanes, inputs, copies, post_lanes;
  bool rmac = false;
};

/// Records as arch/rtl/README.md has them, for one copy and slot; 255: every one.
struct EngineRecord {
  int copy = 255, slot = 255;
  arch::Record lane;              ///< terms[0]: the shortcut
  arch::Record::Term quotient{};  ///< of attend
  int32_t den_mult = 0;
  int den_frac = 0;
};

struct Beat {
  std::vector<int> narrow, wide;  ///< in the order of the ports' slots
};

struct Packet {
  std::vector<Beat> beats;
  bool new_set = false, divisor = false, row_sum = false;
  std::vector<bool> made;  ///< copy * lanes + lane
};

/// One command and everything that is sent for it.
struct Work {
  arch::Command command;
  std::vector<Packet> packets;  ///< the last one is the command's last
  std::vector<std::vector<EngineRecord>> sets;
  std::vector<std::vector<int>>
      shortcut;  ///< codes for each clock with results, at least as many as there are
};

/// Results of one clock: nothing in a slot that has none.
using ResultBeat = std::vector<std::optional<int64_t>>;

/// What arch/rtl/README.md says that an engine answers, in its order.
std::vector<ResultBeat> answer(const EngineShape& shape, const Work& work);

/// y of log2_code, e of log2_paper (NUMERICS.md 3).
int log2_exponent(const arch::Command& command, int64_t den, int32_t den_mult, int den_frac);

}  // namespace tridex::test
