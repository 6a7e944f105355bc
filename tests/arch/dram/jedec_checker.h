#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "arch/dram/channel.h"

namespace tridex::test {

/// The least gap in clocks that JESD79-4 asks for from command `a` to a later command `b`, and the rule's
/// name. Written as a table of pairs, without any state: independent of how the model keeps its times.
std::pair<int64_t, const char*> least_gap(const arch::DramTiming& t, const arch::DramCommand& a,
                                          const arch::DramCommand& b);

struct JedecReport {
  std::vector<std::string> violations;
  std::map<std::string, int64_t> smallest;  ///< gap seen of each rule, tFAW included
};

/// Checks a whole command trace, in any order: pairs, tFAW, rows open and closed, refresh at the latest one
/// tREFI late.
JedecReport check_jedec(const arch::DramTiming& t, std::vector<arch::DramCommand> trace);

}  // namespace tridex::test
