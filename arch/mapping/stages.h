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
  int first = -1;   ///< kFusedPair: the depthwise convolution before it
  int expand = -1;  ///< kFusedPair: the 1x1 before that one, of which a window of rows is made as it is read
  AttentionNodes attention;
};

/// The tensors that a stage reads.
std::vector<int> stage_sources(const quant::IntegerGraph& graph, const Stage& stage);

/// What may be fused with what, per depthwise convolution.
struct Fusion {
  std::vector<bool> pair;   ///< with the 1x1 that reads it
  std::vector<bool> block;  ///< and with the 1x1 before it
};
/// Of those that fit: pairs if the design has both engines and the inter-layer pipeline and if the weights of
/// a pair leave room for the next ones; no blocks.
Fusion fuse_pairs(const DesignPoint& design, const quant::IntegerGraph& graph);
/// The same, and wherever a tensor in between would leave the chip. kept: per tensor, whether it stays.
Fusion fuse_blocks(const DesignPoint& design, const quant::IntegerGraph& graph,
                   const std::vector<bool>& kept);
/// Depthwise on R-MAC while the 1x1 behind it is on MAT.
bool pipelines_layers(const DesignPoint& design);

/// Groups the nodes of a graph: lite-MSA branches always, and what is fused. Error: matrix products outside
/// a lite-MSA.
std::vector<Stage> group_stages(const quant::IntegerGraph& graph, const Fusion& fusion);

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
