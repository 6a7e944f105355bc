#pragma once
#include <vector>

#include "quant/integer_graph.h"
#include "quant/simd/kernels.h"

namespace tridex::quant {

/// What turns a node's accumulators into its codes, in the terms of simd::Finish. For every operator but
/// kInput and kConcat; of a kDivide only the requantization's part (mult, limits, zero) is meant.
class FinishTable {
 public:
  FinishTable(const IntegerGraph& graph, const IntNode& node);
  /// From `channel` on.
  [[nodiscard]] simd::Finish at(int channel) const;

 private:
  simd::Finish finish_;  ///< without pointers
  std::vector<double> six_, act_, three_, pre_, mult_, low_, high_;
  std::vector<int32_t> zero_;
};

}  // namespace tridex::quant
