#include "models/float_executor.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "models/float_kernels.h"

namespace tridex::models {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;
using ConstMap = Eigen::Map<const Matrix>;
using Inputs = std::span<const Activation* const>;

const Tensor& parameter(const Weights& weights, const Node& node, const char* leaf) {
  const auto found = weights.find(node.name + leaf);
  if (found == weights.end()) {
    fail("the weights lack '{}{}'", node.name, leaf);
  }
  return found->second;
}

const float* values(const Weights& weights, const Node& node, const char* leaf) {
  return parameter(weights, node, leaf).data.data();
}

/// y = f(x) for each element; x and y may be one.
template <typename F>
void each(const Activation& x, Activation& y, F f) {
  const float* from = x.data.data();
  float* to = y.data.data();
  const int64_t count = x.shape.elements();
  for (int64_t i = 0; i < count; ++i) {
    to[i] = f(from[i]);
  }
}

void batch_norm(const Weights& weights, const Node& node, const Activation& x, Activation& y) {
  const float* weight = values(weights, node, ".weight");
  const float* bias = values(weights, node, ".bias");
  const float* mean = values(weights, node, ".running_mean");
  const float* variance = values(weights, node, ".running_var");
  const int64_t pixels = x.shape.pixels();
  for (int c = 0; c < x.shape.c; ++c) {
    const float scale = weight[c] / std::sqrt(variance[c] + static_cast<float>(node.eps));
    const float shift = bias[c] - mean[c] * scale;
    const float* from = x.channel(c);
    float* to = y.channel(c);
    for (int64_t i = 0; i < pixels; ++i) {
      to[i] = from[i] * scale + shift;
    }
  }
}

void layer_norm(const Weights& weights, const Node& node, const Activation& x, Activation& y) {
  const float* weight = values(weights, node, ".weight");
  const float* bias = values(weights, node, ".bias");
  for (int64_t pixel = 0; pixel < x.shape.pixels(); ++pixel) {
    double sum = 0;
    double squares = 0;
    for (int c = 0; c < x.shape.c; ++c) {
      sum += x.channel(c)[pixel];
    }
    const double mean = sum / x.shape.c;
    for (int c = 0; c < x.shape.c; ++c) {
      const double d = x.channel(c)[pixel] - mean;
      squares += d * d;
    }
    const double scale = 1.0 / std::sqrt(squares / x.shape.c + node.eps);
    for (int c = 0; c < x.shape.c; ++c) {
      y.channel(c)[pixel] = static_cast<float>((x.channel(c)[pixel] - mean) * scale) * weight[c] + bias[c];
    }
  }
}

void add(Inputs inputs, Activation& y) {
  const int64_t count = y.shape.elements();
  const float* first = inputs[0]->data.data();
  for (size_t k = 1; k < inputs.size(); ++k) {
    const float* other = inputs[k]->data.data();
    float* to = y.data.data();
    for (int64_t i = 0; i < count; ++i) {
      to[i] = first[i] + other[i];
    }
    first = to;
  }
}

void head_slice(const Node& node, const Activation& x, Activation& y) {
  const int d = y.shape.c / node.heads;
  for (int g = 0; g < node.heads; ++g) {
    std::copy_n(x.channel((3 * g + node.part) * d), d * x.shape.pixels(), y.channel(g * d));
  }
}

void matmul_tokens(const Node& node, const Activation& k, const Activation& v, Activation& y) {
  const int d = k.shape.c / node.heads;
  const int64_t tokens = k.shape.pixels();
  for (int g = 0; g < node.heads; ++g) {
    Map(y.channel(g * d), d, d).noalias() =
        ConstMap(k.channel(g * d), d, tokens) * ConstMap(v.channel(g * d), d, tokens).transpose();
  }
}

void matmul_heads(const Node& node, const Activation& q, const Activation& s, Activation& y) {
  const int d = q.shape.c / node.heads;
  const int w = s.shape.w;
  const int64_t tokens = q.shape.pixels();
  for (int g = 0; g < node.heads; ++g) {
    Map(y.channel(g * w), w, tokens).noalias() =
        ConstMap(s.channel(g * d), d, w).transpose() * ConstMap(q.channel(g * d), d, tokens);
  }
}

void divide(const Node& node, const Activation& n, const Activation& den, Activation& y) {
  const int d = n.shape.c / node.heads;
  const int64_t pixels = n.shape.pixels();
  const float eps = static_cast<float>(node.eps);
  for (int c = 0; c < n.shape.c; ++c) {
    const float* under = den.channel(c / d);
    const float* over = n.channel(c);
    float* to = y.channel(c);
    for (int64_t i = 0; i < pixels; ++i) {
      to[i] = over[i] / (under[i] + eps);
    }
  }
}

/// Sum of a row in eight interleaved parts. The order of the additions depends on nothing but the length, so
/// that equal inputs give equal outputs wherever they lie in memory (Eigen's sum() starts at an aligned
/// address).
float sum_of(const float* row, int64_t count) {
  std::array<float, 8> parts{};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; ++k) {
      parts[k] += row[i + static_cast<int64_t>(k)];
    }
  }
  float rest = 0;
  for (; i < count; ++i) {
    rest += row[i];
  }
  return ((parts[0] + parts[4]) + (parts[1] + parts[5])) + ((parts[2] + parts[6]) + (parts[3] + parts[7])) +
         rest;
}

void row_sums(const Activation& x, Activation& y, float scale) {
  for (int c = 0; c < x.shape.c; ++c) {
    y.data[static_cast<size_t>(c)] = sum_of(x.channel(c), x.shape.pixels()) * scale;
  }
}

/// Operators whose output may lie where their first input lay.
bool works_in_place(Op op) {
  return op == Op::kBatchNorm || op == Op::kHardswish || op == Op::kRelu || op == Op::kRelu6 ||
         op == Op::kAdd || op == Op::kDivide || op == Op::kLayerNorm;
}

/// Computes node into `y`, whose shape and size are set. Inputs have the shapes that the graph says.
void compute(const Weights& weights, const Node& node, Inputs inputs, Activation& y) {
  const Activation& x = *inputs[0];
  switch (node.op) {
    case Op::kInput:
      throw std::logic_error("the input node is not computed");
    case Op::kConv:
      return float_conv(node.conv, x.shape, x.data.data(), values(weights, node, ".weight"),
                        node.conv.bias ? values(weights, node, ".bias") : nullptr, y.shape, y.data.data());
    case Op::kBatchNorm:
      return batch_norm(weights, node, x, y);
    case Op::kHardswish:
      return each(x, y, [](float v) { return v * std::min(std::max(v + 3.0f, 0.0f), 6.0f) * (1.0f / 6.0f); });
    case Op::kRelu:
      return each(x, y, [](float v) { return std::max(v, 0.0f); });
    case Op::kRelu6:
      return each(x, y, [](float v) { return std::min(std::max(v, 0.0f), 6.0f); });
    case Op::kAdd:
      return add(inputs, y);
    case Op::kGlobalAvgPool:
      return row_sums(x, y, 1.0f / static_cast<float>(x.shape.pixels()));
    case Op::kLayerNorm:
      return layer_norm(weights, node, x, y);
    case Op::kHeadSlice:
      return head_slice(node, x, y);
    case Op::kMatMulTokens:
      return matmul_tokens(node, x, *inputs[1], y);
    case Op::kTokenSum:
      return row_sums(x, y, 1.0f);
    case Op::kMatMulHeads:
      return matmul_heads(node, x, *inputs[1], y);
    case Op::kDivide:
      return divide(node, x, *inputs[1], y);
    case Op::kConcat: {
      float* to = y.data.data();
      for (const Activation* one : inputs) {
        to = std::copy_n(one->data.data(), one->shape.elements(), to);
      }
      return;
    }
    case Op::kResize:
      for (int c = 0; c < x.shape.c; ++c) {
        float_resize_bicubic(x.channel(c), x.shape.h, x.shape.w, y.channel(c), y.shape.h, y.shape.w);
      }
      return;
  }
}

void check_shape(const std::string& what, const Shape& wanted, const Activation& found) {
  if (found.shape != wanted || static_cast<int64_t>(found.data.size()) != wanted.elements()) {
    fail("{}: expected a tensor of {}x{}x{}, got {}x{}x{} with {} values", what, wanted.c, wanted.h, wanted.w,
         found.shape.c, found.shape.h, found.shape.w, found.data.size());
  }
}

}  // namespace

Activation run_node(const Graph& graph, const Weights& weights, int id,
                    std::span<const Activation* const> inputs) {
  const Node& node = graph.node(id);
  if (inputs.size() != node.inputs.size() || inputs.empty()) {
    throw std::logic_error(node.name + ": wrong number of inputs");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    check_shape(fmt::format("{}, input {}", node.name, i), graph.node(node.inputs[i]).shape, *inputs[i]);
  }
  Activation y;
  y.shape = node.shape;
  y.data.resize(static_cast<size_t>(node.shape.elements()));
  compute(weights, node, inputs, y);
  return y;
}

/// Buffers of one run at a time, used again as soon as they are free.
class FloatExecutor::Pool {
 public:
  std::vector<float> take(int64_t elements) {
    const auto wanted = static_cast<size_t>(elements);
    auto best = spare_.end();
    for (auto one = spare_.begin(); one != spare_.end(); ++one) {
      const bool fits = one->capacity() >= wanted;
      if (fits && (best == spare_.end() || one->capacity() < best->capacity())) {
        best = one;
      }
    }
    std::vector<float> result;
    if (best != spare_.end()) {
      result = std::move(*best);
      spare_.erase(best);
    }
    result.resize(wanted);
    return result;
  }
  void give(std::vector<float>&& buffer) {
    if (buffer.capacity() > 0) {
      spare_.push_back(std::move(buffer));
    }
  }

 private:
  std::vector<std::vector<float>> spare_;
};

FloatExecutor::~FloatExecutor() = default;

std::unique_ptr<FloatExecutor::Pool> FloatExecutor::take_pool() const {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) {
    return std::make_unique<Pool>();
  }
  auto pool = std::move(spare_.back());
  spare_.pop_back();
  return pool;
}

FloatExecutor::FloatExecutor(const Graph& graph, const Weights& weights)
    : graph_(graph), weights_(weights), last_reader_(graph.nodes.size(), -1) {
  for (const Node& node : graph.nodes) {
    for (const int from : node.inputs) {
      last_reader_[static_cast<size_t>(from)] = node.id;
    }
  }
  // The logits outlive every node.
  last_reader_[static_cast<size_t>(graph.output)] = static_cast<int>(graph.nodes.size());
  for (const ParameterInfo& wanted : graph.parameters()) {
    const auto found = weights.find(wanted.name);
    if (found == weights.end()) {
      fail("network {}: the weights lack '{}'", graph.name, wanted.name);
    }
    if (found->second.dims != wanted.dims) {
      fail("network {}: the weights of '{}' have the shape [{}], expected [{}]", graph.name, wanted.name,
           fmt::join(found->second.dims, ", "), fmt::join(wanted.dims, ", "));
    }
  }
}

Activation FloatExecutor::run(const Activation& image, const Observer& observer) const {
  check_shape("network " + graph_.name + ", input", graph_.node(graph_.input).shape, image);
  std::vector<Activation> outputs(graph_.nodes.size());
  std::unique_ptr<Pool> pool = take_pool();
  std::vector<const Activation*> inputs;
  for (const Node& node : graph_.nodes) {
    Activation& y = outputs[static_cast<size_t>(node.id)];
    if (node.op == Op::kInput) {
      y.shape = image.shape;
      y.data = pool->take(image.shape.elements());
      std::copy(image.data.begin(), image.data.end(), y.data.begin());
    } else {
      inputs.clear();
      for (const int from : node.inputs) {
        inputs.push_back(&outputs[static_cast<size_t>(from)]);
      }
      y.shape = node.shape;
      const int first = node.inputs[0];
      if (works_in_place(node.op) && last_reader_[static_cast<size_t>(first)] == node.id &&
          std::count(node.inputs.begin(), node.inputs.end(), first) == 1) {
        y.data = std::move(outputs[static_cast<size_t>(first)].data);
        Activation view{node.shape, {}};
        view.data.swap(y.data);
        inputs[0] = &view;
        compute(weights_, node, inputs, view);
        y.data.swap(view.data);
      } else {
        y.data = pool->take(node.shape.elements());
        compute(weights_, node, inputs, y);
      }
    }
    if (observer) {
      observer(node.id, y);
    }
    for (const int from : node.inputs) {
      if (last_reader_[static_cast<size_t>(from)] == node.id) {
        pool->give(std::exchange(outputs[static_cast<size_t>(from)].data, {}));
      }
    }
    if (last_reader_[static_cast<size_t>(node.id)] < 0) {
      pool->give(std::exchange(y.data, {}));
    }
  }
  const std::lock_guard lock(mutex_);
  spare_.push_back(std::move(pool));
  return std::move(outputs[static_cast<size_t>(graph_.output)]);
}

}  // namespace tridex::models
