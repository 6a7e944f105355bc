#include "quant/node_kernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "quant/bounds.h"
#include "quant/resize_coefficients.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

class SimpleKernel : public NodeKernel {
 public:
  SimpleKernel(const IntegerGraph& graph, const IntNode& node) : graph_(graph), node_(node) {}

 protected:
  [[nodiscard]] const Quantizer& quantizer(size_t i) const { return graph_.node(node_.inputs[i]).out; }
  const IntegerGraph& graph_;
  const IntNode& node_;
};

class AddKernel : public SimpleKernel {
 public:
  using SimpleKernel::SimpleKernel;
  void run(CodeInputs inputs, const Sink& sink) const override {
    const int64_t pixels = node_.shape.pixels();
    std::vector<double> row(static_cast<size_t>(pixels));
    for (int c = 0; c < node_.shape.c; ++c) {
      std::fill(row.begin(), row.end(), 0.0);
      for (size_t i = 0; i < inputs.size(); ++i) {
        const int32_t* q = inputs[i]->data.data() + c * pixels;
        const double zero = quantizer(i).zero_of(c);
        const double mult = entry(node_.add_mult[i], c);
        for (int64_t p = 0; p < pixels; ++p) {
          row[static_cast<size_t>(p)] += (q[p] - zero) * mult;
        }
      }
      sink(c, 0, row);
    }
  }
};

class PoolKernel : public SimpleKernel {
 public:
  using SimpleKernel::SimpleKernel;
  void run(CodeInputs inputs, const Sink& sink) const override {
    const int64_t pixels = inputs[0]->shape.pixels();
    for (int c = 0; c < node_.shape.c; ++c) {
      const int32_t* q = inputs[0]->data.data() + c * pixels;
      int64_t sum = 0;
      for (int64_t p = 0; p < pixels; ++p) {
        sum += q[p];
      }
      auto a = static_cast<double>(sum - pixels * quantizer(0).zero_of(c));
      sink(c, 0, {&a, 1});
    }
  }
};

/// floor(sqrt(v)).
int64_t integer_root(uint64_t v) {
  auto r = static_cast<uint64_t>(std::sqrt(static_cast<double>(v)));
  while (r * r > v) {
    --r;
  }
  while ((r + 1) * (r + 1) <= v) {
    ++r;
  }
  return static_cast<int64_t>(r);
}

/// rdiv of NUMERICS.md 2.
int64_t rounded_quotient(int64_t a, int64_t b) {
  const int64_t n = 2 * a + b;
  return n / (2 * b) - (n % (2 * b) < 0 ? 1 : 0);
}

class LayerNormKernel : public SimpleKernel {
 public:
  LayerNormKernel(const IntegerGraph& graph, const IntNode& node)
      : SimpleKernel(graph, node), mult_(norm_multipliers(quantizer(0)).mult) {}
  void run(CodeInputs inputs, const Sink& sink) const override {
    const int channels = node_.shape.c;
    const int64_t pixels = node_.shape.pixels();
    std::vector<double> a(static_cast<size_t>(node_.shape.elements()));
    for (int64_t p = 0; p < pixels; ++p) {
      const auto centred = [&](int c) {
        const int64_t q = inputs[0]->data[static_cast<size_t>(c * pixels + p)];
        return (q - quantizer(0).zero_of(c)) * entry(mult_, c);
      };
      int64_t s1 = 0;
      int64_t s2 = 0;
      for (int c = 0; c < channels; ++c) {
        s1 += centred(c);
        s2 += centred(c) * centred(c);
      }
      const int64_t r = integer_root(static_cast<uint64_t>(channels * s2 - s1 * s1 + node_.epsilon) << 8);
      for (int c = 0; c < channels; ++c) {
        const int64_t t = rounded_quotient((channels * centred(c) - s1) * 65536, r);
        const auto i = static_cast<size_t>(c);
        a[static_cast<size_t>(c * pixels + p)] = static_cast<double>(node_.gamma[i] * t + node_.beta[i]);
      }
    }
    for (int c = 0; c < channels; ++c) {
      sink(c, 0, std::span(a).subspan(static_cast<size_t>(c * pixels), static_cast<size_t>(pixels)));
    }
  }

 private:
  std::vector<int> mult_;
};

/// Rows first, then columns: the integer sums are the same in any order.
class ResizeKernel : public SimpleKernel {
 public:
  ResizeKernel(const IntegerGraph& graph, const IntNode& node)
      : SimpleKernel(graph, node),
        x_(resize_taps(node.factor, graph.node(node.inputs[0]).shape.w)),
        y_(resize_taps(node.factor, graph.node(node.inputs[0]).shape.h)) {}

  void run(CodeInputs inputs, const Sink& sink) const override {
    const Shape& in = inputs[0]->shape;
    const Shape& out = node_.shape;
    std::vector<double> rows(static_cast<size_t>(int64_t{in.h} * out.w));
    std::vector<double> plane(static_cast<size_t>(out.pixels()));
    for (int c = 0; c < out.c; ++c) {
      const int32_t* q = inputs[0]->data.data() + c * in.pixels();
      const double zero = quantizer(0).zero_of(c);
      for (int x = 0; x < out.w; ++x) {
        const int32_t* weights = x_.weights.data() + int64_t{4} * x;
        const int32_t* at = x_.at.data() + int64_t{4} * x;
        for (int y = 0; y < in.h; ++y) {
          const int32_t* line = q + int64_t{y} * in.w;
          double sum = 0;
          for (size_t k = 0; k < 4; ++k) {
            sum += (line[at[k]] - zero) * weights[k];
          }
          rows[static_cast<size_t>(int64_t{y} * out.w + x)] = sum;
        }
      }
      for (int y = 0; y < out.h; ++y) {
        const int32_t* weights = y_.weights.data() + int64_t{4} * y;
        const int32_t* at = y_.at.data() + int64_t{4} * y;
        double* to = plane.data() + int64_t{y} * out.w;
        std::fill_n(to, out.w, 0.0);
        for (size_t k = 0; k < 4; ++k) {
          const double* from = rows.data() + int64_t{at[k]} * out.w;
          for (int x = 0; x < out.w; ++x) {
            to[x] += from[x] * weights[k];
          }
        }
      }
      sink(c, 0, plane);
    }
  }

 private:
  ResizeTaps x_, y_;
};

Codes concat(const IntNode& node, CodeInputs inputs) {
  Codes result{node.shape, {}};
  result.data.reserve(static_cast<size_t>(node.shape.elements()));
  for (const Codes* input : inputs) {
    result.data.insert(result.data.end(), input->data.begin(), input->data.end());
  }
  return result;
}

}  // namespace

std::unique_ptr<NodeKernel> make_kernel(const IntegerGraph& graph, const IntNode& node) {
  switch (node.op) {
    case IntOp::kConv:
      return make_conv_kernel(graph, node);
    case IntOp::kAdd:
      return std::make_unique<AddKernel>(graph, node);
    case IntOp::kMatMulTokens:
    case IntOp::kTokenSum:
    case IntOp::kMatMulHeads:
      return make_attention_kernel(graph, node);
    case IntOp::kGlobalAvgPool:
      return std::make_unique<PoolKernel>(graph, node);
    case IntOp::kLayerNorm:
      return std::make_unique<LayerNormKernel>(graph, node);
    case IntOp::kResize:
      return std::make_unique<ResizeKernel>(graph, node);
    case IntOp::kInput:
    case IntOp::kConcat:
    case IntOp::kDivide:
      return nullptr;
  }
  throw std::logic_error("make_kernel: not an IntOp");
}

Codes run_node(const IntegerGraph& graph, const IntNode& node, const NodeKernel* kernel, CodeInputs inputs) {
  if (node.op == IntOp::kConcat) {
    return concat(node, inputs);
  }
  if (node.op == IntOp::kDivide) {
    return divide(graph, node, *inputs[0], *inputs[1]);
  }
  Codes result{node.shape, std::vector<int32_t>(static_cast<size_t>(node.shape.elements()))};
  kernel->run(inputs, [&](int c, int64_t first, std::span<double> values) {
    finish(node, c, values, result.data.data() + c * node.shape.pixels() + first);
  });
  return result;
}

}  // namespace tridex::quant
