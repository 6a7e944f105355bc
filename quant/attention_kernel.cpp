#include <algorithm>
#include <cmath>

#include "quant/bounds.h"
#include "quant/node_kernel.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

/// The centred values K(c, n) of an operand view, one row a channel, each row padded with zeros to whole
/// vectors.
template <typename T>
struct View {
  View(const IntegerGraph& graph, const IntNode& node, size_t which, const Codes& codes)
      : tokens(codes.shape.pixels()), pitch((tokens + kLanes<T> - 1) / kLanes<T> * kLanes<T>) {
    const Operand& operand = node.operands[which];
    const Quantizer& quantizer = graph.node(node.inputs[which]).out;
    channels = operand.part < 0 ? codes.shape.c : codes.shape.c / 3;
    const int d = channels / node.heads;
    data.assign(static_cast<size_t>(channels * pitch), T{0});
    for (int c = 0; c < channels; ++c) {
      const int source = operand.part < 0 ? c : (c / d * 3 + operand.part) * d + c % d;
      const int32_t* from = codes.data.data() + source * tokens;
      const T zero = static_cast<T>(quantizer.zero_of(source));
      T* to = data.data() + c * pitch;
      for (int64_t n = 0; n < tokens; ++n) {
        const T value = static_cast<T>(from[n]) - zero;
        to[n] = operand.relu && value < 0 ? 0 : value;
      }
    }
  }
  [[nodiscard]] const T* row(int c) const { return data.data() + c * pitch; }

  int channels = 0;
  int64_t tokens, pitch;
  std::vector<T> data;
};

template <typename T>
T dot(const T* a, const T* b, int64_t count) {
  Vector<T> sum = {};
  for (int64_t i = 0; i < count; i += kLanes<T>) {
    sum += load(a + i) * load(b + i);
  }
  T total = 0;
  for (int i = 0; i < kLanes<T>; ++i) {
    total += sum[i];
  }
  return total;
}

/// T is int32_t where no sum can leave 32 bits, else double. Integers: the order of the additions does not
/// matter.
template <typename T>
class AttentionKernel : public NodeKernel {
 public:
  AttentionKernel(const IntegerGraph& graph, const IntNode& node) : graph_(graph), node_(node) {}

  void run(CodeInputs inputs, const Sink& sink) const override {
    const View<T> left(graph_, node_, 0, *inputs[0]);
    const int d = left.channels / node_.heads;
    if (node_.op == IntOp::kTokenSum) {
      for (int c = 0; c < left.channels; ++c) {
        double sum = 0;
        for (int64_t n = 0; n < left.tokens; ++n) {
          sum += left.row(c)[n];
        }
        sink(c, 0, {&sum, 1});
      }
      return;
    }
    const View<T> right(graph_, node_, 1, *inputs[1]);
    std::vector<double> row(static_cast<size_t>(node_.shape.pixels()));
    if (node_.op == IntOp::kMatMulTokens) {
      for (int c = 0; c < left.channels; ++c) {
        for (int j = 0; j < d; ++j) {
          row[static_cast<size_t>(j)] = dot(left.row(c), right.row(c / d * d + j), left.pitch);
        }
        sink(c, 0, row);
      }
      return;
    }
    const int width = node_.shape.c / node_.heads;
    std::vector<T> sums(static_cast<size_t>(left.pitch));
    for (int c = 0; c < node_.shape.c; ++c) {
      std::fill(sums.begin(), sums.end(), T{0});
      for (int i = 0; i < d; ++i) {
        const int channel = c / width * d + i;
        const T s = right.row(channel)[c % width];
        const T* q = left.row(channel);
        T* __restrict to = sums.data();
        for (int64_t n = 0; n < left.pitch; ++n) {
          to[n] += q[n] * s;
        }
      }
      std::copy_n(sums.begin(), row.size(), row.begin());
      sink(c, 0, row);
    }
  }

 private:
  const IntegerGraph& graph_;
  const IntNode& node_;
};

}  // namespace

std::unique_ptr<NodeKernel> make_attention_kernel(const IntegerGraph& graph, const IntNode& node) {
  const auto bounds = accumulator_bounds(graph, node);
  if (*std::max_element(bounds.begin(), bounds.end()) < std::ldexp(1.0, 31)) {
    return std::make_unique<AttentionKernel<int32_t>>(graph, node);
  }
  return std::make_unique<AttentionKernel<double>>(graph, node);
}

}  // namespace tridex::quant
