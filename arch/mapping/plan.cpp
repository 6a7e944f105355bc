#include "arch/mapping/plan.h"

#include "arch/mapping/order.h"
#include "arch/mapping/params.h"

namespace tridex::arch {
namespace {

size_t find_tail(const DesignPoint& design, const quant::IntegerGraph& graph, const MappingOptions& options,
                 const std::vector<Stage>& stages) {
  if (!design.double_buffer || !options.overlap_frames) {
    return stages.size();
  }
  std::vector<int64_t> weight_bytes;
  for (const Stage& stage : stages) {
    const auto& node = graph.node(stage.node);
    weight_bytes.push_back(stage.kind == Stage::Kind::kConv
                               ? conv_block_bytes(node, 0, node.shape.c, graph.node(node.inputs[0]).shape.c)
                               : 0);
  }
  return tail_begin(design, graph, stages, weight_bytes);
}

void plan_stages(const DesignPoint& design, const quant::IntegerGraph& graph, const MappingOptions& options,
                 const Fusion& fusion, ProgramPlan& plan) {
  plan.stages = group_stages(graph, fusion);
  plan.tail = find_tail(design, graph, options, plan.stages);
  plan.residency = options.keep_tensors
                       ? plan_residency(design, graph, plan.stages, plan.aliases, plan.tail, options.keep_in)
                       : no_residency(design, graph, plan.stages.size());
}

}  // namespace

ProgramPlan plan_program(const DesignPoint& design, const quant::IntegerGraph& graph,
                         const MappingOptions& options) {
  ProgramPlan plan;
  plan.aliases = concat_aliases(graph);
  const Fusion pairs = fuse_pairs(design, graph);
  plan_stages(design, graph, options, pairs, plan);
  if (options.fuse_blocks) {
    std::vector<bool> kept;
    for (const Alias& alias : plan.aliases) {
      kept.push_back(!options.fuse_kept &&
                     plan.residency.places[static_cast<size_t>(alias.root)].has_value());
    }
    const Fusion blocks = fuse_blocks(design, graph, kept);
    if (blocks.pair != pairs.pair || blocks.block != pairs.block) {
      plan_stages(design, graph, options, blocks, plan);
    }
  }
  return plan;
}

}  // namespace tridex::arch
