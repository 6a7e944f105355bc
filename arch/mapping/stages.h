#pragma once
#include <vector>

#include "arch/design/design_point.h"
#include "arch/mapping/params.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// What is scheduled as a whole.
struct Stage {
  enum class Kind { kConv, kFusedPair, kAttention, kVector } kind = Kind::kConv;
  int node =
      0;  ///< kConv, kVector: the node; kFusedPair: the pointwise convolution; kAttention: the division
  int first = -1;  ///< kFusedPair: the depthwise convolution before it
  AttentionNodes attention;
};

/// The tensors that a stage reads.
std::vector<int> stage_sources(const quant::IntegerGraph& graph, const Stage& stage);

/// Groups the nodes of a graph: lite-MSA branches always; a depthwise convolution with the convolution that
/// alone reads it if the design has both engines and the inter-layer pipeline. Error: matrix products outside
/// a lite-MSA.
std::vector<Stage> group_stages(const DesignPoint& design, const quant::IntegerGraph& graph);

/// Where a node's tensor is: inside the tensor of a concat (its own otherwise), from this channel on.
struct Alias {
  int root = 0;
  int channel = 0;
};
/// Error: a concat whose parts do not start at a multiple of eight channels, or a tensor in two concats.
std::vector<Alias> concat_aliases(const quant::IntegerGraph& graph);

/// The nodes whose tensors stay on chip under these stages (fused intermediates, attention products).
std::vector<bool> on_chip_nodes(const quant::IntegerGraph& graph, const std::vector<Stage>& stages);

}  // namespace tridex::arch
