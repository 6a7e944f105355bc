#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "arch/design/design_point.h"
#include "arch/mapping/stages.h"

namespace tridex::arch {

/// What is emitted at a time: a stage of a frame, or, of a convolution, one block of its weights.
struct Item {
  int frame = 0;
  size_t stage = 0;
  int block = kAllBlocks;
  static constexpr int kAllBlocks = -1;
};

/// Where the tail of a network begins: the last stages that wait for their weights rather than for an engine,
/// with inputs of a few KB (the fully connected layers of a classifier). stages.size() where there is none.
/// weight_bytes: per stage.
size_t tail_begin(const DesignPoint& design, const quant::IntegerGraph& graph,
                  const std::vector<Stage>& stages, const std::vector<int64_t>& weight_bytes);

/// The order in which `frames` frames are emitted. The first frame runs alone, so that its end is a latency;
/// the tail of each other frame but the last runs between stages of the next frame, where the load unit has
/// time for its weights, and ends before that frame makes the tensors that the tail reads (or parts of them).
/// block_bytes: per stage, of each of its blocks; tail: where it begins.
std::vector<Item> order_items(const DesignPoint& design, const quant::IntegerGraph& graph,
                              const std::vector<Stage>& stages, const std::vector<Alias>& aliases,
                              const std::vector<std::vector<int64_t>>& block_bytes, size_t tail, int frames);

}  // namespace tridex::arch
