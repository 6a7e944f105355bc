#include "arch/mapping/decisions.h"

#include <optional>

namespace tridex::arch {

MappingResult describe(const quant::IntegerGraph& graph, const Decisions& decisions) {
  const auto name = [&](int node) { return graph.node(node).name; };
  MappingResult result;
  result.programs = decisions.programs;
  result.machine = decisions.machine;
  result.options = decisions.options;
  for (size_t s = 0; s < decisions.stages.size(); ++s) {
    const Stage& stage = decisions.stages[s];
    MappedLayer layer;
    layer.name = name(stage.node);
    if (stage.kind == Stage::Kind::kFusedPair) {
      if (stage.expand >= 0) {
        layer.fused.push_back(name(stage.expand));
      }
      layer.fused.push_back(name(stage.first));
    } else if (stage.kind == Stage::Kind::kAttention) {
      const AttentionNodes& nodes = stage.attention;
      layer.fused = {name(nodes.kv), name(nodes.ksum), name(nodes.num), name(nodes.den)};
    } else if (stage.kind == Stage::Kind::kConv) {
      const Decisions::Loops& loops = decisions.loops[s];
      layer.loop_order = loops.inputs_outside ? "inputs" : "weights";
      layer.blocks = loops.blocks;
      layer.tiles = loops.tiles;
      layer.inputs_stay = loops.inputs_stay;
    }
    result.layers.push_back(std::move(layer));
  }
  const auto& places = decisions.residency.places;
  for (size_t tensor = 0; tensor < places.size(); ++tensor) {
    if (const auto& place = places[tensor]) {
      result.kept.push_back({name(static_cast<int>(tensor)),
                             place->buffer == kInputBuffer ? "input" : "output", place->bytes,
                             name(decisions.stages[place->last_read].node)});
    }
  }
  return result;
}

}  // namespace tridex::arch
