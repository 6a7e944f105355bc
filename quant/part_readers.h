#pragma once
#include "quant/integer_graph.h"

namespace tridex::quant {

/// Who reads the parts (q, k, v) of a tensor.
struct PartReaders {
  bool product = false;               ///< a matrix product does
  bool other = false;                 ///< something else does
  bool relu[3] = {true, true, true};  ///< every product that reads the part does it through a ReLU
  /// What is below 0 in this part is as good as 0.
  [[nodiscard]] bool rectify(int part) const { return product && !other && relu[part]; }
};
PartReaders part_readers(const IntegerGraph& graph, const IntNode& node);

/// Of the tensor, or of what reads it; 1 where neither is part of an attention. The parts of head h of a
/// tensor of q, k and v are the channels from 3 h d on, d each.
int attention_heads(const IntegerGraph& graph, const IntNode& node);

}  // namespace tridex::quant
