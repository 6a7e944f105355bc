#pragma once
#include <vector>

#include "quant/integer_graph.h"

namespace tridex::arch {

/// Cuts a network where nothing behind can begin before all of what is in front is done: at sums over all
/// pixels (k^T v of an attention) and at fully connected layers. A node's work lies wholly in its segment's
/// time; nodes in no segment (kFloating) may be done at any time. No node of segment i + 1 has an element
/// before the last one of segment i.
inline constexpr int kFloating = -1;
struct Segments {
  std::vector<int> of;  ///< per node
  int count = 1;
};
Segments cut_network(const quant::IntegerGraph& graph);

}  // namespace tridex::arch
