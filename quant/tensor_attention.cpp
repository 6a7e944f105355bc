#include <algorithm>
#include <cmath>

#include "quant/bounds.h"
#include "quant/finish_table.h"
#include "quant/tensor_kernel.h"

namespace tridex::quant {

namespace {

/// How an operand's view (NUMERICS.md 3) is cut from its tensor.
struct View {
  View(const IntegerGraph& graph, const IntNode& node, size_t which)
      : operand(node.operands[which]), heads(node.heads) {
    const IntNode& from = graph.node(node.inputs[which]);
    channels = operand.part < 0 ? from.shape.c : from.shape.c / 3;
    zero = per_channel<int32_t>(from.shape.c, [&](int c) { return stored_zero(from.out, c); });
  }
  [[nodiscard]] int head() const { return channels / heads; }
  /// The view's values, centred: pixel, channel.
  int32_t* read(const Tensor& tensor, const simd::Kernels& kernels, std::vector<int32_t>& buffer) const {
    const int64_t pixels = tensor.shape().pixels();
    int32_t* to = Scratch::room(buffer, pixels * channels);
    const int d = head();
    for (int h = 0; h < heads; ++h) {
      const int source = operand.part < 0 ? h * d : (3 * h + operand.part) * d;
      kernels.centre(tensor.source(0, source), zero.data() + source, operand.relu, pixels, d / simd::kLanes,
                     to + h * d, channels);
    }
    return to;
  }

  Operand operand;
  int heads, channels;
  std::vector<int32_t> zero;
};

class TensorAttention : public TensorKernel {
 public:
  TensorAttention(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels)
      : kernels_(kernels), node_(node), finish_(graph, node) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      views_.emplace_back(graph, node, i);
    }
  }

  void run(TensorInputs inputs, Tensor& output, Scratch& scratch) const override {
    const int64_t tokens = inputs[0]->shape().pixels();
    const int32_t* left = views_[0].read(*inputs[0], kernels_, scratch.left);
    const int32_t* right = views_.size() > 1 ? views_[1].read(*inputs[1], kernels_, scratch.right) : nullptr;
    const int channels = views_[0].channels;
    const int d = views_[0].head();
    const int64_t pitch = padded_channels(node_.shape.c);
    simd::Tile tile{Scratch::room(scratch.sums, node_.shape.pixels() * pitch), pitch,
                    static_cast<int>(node_.shape.pixels()), static_cast<int>(pitch) / simd::kLanes};
    if (node_.op == IntOp::kTokenSum) {
      kernels_.token_sum(left, channels, tokens, tile.blocks, tile.sums);
    } else if (node_.op == IntOp::kMatMulTokens) {
      for (int from = 0; from < channels; from += d) {
        kernels_.tokens(left + from, right + from, channels, tokens, d, tile.sums + from, pitch);
      }
    } else {
      multiply_heads(left, tokens, right, scratch, tile);
    }
    kernels_.finish(tile, finish_.at(0), output.target());
  }

 private:
  /// s[j][channel] are the values of the second operand.
  void multiply_heads(const int32_t* q, int64_t tokens, const int32_t* s, Scratch& scratch,
                      const simd::Tile& tile) const {
    const int channels = views_[0].channels;
    const int d = views_[0].head();
    const int width = node_.shape.c / node_.heads;
    std::vector<int32_t>& buffer = scratch.transposed;
    int32_t* rows = Scratch::room(buffer, int64_t{d} * width);
    for (int h = 0; h < node_.heads; ++h) {
      if (width == 1) {
        kernels_.head_sums(q + h * d, channels, tokens, d, s + h * d, tile.sums + h, tile.pitch);
        continue;
      }
      for (int i = 0; i < d; ++i) {
        for (int j = 0; j < width; ++j) {
          rows[i * width + j] = s[int64_t{j} * channels + h * d + i];
        }
      }
      kernels_.heads(q + h * d, channels, tokens, d, rows, width, tile.sums + h * width, tile.pitch);
    }
  }

  const simd::Kernels& kernels_;
  const IntNode& node_;
  FinishTable finish_;
  std::vector<View> views_;
};

}  // namespace

std::unique_ptr<TensorKernel> make_tensor_attention(const IntegerGraph& graph, const IntNode& node,
                                                    const simd::Kernels& kernels) {
  const auto bounds = accumulator_bounds(graph, node);
  const View left(graph, node, 0);
  const int width = node.shape.c / node.heads;
  const bool whole_blocks = left.head() % simd::kLanes == 0 &&
                            (node.op != IntOp::kMatMulHeads || width == 1 || width % simd::kLanes == 0);
  if (!whole_blocks || *std::max_element(bounds.begin(), bounds.end()) >= std::ldexp(1.0, 31)) {
    return nullptr;
  }
  return std::make_unique<TensorAttention>(graph, node, kernels);
}

}  // namespace tridex::quant
