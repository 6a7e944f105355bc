#pragma once
#include <functional>
#include <memory>
#include <mutex>
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
  ~FloatExecutor();

  /// Called for each node after it ran.
  using Observer = std::function<void(int id, const Activation& output)>;
  /// The logits of one image (normalized network input, CHW). A buffer is used again as soon as its last
  /// reader ran, and by later runs: fresh memory costs more than the arithmetic.
  [[nodiscard]] Activation run(const Activation& image, const Observer& observer = {}) const;

 private:
  class Pool;
  [[nodiscard]] std::unique_ptr<Pool> take_pool() const;

  const Graph& graph_;
  const Weights& weights_;
  std::vector<int> last_reader_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Pool>> spare_;  ///< one for each run that there was at a time
};

}  // namespace tridex::models
