#pragma once
#include <functional>
#include <span>
#include <vector>

#include "models/graph.h"
#include "models/weights.h"

namespace tridex::models {

/// One image's tensor, CHW.
struct Activation {
  Shape shape;
  std::vector<float> data;
  [[nodiscard]] float* channel(int c) { return data.data() + int64_t{c} * shape.pixels(); }
  [[nodiscard]] const float* channel(int c) const { return data.data() + int64_t{c} * shape.pixels(); }
};

/// Runs one operator on given inputs (used by the executor, and by quantizer passes that need a single
/// layer). `weights` must hold the node's parameters.
Activation run_node(const Graph& graph, const Weights& weights, int id,
                    std::span<const Activation* const> inputs);

/// Float reference of a network. Thread-safe: run() may be called from several threads at a time.
class FloatExecutor {
 public:
  /// Keeps references: graph and weights must outlive it.
  FloatExecutor(const Graph& graph, const Weights& weights);

  /// Called for each node after it ran.
  using Observer = std::function<void(int id, const Activation& output)>;
  /// The logits of one image (normalized network input, CHW). Buffers are freed as soon as their last reader
  /// ran.
  [[nodiscard]] Activation run(const Activation& image, const Observer& observer = {}) const;

 private:
  const Graph& graph_;
  const Weights& weights_;
  std::vector<int> last_reader_;
};

}  // namespace tridex::models
