#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/float_executor.h"
#include "quant/integer_graph.h"

namespace tridex::quant {

class NodeKernel;

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
  /// Keeps a reference to the graph, which must have passed check().
  explicit IntegerExecutor(const IntegerGraph& graph);
  ~IntegerExecutor();
  using Observer = std::function<void(int id, const Codes& output)>;
  [[nodiscard]] Codes run(const Codes& input, const Observer& observer = {}) const;

 private:
  const IntegerGraph& graph_;
  std::vector<std::unique_ptr<NodeKernel>> kernels_;
  std::vector<int> last_reader_;
};

}  // namespace tridex::quant
