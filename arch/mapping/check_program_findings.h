#pragma once
#include <string>
#include <utility>
#include <vector>

#include "arch/mapping/check_program.h"
#include "arch/mapping/check_program_memory.h"

namespace tridex::arch::checking {

/// Collects what is wrong, at most kMostFindings, and of one instruction one of a kind in a memory: what
/// follows is seldom news.
class Findings {
 public:
  Findings(const quant::IntegerGraph& graph, const Program& program) : graph_(graph), program_(program) {}
  [[nodiscard]] bool full() const { return found_.size() >= kMostFindings; }
  /// Of an instruction. `what` is a clause; the text names instruction, layer, tile, frame, memory and bytes.
  void add(IllegalKind kind, uint32_t instruction, const std::string& what, int memory = kNoMemory,
           int64_t begin = 0, int64_t end = 0);
  /// Of a node in a frame, or (frame -1) of the program.
  void add_of_node(IllegalKind kind, int node, int frame, const std::string& what);
  [[nodiscard]] std::string node_name(int node) const;
  /// "rows 3 to 4, channels 8 to 15 of 'stem' of frame 1"
  [[nodiscard]] std::string describe(const Content& content, int64_t bytes) const;
  [[nodiscard]] std::string describe(uint32_t instruction) const;
  std::vector<Illegal> take() { return std::move(found_); }

 private:
  const quant::IntegerGraph& graph_;
  const Program& program_;
  std::vector<Illegal> found_;
};

}  // namespace tridex::arch::checking
