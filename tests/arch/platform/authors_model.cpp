#include "authors_model.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::test {
namespace {

using models::Graph;
using models::Node;
using models::Op;
using models::Role;
using models::Shape;

// M_PE = M_lane = R_PE = R_lane = 8 ([HIST] latency_v2.py): eight lanes of eight multipliers an engine.
constexpr int64_t kLanes = 8;
constexpr int64_t kInputs = 8;

int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

/// A convolution on both engines.
int64_t conv_cycles(int64_t outputs, int64_t inputs, int64_t steps) {
  return ceil_div(outputs, 2 * kLanes) * ceil_div(inputs, kInputs) * steps;
}

/// A depthwise convolution on R-MAC and the 1x1 behind it, first on MAT alone, then on both. `inputs` are
/// those that an output of the 1x1 reads.
///
/// The spec's "whole groups of min(16, Cout) output channels" is: MAT's finished lane-cycles, eight a step,
/// over min(16, Cout), rounded down, are finished (pixel, group of 16 channels) pairs; both engines do one of
/// the others in ceil(Cin / 8) cycles. With groups of channels over whole maps instead, no total of the table
/// comes out.
int64_t pair_cycles(const Shape& out, int64_t channels, int64_t kernel, int64_t outputs, int64_t inputs,
                    bool pixels_across_rows) {
  const int64_t pixel_groups =
      pixels_across_rows ? ceil_div(out.pixels(), kLanes) : ceil_div(out.w, kLanes) * out.h;
  const int64_t taps = kernel * kernel;
  const int64_t depthwise = pixel_groups * ceil_div(channels, kInputs) * taps;
  const int64_t setup = ceil_div(channels, kInputs) * taps;  // until MAT has its first eight pixels
  const int64_t step = ceil_div(inputs, kInputs);
  const int64_t steps = (depthwise - setup) / step;
  const int64_t finished = steps * kLanes / std::min<int64_t>(2 * kLanes, outputs);
  const int64_t rest = std::max<int64_t>(0, ceil_div(outputs, 2 * kLanes) * out.pixels() - finished);
  return std::max(depthwise, setup + (steps + rest) * step);
}

/// One of the two branches: half of the heads on each engine, first K^T V, then Q (K^T V).
int64_t branch_cycles(int64_t heads, int64_t d, int64_t tokens, const Corrections& corrections) {
  if (heads % 2 != 0) {
    throw std::invalid_argument("an attention branch with an odd number of heads");
  }
  const int64_t columns = d + (corrections.ones_column ? 1 : 0);
  const int64_t context = ceil_div(d, kLanes) * ceil_div(tokens, kInputs) * columns;
  const int64_t dividends = ceil_div(d, kLanes) * ceil_div(d, kInputs) * tokens;
  const int64_t divisors = corrections.divisors ? ceil_div(d, kInputs) * tokens : 0;
  return heads / 2 * (context + dividends + divisors);
}

class Model {
 public:
  Model(const Graph& graph, const Corrections& corrections) : graph_(graph), corrections_(corrections) {}

  std::vector<AuthorsLayer> layers() {
    for (const Node& node : graph_.nodes) {
      if (node.op == Op::kConv) {
        add_conv(node);
      } else if (node.op == Op::kDivide) {
        add_branch(node);
      } else if (node.op == Op::kAdd && corrections_.residuals) {
        layers_.back().additions += node.shape.elements();
      }
    }
    return layers_;
  }

 private:
  [[nodiscard]] int64_t channels_before(const Node& node) const {
    return graph_.node(node.inputs[0]).shape.c;
  }

  void add(const Node& node, const char* kind, int64_t cycles, int64_t macs) {
    layers_.push_back({node.id, kind, cycles, macs, 0});
  }

  void add_conv(const Node& node) {
    const int64_t outputs = node.shape.c;
    const int64_t inputs = channels_before(node);
    const int64_t pixels = node.shape.pixels();
    const int64_t macs = node.macs(graph_.nodes);
    switch (node.role) {
      case Role::kStem:
        return add(node, "stem",
                   conv_cycles(outputs, inputs, pixels * node.conv.kernel_h * node.conv.kernel_w), macs);
      case Role::kPointwise1:
        return add(node, "PW1", conv_cycles(outputs, inputs, pixels), macs);
      case Role::kQkv:
        return add(node, "qkv", conv_cycles(outputs, inputs, pixels), macs);
      case Role::kProjection:
        return add(node, "proj",
                   corrections_.projection_shape ? conv_cycles(outputs, inputs, pixels)
                                                 : conv_cycles(inputs, outputs, pixels),
                   macs);
      case Role::kHead:
        if (corrections_.head) {
          add(node, "head", conv_cycles(outputs, inputs, pixels), macs);
        }
        return;
      case Role::kDsDepthwise:
      case Role::kDepthwise:
      case Role::kAggregateDepthwise:
        depthwise_ = &node;
        return;
      case Role::kDsPointwise:
        return add_pair(node, "DS DW+PW", outputs, inputs, macs);
      case Role::kPointwise2:
        return add_pair(node, "DW+PW2", outputs, inputs, macs);
      case Role::kAggregatePointwise: {
        // The MACs of the table count no grouped 1x1 at all, not even C x d x N; its cycles with C outputs
        // and d inputs hide behind the depthwise convolution.
        const bool whole = corrections_.grouped_pointwise_width;
        return add_pair(node, "aggregation", whole ? outputs : outputs / 3, outputs / node.conv.groups,
                        whole ? macs : 0);
      }
      default:
        throw std::invalid_argument(node.name + ": the authors' model has no such layer");
    }
  }

  void add_pair(const Node& pointwise, const char* kind, int64_t outputs, int64_t inputs, int64_t macs) {
    const Node& dw = *depthwise_;
    add(pointwise, kind,
        pair_cycles(dw.shape, dw.shape.c, dw.conv.kernel_h, outputs, inputs, corrections_.pixels_across_rows),
        dw.macs(graph_.nodes) + macs);
  }

  void add_branch(const Node& divide) {
    const int64_t heads = divide.heads;
    const int64_t d = divide.shape.c / heads;
    const int64_t tokens = divide.shape.pixels();
    const int64_t column = heads * d * tokens;
    const int64_t macs = 2 * d * column + (corrections_.ones_column || corrections_.row_sums ? column : 0) +
                         (corrections_.divisors ? column : 0);
    add(divide, "attention", branch_cycles(heads, d, tokens, corrections_), macs);
  }

  const Graph& graph_;
  const Corrections& corrections_;
  const Node* depthwise_ = nullptr;  ///< the one that the next 1x1 reads
  std::vector<AuthorsLayer> layers_;
};

}  // namespace

std::vector<AuthorsLayer> authors_model(const Graph& graph, const Corrections& corrections) {
  if (corrections.ones_column && corrections.row_sums) {
    throw std::invalid_argument("the row sums of K are made once: ones_column or row_sums");
  }
  return Model(graph, corrections).layers();
}

int64_t total_cycles(const std::vector<AuthorsLayer>& layers) {
  int64_t sum = 0;
  for (const AuthorsLayer& layer : layers) {
    sum += layer.cycles;
  }
  return sum;
}

int64_t total_macs(const std::vector<AuthorsLayer>& layers) {
  int64_t sum = 0;
  for (const AuthorsLayer& layer : layers) {
    sum += layer.macs;
  }
  return sum;
}

}  // namespace tridex::test
