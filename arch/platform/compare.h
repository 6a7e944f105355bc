#pragma once
#include <optional>
#include <set>
#include <vector>

#include "arch/platform/platform.h"
#include "arch/platform/run.h"

namespace tridex::arch {

/// Compares what a functional run leaves in the buffers with the integer reference, tile by tile as it is
/// computed.
class Comparison {
 public:
  Comparison(const quant::IntegerGraph& graph, const Program& program, Platform& platform,
             const std::vector<quant::Codes>& reference);
  /// To be called when an instruction is done. Stops at the first difference.
  void check(uint32_t instruction);

  [[nodiscard]] int64_t elements() const { return elements_; }
  [[nodiscard]] std::vector<std::string> layers() const;
  [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }

 private:
  void check_tile(const Instruction& instruction, int node, const TileRef& tile, int c0, int c1, int y0,
                  int y1);
  void check_context(const Instruction& instruction, const Command& command);
  void check_element(int node, int tile, int c, int y, int x, int64_t got);

  const quant::IntegerGraph& graph_;
  const Program& program_;
  Platform& platform_;
  const std::vector<quant::Codes>& reference_;
  int64_t elements_ = 0;
  std::set<int> nodes_;
  std::optional<Difference> difference_;
};

}  // namespace tridex::arch
