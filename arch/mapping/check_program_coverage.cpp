#include "arch/mapping/check_program_coverage.h"

#include <fmt/format.h>

#include <algorithm>

namespace tridex::arch::checking {

Coverage::Coverage(size_t nodes, int frames)
    : frames_(static_cast<size_t>(frames)), macs_(nodes * static_cast<size_t>(frames)) {
  for (auto& ranges : ranges_) {
    ranges.resize(macs_.size());
  }
}

void Coverage::add(What what, int node, int frame, int64_t begin, int64_t end, uint32_t instruction) {
  ranges_.at(what)[index(node, frame)].push_back({begin, end, instruction});
}

void Coverage::report(What what, int node, int frame, int64_t all, Findings& findings) {
  constexpr const char* kDone[] = {"computed", "stored", "taken into a context"};
  constexpr const char* kOf[] = {"results", "bytes", "rows of heads"};
  auto& ranges = ranges_.at(what)[index(node, frame)];
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.instruction < b.instruction;
  });
  int64_t done = 0;
  int64_t missing = 0;
  int64_t first_missing = -1;
  uint32_t before = kNoInstruction;
  for (const Range& range : ranges) {
    if (range.begin < done) {
      findings.add(IllegalKind::kTwice, std::max(range.instruction, before),
                   fmt::format("{} {} from {} on are {} twice in frame {}, by {} too", kOf[what],
                               findings.node_name(node), range.begin, kDone[what], frame,
                               findings.describe(std::min(range.instruction, before))));
    } else if (range.begin > done) {
      first_missing = missing == 0 ? done : first_missing;
      missing += range.begin - done;
    }
    if (range.end > done) {
      done = range.end;
      before = range.instruction;
    }
  }
  if (done < all) {
    first_missing = missing == 0 ? done : first_missing;
    missing += all - done;
  }
  if (missing > 0) {
    findings.add_of_node(IllegalKind::kMissing, node, frame,
                         fmt::format("{} of {} {} are not {}, from {} on", missing, all, kOf[what],
                                     kDone[what], first_missing));
  }
}

}  // namespace tridex::arch::checking
