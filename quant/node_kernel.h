#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "quant/integer_executor.h"
#include "quant/integer_graph.h"

namespace tridex::quant {

/// Receives accumulators: `values` are those of the pixels from `first` on, of one channel. It may overwrite
/// them. They are integers of at most 48 bits, held in doubles: every step up to the output's code is then
/// exact in double arithmetic (an addition of 48-bit integers, a product of 27 and 17 bits, a scaling by a
/// power of two, a floor) and runs on four lanes of AVX2, which has no 64-bit multiplication and no 64-bit
/// arithmetic shift.
using Sink = std::function<void(int channel, int64_t first, std::span<double> values)>;

using CodeInputs = std::span<const Codes* const>;

/// The accumulators `a` of one operator (NUMERICS.md 3), before activation and requantization.
class NodeKernel {
 public:
  virtual ~NodeKernel() = default;
  /// Thread-safe. Each channel and pixel once.
  virtual void run(CodeInputs inputs, const Sink& sink) const = 0;
};

/// Keeps references to graph and node; weights and bias are read here, not when it runs. Not for kInput,
/// kConcat and kDivide, which have no accumulators.
std::unique_ptr<NodeKernel> make_kernel(const IntegerGraph& graph, const IntNode& node);
std::unique_ptr<NodeKernel> make_conv_kernel(const IntegerGraph& graph, const IntNode& node);
std::unique_ptr<NodeKernel> make_attention_kernel(const IntegerGraph& graph, const IntNode& node);

/// Activation and requantization of accumulators of channel c.
void finish(const IntNode& node, int c, std::span<double> accumulators, int32_t* codes);

/// The output of a division (NUMERICS.md 3).
Codes divide(const IntegerGraph& graph, const IntNode& node, const Codes& numerator,
             const Codes& denominator);

/// The output of any node but kInput; `kernel` is its kernel, null where it has none.
Codes run_node(const IntegerGraph& graph, const IntNode& node, const NodeKernel* kernel, CodeInputs inputs);

}  // namespace tridex::quant
