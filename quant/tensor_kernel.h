#pragma once
#include <memory>
#include <span>
#include <vector>

#include "quant/isa.h"
#include "quant/tensor.h"

namespace tridex::quant {

using TensorInputs = std::span<const Tensor* const>;

/// Buffers that a kernel may use for its call; they keep their memory from call to call.
struct Scratch {
  std::vector<uint8_t> bytes;
  std::vector<int32_t> sums, left, right, transposed;
  std::vector<double> doubles;

  template <typename T>
  static T* room(std::vector<T>& buffer, int64_t count) {
    if (static_cast<int64_t>(buffer.size()) < count) {
      buffer.resize(static_cast<size_t>(count));
    }
    return buffer.data();
  }
};

/// One operator on tensors, by the kernels of one instruction set.
class TensorKernel {
 public:
  virtual ~TensorKernel() = default;
  /// Thread-safe. `output` has the node's shape and quantizer.
  virtual void run(TensorInputs inputs, Tensor& output, Scratch& scratch) const = 0;
};

/// Null where the operator's widths or shape are not among those that the kernels are made for: codes of more
/// than 8 bits in a convolution, accumulators of more than 32, heads that are not whole blocks of lanes.
/// Keeps references to graph and node. Not for kInput.
std::unique_ptr<TensorKernel> make_tensor_kernel(const IntegerGraph& graph, const IntNode& node,
                                                 const simd::Kernels& kernels);
std::unique_ptr<TensorKernel> make_tensor_conv(const IntegerGraph& graph, const IntNode& node,
                                               const simd::Kernels& kernels);
std::unique_ptr<TensorKernel> make_tensor_attention(const IntegerGraph& graph, const IntNode& node,
                                                    const simd::Kernels& kernels);

}  // namespace tridex::quant
