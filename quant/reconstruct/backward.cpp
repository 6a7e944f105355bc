#include "quant/reconstruct/backward.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "quant/divide.h"
#include "quant/reconstruct/conv_gradient.h"

namespace tridex::quant {

namespace {

template <typename T>
using View = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
template <typename T>
using ConstView = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

template <typename T>
T activate(Activation activation, T x) {
  switch (activation) {
    case Activation::kRelu:
      return std::max(x, T{0});
    case Activation::kRelu6:
      return std::clamp(x, T{0}, T{6});
    case Activation::kHardswish:
      return x * std::clamp(x + 3, T{0}, T{6}) / 6;
    case Activation::kNone:
      break;
  }
  return x;
}

template <typename T>
T slope(Activation activation, T x) {
  switch (activation) {
    case Activation::kRelu:
      return x > 0 ? T{1} : T{0};
    case Activation::kRelu6:
      return x > 0 && x < 6 ? T{1} : T{0};
    case Activation::kHardswish:
      return x <= -3 ? T{0} : x >= 3 ? T{1} : (2 * x + 3) / 6;
    case Activation::kNone:
      break;
  }
  return T{1};
}

template <typename T>
void clear_like(const Patch<T>& of, Patch<T>& to) {
  to.resize(of.channels, of.window);
  std::fill(to.data.begin(), to.data.end(), T{0});
}

/// The real values that codes may stand for.
template <typename T>
struct Grid {
  Grid(const Quantizer& q, int c)
      : scale(static_cast<T>(q.scale_of(c))),
        inverse(static_cast<T>(1 / q.scale_of(c))),
        low(static_cast<T>(q.lowest() - q.zero_of(c))),
        high(static_cast<T>(q.highest() - q.zero_of(c))) {}
  T scale, inverse, low, high;
};

/// The part of `from` that `window` covers.
template <typename T, typename Row>
void for_shared_rows(const Patch<T>& from, const Window& window, const Row& row) {
  for (int y = 0; y < window.h; ++y) {
    row(int64_t{y} * window.w,
        int64_t{window.y + y - from.window.y} * from.window.w + (window.x - from.window.x));
  }
}

Window joined(const Window& a, const Window& b) {
  if (a.pixels() == 0) {
    return b;
  }
  Window result = a;
  result.y = std::min(a.y, b.y);
  result.x = std::min(a.x, b.x);
  result.h = std::max(a.y + a.h, b.y + b.h) - result.y;
  result.w = std::max(a.x + a.w, b.x + b.w) - result.x;
  return result;
}

}  // namespace

template <typename T>
BlockNetwork<T>::BlockNetwork(const IntegerGraph& graph, int first, int last)
    : graph_(graph), first_(first), last_(last), parameters_(static_cast<size_t>(last - first + 1)) {
  for (int id = first; id <= last; ++id) {
    for (const int from : graph.node(id).inputs) {
      if (from < first && std::find(inputs_.begin(), inputs_.end(), from) == inputs_.end()) {
        inputs_.push_back(from);
      }
    }
  }
}

template <typename T>
bool BlockNetwork<T>::supports(IntOp op) {
  return op != IntOp::kInput && op != IntOp::kResize;
}

template <typename T>
bool BlockNetwork<T>::is_local() const {
  for (int id = first_; id <= last_; ++id) {
    const IntOp op = node(id).op;
    if (op != IntOp::kConv && op != IntOp::kAdd && op != IntOp::kConcat) {
      return false;
    }
  }
  return true;
}

template <typename T>
Patch<T>& BlockNetwork<T>::value(Run& run, int id) const {
  if (id >= first_) {
    return run.nodes[index(id)].value;
  }
  return run.inputs[static_cast<size_t>(std::find(inputs_.begin(), inputs_.end(), id) - inputs_.begin())];
}

template <typename T>
const Patch<T>& BlockNetwork<T>::value(const Run& run, int id) const {
  return value(const_cast<Run&>(run), id);
}

template <typename T>
Patch<T>* BlockNetwork<T>::gradient(Run& run, int id) const {
  return id >= first_ ? &run.nodes[index(id)].gradient : nullptr;
}

template <typename T>
void BlockNetwork<T>::set_windows(const std::vector<int>& outputs, const Window& out, Run& run) const {
  run.inputs.resize(inputs_.size());
  run.nodes.resize(parameters_.size());
  run.gradients.resize(parameters_.size());
  const bool local = is_local();
  const auto ids = [&](const auto& work) {
    for (const int id : inputs_) {
      work(id);
    }
    for (int id = first_; id <= last_; ++id) {
      work(id);
    }
  };
  ids([&](int id) { value(run, id).window = local ? Window{} : whole(node(id).shape); });
  if (local) {
    for (const int id : outputs) {
      value(run, id).window = out;
    }
    for (int id = last_; id >= first_; --id) {
      const IntNode& n = node(id);
      const Window own = value(run, id).window;
      for (size_t i = 0; i < n.inputs.size() && own.pixels() > 0; ++i) {
        const bool convolved = n.op == IntOp::kConv && i == 0;
        Window& from = value(run, n.inputs[i]).window;
        from = joined(from, convolved ? read_window(n.conv, node(n.inputs[i]).shape, own) : own);
      }
    }
  }
  ids([&](int id) {
    Patch<T>& patch = value(run, id);
    patch.resize(node(id).shape.c, patch.window);
  });
  for (int id = first_; id <= last_; ++id) {
    Values& v = run.nodes[index(id)];
    v.linear.resize(v.value.channels, v.value.window);
    v.real.resize(v.value.channels, v.value.window);
    v.loss_gradient.data.clear();
    RealParameters<T>& to = run.gradients[index(id)];
    to.weights.assign(parameters_[index(id)].weights.size(), T{0});
    to.bias.assign(parameters_[index(id)].bias.size(), T{0});
  }
}

/// Operand view i, channels x tokens.
template <typename T>
std::vector<T> BlockNetwork<T>::operand(const Run& run, const IntNode& n, size_t i) const {
  const Patch<T>& from = value(run, n.inputs[i]);
  const Operand& view = n.operands[i];
  const int channels = view.part < 0 ? from.channels : from.channels / 3;
  const int64_t tokens = from.window.pixels();
  std::vector<T> result(static_cast<size_t>(channels * tokens));
  for (int c = 0; c < channels; ++c) {
    const T* at = from.channel(operand_channel(n, i, from.channels, c));
    std::transform(at, at + tokens, result.data() + c * tokens,
                   [&](T x) { return view.relu ? std::max(x, T{0}) : x; });
  }
  return result;
}

template <typename T>
void BlockNetwork<T>::add_operand_gradient(Run& run, const IntNode& n, size_t i,
                                           const std::vector<T>& from) const {
  Patch<T>* to = gradient(run, n.inputs[i]);
  if (to == nullptr) {
    return;
  }
  const Patch<T>& x = value(run, n.inputs[i]);
  const Operand& view = n.operands[i];
  const int channels = view.part < 0 ? x.channels : x.channels / 3;
  const int64_t tokens = x.window.pixels();
  for (int c = 0; c < channels; ++c) {
    const int source = operand_channel(n, i, x.channels, c);
    const T* at = x.channel(source);
    const T* g = from.data() + c * tokens;
    T* into = to->channel(source);
    for (int64_t p = 0; p < tokens; ++p) {
      into[p] += view.relu && !(at[p] > 0) ? T{0} : g[p];
    }
  }
}

template <typename T>
void BlockNetwork<T>::product_forward(const IntNode& n, Run& run, Patch<T>& y) const {
  const std::vector<T> a = operand(run, n, 0);
  const int64_t tokens = value(run, n.inputs[0]).window.pixels();
  const int64_t d = static_cast<int64_t>(a.size()) / tokens / n.heads;
  if (n.op == IntOp::kTokenSum) {
    View<T>(y.data.data(), y.channels, 1) = ConstView<T>(a.data(), y.channels, tokens).rowwise().sum();
    return;
  }
  const std::vector<T> b = operand(run, n, 1);
  for (int h = 0; h < n.heads; ++h) {
    const ConstView<T> left(a.data() + h * d * tokens, d, tokens);
    if (n.op == IntOp::kMatMulTokens) {
      View<T>(y.channel(static_cast<int>(h * d)), d, d).noalias() =
          left * ConstView<T>(b.data() + h * d * tokens, d, tokens).transpose();
    } else {
      const int64_t w = y.channels / n.heads;
      View<T>(y.channel(static_cast<int>(h * w)), w, tokens).noalias() =
          ConstView<T>(b.data() + h * d * w, d, w).transpose() * left;
    }
  }
}

template <typename T>
void BlockNetwork<T>::product_backward(const IntNode& n, Run& run, const Patch<T>& g) const {
  const std::vector<T> a = operand(run, n, 0);
  const int64_t tokens = value(run, n.inputs[0]).window.pixels();
  const int64_t d = static_cast<int64_t>(a.size()) / tokens / n.heads;
  std::vector<T> a_gradient(a.size());
  if (n.op == IntOp::kTokenSum) {
    View<T>(a_gradient.data(), g.channels, tokens).colwise() =
        ConstView<T>(g.data.data(), g.channels, 1).col(0);
    return add_operand_gradient(run, n, 0, a_gradient);
  }
  const std::vector<T> b = operand(run, n, 1);
  std::vector<T> b_gradient(b.size());
  for (int h = 0; h < n.heads; ++h) {
    const ConstView<T> left(a.data() + h * d * tokens, d, tokens);
    View<T> left_gradient(a_gradient.data() + h * d * tokens, d, tokens);
    if (n.op == IntOp::kMatMulTokens) {
      const ConstView<T> right(b.data() + h * d * tokens, d, tokens);
      const ConstView<T> out(g.channel(static_cast<int>(h * d)), d, d);
      left_gradient.noalias() = out * right;
      View<T>(b_gradient.data() + h * d * tokens, d, tokens).noalias() = out.transpose() * left;
    } else {
      const int64_t w = g.channels / n.heads;
      const ConstView<T> right(b.data() + h * d * w, d, w);
      const ConstView<T> out(g.channel(static_cast<int>(h * w)), w, tokens);
      left_gradient.noalias() = right * out;
      View<T>(b_gradient.data() + h * d * w, d, w).noalias() = left * out.transpose();
    }
  }
  add_operand_gradient(run, n, 0, a_gradient);
  add_operand_gradient(run, n, 1, b_gradient);
}

template <typename T>
std::vector<T> BlockNetwork<T>::divisors(const Run& run, const IntNode& n) const {
  const Patch<T>& den = value(run, n.inputs[1]);
  const Quantizer& quantizer = node(n.inputs[1]).out;
  const double eps = parameters_[index(n.id)].eps;
  std::vector<T> result;
  result.reserve(den.data.size());
  for (int h = 0; h < den.channels; ++h) {
    for (int64_t p = 0; p < den.window.pixels(); ++p) {
      const double code = std::nearbyint(den.channel(h)[p] / quantizer.scale_of(h)) + quantizer.zero_of(h);
      result.push_back(static_cast<T>(real_divisor(n, quantizer, eps, h, static_cast<int64_t>(code))));
    }
  }
  return result;
}

template <typename T>
void BlockNetwork<T>::divide_forward(const IntNode& n, Run& run, Patch<T>& y) const {
  const Patch<T>& num = value(run, n.inputs[0]);
  const std::vector<T> divisor = divisors(run, n);
  const int64_t pixels = y.window.pixels();
  for (int c = 0; c < n.shape.c; ++c) {
    const T* by = divisor.data() + c / (n.shape.c / n.heads) * pixels;
    for (int64_t p = 0; p < pixels; ++p) {
      const T value = num.channel(c)[p];
      y.channel(c)[p] = value == 0 ? T{0} : value / by[p];
    }
  }
}

/// Where the divisor is below half a code the quotient is as good as infinite, and has no gradient.
template <typename T>
void BlockNetwork<T>::divide_backward(const IntNode& n, Run& run, const Patch<T>& g) const {
  const Patch<T>& num = value(run, n.inputs[0]);
  const Quantizer& quantizer = node(n.inputs[1]).out;
  Patch<T>* num_gradient = gradient(run, n.inputs[0]);
  Patch<T>* den_gradient = gradient(run, n.inputs[1]);
  const std::vector<T> divisor = divisors(run, n);
  const int64_t pixels = g.window.pixels();
  for (int c = 0; c < n.shape.c; ++c) {
    const int h = c / (n.shape.c / n.heads);
    const T* by = divisor.data() + h * pixels;
    const T least = static_cast<T>(quantizer.scale_of(h) / 2);
    for (int64_t p = 0; p < pixels; ++p) {
      const T share = by[p] < least ? T{0} : g.channel(c)[p] / by[p];
      if (num_gradient != nullptr) {
        num_gradient->channel(c)[p] += share;
      }
      if (den_gradient != nullptr && share != 0) {
        den_gradient->channel(h)[p] -= share * num.channel(c)[p] / by[p];
      }
    }
  }
}

template <typename T>
void BlockNetwork<T>::layer_norm_forward(const IntNode& n, Run& run, Patch<T>& y) const {
  const Patch<T>& from = value(run, n.inputs[0]);
  const RealParameters<T>& p = parameters_[index(n.id)];
  const auto x = ConstView<T>(from.data.data(), from.channels, from.window.pixels()).array();
  const auto mean = x.colwise().mean().eval();
  const auto centred = (x.rowwise() - mean).eval();
  const auto inverse = (centred.square().colwise().mean() + static_cast<T>(p.eps)).rsqrt().eval();
  for (int c = 0; c < y.channels; ++c) {
    View<T>(y.channel(c), 1, y.window.pixels()).array() =
        centred.row(c) * inverse * p.weights[static_cast<size_t>(c)] + p.bias[static_cast<size_t>(c)];
  }
}

/// With u = (x - mean) / deviation and h = gradient * gamma:  (h - mean(h) - u mean(h u)) / deviation.
template <typename T>
void BlockNetwork<T>::layer_norm_backward(const IntNode& n, Run& run, const Patch<T>& g) const {
  Patch<T>* to = gradient(run, n.inputs[0]);
  if (to == nullptr) {
    return;
  }
  const Patch<T>& from = value(run, n.inputs[0]);
  const RealParameters<T>& p = parameters_[index(n.id)];
  const auto x = ConstView<T>(from.data.data(), from.channels, from.window.pixels()).array();
  const auto mean = x.colwise().mean().eval();
  const auto centred = (x.rowwise() - mean).eval();
  const auto inverse = (centred.square().colwise().mean() + static_cast<T>(p.eps)).rsqrt().eval();
  const auto u = (centred.rowwise() * inverse).eval();
  const Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>> gamma(p.weights.data(), from.channels);
  const auto h =
      (ConstView<T>(g.data.data(), g.channels, g.window.pixels()).array().colwise() * gamma).eval();
  const auto h_mean = h.colwise().mean().eval();
  const auto hu_mean = (h * u).colwise().mean().eval();
  View<T>(to->data.data(), to->channels, to->window.pixels()).array() +=
      ((h.rowwise() - h_mean) - u.rowwise() * hu_mean).rowwise() * inverse;
}

template <typename T>
void BlockNetwork<T>::linear_forward(const IntNode& n, Run& run) const {
  Patch<T>& y = run.nodes[index(n.id)].linear;
  const Patch<T>& x = value(run, n.inputs[0]);
  switch (n.op) {
    case IntOp::kConv: {
      const RealParameters<T>& p = parameters_[index(n.id)];
      conv_forward(n.conv, x, p.weights.data(), p.bias.data(), y);
      break;
    }
    case IntOp::kAdd:
      std::fill(y.data.begin(), y.data.end(), T{0});
      break;
    case IntOp::kMatMulTokens:
    case IntOp::kTokenSum:
    case IntOp::kMatMulHeads:
      return product_forward(n, run, y);
    case IntOp::kDivide:
      return divide_forward(n, run, y);
    case IntOp::kGlobalAvgPool:
      View<T>(y.data.data(), y.channels, 1) =
          ConstView<T>(x.data.data(), x.channels, x.window.pixels()).rowwise().mean();
      return;
    case IntOp::kLayerNorm:
      return layer_norm_forward(n, run, y);
    case IntOp::kConcat: {
      int first = 0;
      for (const int id : n.inputs) {
        const Patch<T>& part = value(run, id);
        for (int c = 0; c < part.channels; ++c) {
          for_shared_rows(part, y.window, [&](int64_t to, int64_t from) {
            std::copy_n(part.channel(c) + from, y.window.w, y.channel(first + c) + to);
          });
        }
        first += part.channels;
      }
      return;
    }
    case IntOp::kInput:
    case IntOp::kResize:
      throw std::logic_error(n.name + ": has no gradient");
  }
  for (size_t i = n.op == IntOp::kConv ? 1 : 0; i < n.inputs.size(); ++i) {
    const Patch<T>& addend = value(run, n.inputs[i]);
    for (int c = 0; c < y.channels; ++c) {
      for_shared_rows(addend, y.window, [&](int64_t to, int64_t from) {
        for (int p = 0; p < y.window.w; ++p) {
          y.channel(c)[to + p] += addend.channel(c)[from + p];
        }
      });
    }
  }
}

template <typename T>
void BlockNetwork<T>::linear_backward(const IntNode& n, Run& run, const Patch<T>& g) const {
  const auto add = [&](int id, int first) {
    Patch<T>* to = gradient(run, id);
    for (int c = 0; to != nullptr && c < to->channels; ++c) {
      for_shared_rows(*to, g.window, [&](int64_t from, int64_t at) {
        for (int p = 0; p < g.window.w; ++p) {
          to->channel(c)[at + p] += g.channel(first + c)[from + p];
        }
      });
    }
  };
  switch (n.op) {
    case IntOp::kConv: {
      RealParameters<T>& to = run.gradients[index(n.id)];
      conv_backward(n.conv, value(run, n.inputs[0]), parameters_[index(n.id)].weights.data(), g,
                    to.weights.data(), to.bias.data(), gradient(run, n.inputs[0]));
      break;
    }
    case IntOp::kAdd:
      break;
    case IntOp::kMatMulTokens:
    case IntOp::kTokenSum:
    case IntOp::kMatMulHeads:
      return product_backward(n, run, g);
    case IntOp::kDivide:
      return divide_backward(n, run, g);
    case IntOp::kGlobalAvgPool:
      if (Patch<T>* to = gradient(run, n.inputs[0]); to != nullptr) {
        View<T>(to->data.data(), to->channels, to->window.pixels()).colwise() +=
            ConstView<T>(g.data.data(), g.channels, 1).col(0) / static_cast<T>(to->window.pixels());
      }
      return;
    case IntOp::kLayerNorm:
      return layer_norm_backward(n, run, g);
    case IntOp::kConcat: {
      int first = 0;
      for (const int id : n.inputs) {
        add(id, first);
        first += node(id).shape.c;
      }
      return;
    }
    case IntOp::kInput:
    case IntOp::kResize:
      throw std::logic_error(n.name + ": has no gradient");
  }
  for (size_t i = n.op == IntOp::kConv ? 1 : 0; i < n.inputs.size(); ++i) {
    add(n.inputs[i], 0);
  }
}

template <typename T>
void BlockNetwork<T>::forward(Run& run) const {
  for (int id = first_; id <= last_; ++id) {
    const IntNode& n = node(id);
    Values& v = run.nodes[index(id)];
    if (v.value.data.empty()) {
      continue;  // nothing that was asked for depends on it
    }
    linear_forward(n, run);
    const int64_t pixels = v.value.window.pixels();
    const bool rounds = n.out.bits < 32 && n.op != IntOp::kConcat;
    for (int c = 0; c < n.shape.c; ++c) {
      const Grid<T> grid(n.out, c);
      const T* linear = v.linear.channel(c);
      T* real = v.real.channel(c);
      T* to = v.value.channel(c);
      for (int64_t p = 0; p < pixels; ++p) {
        real[p] = activate(n.activation, linear[p]);
      }
      if (!rounds) {
        std::copy_n(real, pixels, to);
        continue;
      }
      for (int64_t p = 0; p < pixels; ++p) {
        // min(max()) and not clamp(): a value that is not a number must not stay one.
        const T code = std::nearbyint(real[p] * grid.inverse);
        to[p] = grid.scale * std::min(std::max(grid.low, code), grid.high);
      }
    }
  }
}

template <typename T>
void BlockNetwork<T>::backward(Run& run) const {
  for (int id = first_; id <= last_; ++id) {
    Values& v = run.nodes[index(id)];
    clear_like(v.value, v.gradient);
  }
  for (int id = last_; id >= first_; --id) {
    const IntNode& n = node(id);
    Values& v = run.nodes[index(id)];
    if (v.value.data.empty()) {
      continue;
    }
    const int64_t pixels = v.value.window.pixels();
    const bool rounds = n.out.bits < 32 && n.op != IntOp::kConcat;
    const bool judged = !v.loss_gradient.data.empty();
    for (int c = 0; c < n.shape.c; ++c) {
      const Grid<T> grid(n.out, c);
      const T low = grid.scale * (grid.low - T(0.5));
      const T high = grid.scale * (grid.high + T(0.5));
      const T* linear = v.linear.channel(c);
      const T* real = v.real.channel(c);
      T* g = v.gradient.channel(c);
      const T* loss = judged ? v.loss_gradient.channel(c) : nullptr;
      for (int64_t p = 0; p < pixels; ++p) {
        T here = !rounds || (real[p] >= low && real[p] <= high) ? g[p] : T{0};
        here += loss != nullptr ? loss[p] : T{0};
        g[p] = here * slope(n.activation, linear[p]);
      }
    }
    linear_backward(n, run, v.gradient);
  }
}

template class BlockNetwork<float>;
template class BlockNetwork<double>;

}  // namespace tridex::quant
