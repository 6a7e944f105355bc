#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "models/float_executor.h"
#include "quant/integer_graph.h"

namespace tridex::quant {

class NodeKernel;
class TensorKernel;
enum class Isa;

/// Codes of one tensor, CHW.
struct Codes {
  Shape shape;
  std::vector<int32_t> data;
};

/// NUMERICS.md 3, Input.
Codes quantize_input(const IntegerGraph& graph, const models::Activation& image);
/// Real values of codes.
models::Activation dequantize(const Codes& codes, const Quantizer& quantizer);

/// The integer reference. Thread-safe; one thread an image.
class IntegerExecutor {
 public:
  /// Keeps a reference to the graph, which must have passed check(). Uses the instruction set that
  /// chosen_isa() says (quant/isa.h), or the given one; the results are the same.
  explicit IntegerExecutor(const IntegerGraph& graph);
  IntegerExecutor(const IntegerGraph& graph, Isa isa);
  ~IntegerExecutor();
  using Observer = std::function<void(int id, const Codes& output)>;
  [[nodiscard]] Codes run(const Codes& input, const Observer& observer = {}) const;

 private:
  struct Workspace;
  [[nodiscard]] std::unique_ptr<Workspace> take_workspace() const;
  void run_node(const IntNode& node, Workspace& work) const;

  const IntegerGraph& graph_;
  // A node has one or the other; those of any widths work on Codes.
  std::vector<std::unique_ptr<TensorKernel>> tensor_kernels_;
  std::vector<std::unique_ptr<NodeKernel>> node_kernels_;
  std::vector<int> place_;  ///< of a node's tensor in the workspace; tensors that do not live at a time share
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> spare_;  ///< memory of earlier runs
};

}  // namespace tridex::quant
