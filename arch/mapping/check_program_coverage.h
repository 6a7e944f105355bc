#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "arch/mapping/check_program_findings.h"

namespace tridex::arch::checking {

/// What is done once a frame for every node: which parts of it are done, as ranges of numbers of its own.
class Coverage {
 public:
  enum What : uint8_t { kComputed, kStored, kContexts };
  Coverage(size_t nodes, int frames);
  void add(What what, int node, int frame, int64_t begin, int64_t end, uint32_t instruction);
  /// Multiply-accumulates of a command that makes a node's result.
  void add_macs(int node, int frame, int64_t macs) { macs_[index(node, frame)] += macs; }
  /// Reports what of [0, all) was done twice, or not at all.
  void report(What what, int node, int frame, int64_t all, Findings& findings);
  [[nodiscard]] int64_t macs(int node, int frame) const { return macs_[index(node, frame)]; }

 private:
  struct Range {
    int64_t begin, end;
    uint32_t instruction;
  };
  [[nodiscard]] size_t index(int node, int frame) const {
    return static_cast<size_t>(node) * frames_ + static_cast<size_t>(frame);
  }
  size_t frames_;
  std::array<std::vector<std::vector<Range>>, 3> ranges_;
  std::vector<int64_t> macs_;
};

}  // namespace tridex::arch::checking
