#include "quant/check_values.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quant/bounds.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

constexpr int64_t kMultLimit = int64_t{1} << 17;
constexpr int64_t kAccumulatorLimit = int64_t{1} << (kAccumulatorWidth - 1);

class Values {
 public:
  Values(const IntegerGraph& graph, const IntNode& node) : g_(graph), n_(node) {}
  void check() const;

 private:
  void require(bool condition, const char* message) const {
    if (!condition) {
      fail("node {} '{}' ({}): {}", n_.id, n_.name, int_op_name(n_.op), message);
    }
  }
  /// One entry, or one for each of `count`; all inside [low, high].
  template <typename T>
  void vector(const std::vector<T>& values, int count, int64_t low, int64_t high, const char* name) const {
    if (values.size() != 1 && values.size() != static_cast<size_t>(count)) {
      fail("node {} '{}' ({}): {} has {} entries, expected 1 or {}", n_.id, n_.name, int_op_name(n_.op), name,
           values.size(), count);
    }
    for (const T value : values) {
      if (value < low || value > high) {
        fail("node {} '{}' ({}): {} has {}, which is not in [{}, {}]", n_.id, n_.name, int_op_name(n_.op),
             name, int64_t{value}, low, high);
      }
    }
  }
  void full(size_t size, size_t expected, const char* name) const {
    if (size != expected) {
      fail("node {} '{}' ({}): {} has {} entries, expected {}", n_.id, n_.name, int_op_name(n_.op), name,
           size, expected);
    }
  }
  void conv() const;
  void activation() const;
  void divide() const;
  void layer_norm() const;

  const IntegerGraph& g_;
  const IntNode& n_;
};

void Values::conv() const {
  const auto o = static_cast<size_t>(n_.shape.c);
  const auto in_group = static_cast<size_t>(g_.node(n_.inputs[0]).shape.c / n_.conv.groups);
  full(n_.weights.size(),
       o * in_group * static_cast<size_t>(n_.conv.kernel_h) * static_cast<size_t>(n_.conv.kernel_w),
       "weights");
  full(n_.bias.size(), o, "bias");
  const int limit = 1 << (n_.weight_bits - 1);
  for (const int16_t w : n_.weights) {
    require(w >= -limit && w < limit, "a weight does not fit the weight bits");
  }
  vector(n_.bias, n_.shape.c, -kAccumulatorLimit + 1, kAccumulatorLimit - 1, "bias");
  if (n_.has_shortcut) {
    vector(n_.res_mult, n_.shape.c, 0, kMultLimit - 1, "res_mult");
    vector(n_.res_shift, n_.shape.c, -30, 62, "res_shift");
  }
}

void Values::activation() const {
  if (n_.activation == Activation::kRelu6) {
    vector(n_.six, n_.shape.c, 0, kAccumulatorLimit - 1, "six");
  } else if (n_.activation == Activation::kHardswish) {
    vector(n_.act_shift, n_.shape.c, -16, 47, "act_shift");
    vector(n_.three, n_.shape.c, 1, kMultLimit - 1, "three");
  }
}

void Values::divide() const {
  const IntNode& num = g_.node(n_.inputs[0]);
  const IntNode& den = g_.node(n_.inputs[1]);
  vector(n_.requant.mult, n_.shape.c, 0, kMultLimit - 1, "mult");
  const bool shifted = n_.divisor != Divisor::kUniform && n_.divisor != Divisor::kExact;
  // X 2^shift must stay below 2^60.
  const int shift_limit = shifted ? 62 : 60 - (den.out.bits == 32 ? 31 : 17);
  vector(n_.requant.shift, n_.shape.c, shifted ? -62 : 0, shift_limit, "shift");
  if (n_.divisor == Divisor::kReciprocal) {
    vector(n_.requant.pre, n_.shape.c, 0, 47, "pre");
  }
  if (n_.divisor == Divisor::kLog2Code) {
    vector(n_.den_mult, n_.heads, 0, kMultLimit - 1, "den_mult");
    vector(n_.den_frac, n_.heads, -62, 62, "den_frac");
  }
  for (int c = 0; c < n_.shape.c; ++c) {
    const double n = centred_span(num.out, c).magnitude();
    const auto mult = n_.requant.mult[n_.requant.mult.size() == 1 ? 0 : static_cast<size_t>(c)];
    require(n * mult < std::ldexp(1.0, 52), "the scaled dividend does not fit 52 bits");
  }
}

void Values::layer_norm() const {
  const auto channels = static_cast<size_t>(n_.shape.c);
  full(n_.gamma.size(), channels, "gamma");
  full(n_.beta.size(), channels, "beta");
  vector(n_.gamma, n_.shape.c, -(1 << 16), (1 << 16) - 1, "gamma");
  vector(n_.beta, n_.shape.c, -kAccumulatorLimit + 1, kAccumulatorLimit - 1, "beta");
  require(n_.epsilon >= 1 && n_.epsilon < (int64_t{1} << 54), "epsilon must be 1 to 2^54");
  double x = 0;
  const Quantizer& in = g_.node(n_.inputs[0]).out;
  const std::vector<int> mult = norm_multipliers(in).mult;
  for (int c = 0; c < n_.shape.c; ++c) {
    x = std::max(x, centred_span(in, c).magnitude() * entry(mult, c));
  }
  const double count = n_.shape.c;
  require((count * count * x * x + static_cast<double>(n_.epsilon)) * 256 < std::ldexp(1.0, 63),
          "the variance does not fit 63 bits");
  require(2 * count * x * 65536 < std::ldexp(1.0, 61), "the centred value does not fit 61 bits");
}

void Values::check() const {
  if (n_.op == IntOp::kInput || n_.op == IntOp::kConcat) {
    return;
  }
  if (n_.op == IntOp::kDivide) {
    divide();
    return;
  }
  if (n_.op == IntOp::kConv) {
    conv();
  } else if (n_.op == IntOp::kLayerNorm) {
    layer_norm();
  } else if (n_.op == IntOp::kAdd) {
    full(n_.add_mult.size(), n_.inputs.size(), "add_mult");
    for (const auto& mult : n_.add_mult) {
      vector(mult, n_.shape.c, 0, kMultLimit - 1, "add_mult");
    }
  }
  activation();
  if (n_.out.bits != 32) {
    if (n_.op != IntOp::kAdd) {
      vector(n_.requant.mult, n_.shape.c, 0, kMultLimit - 1, "mult");
      vector(n_.requant.pre, n_.shape.c, 0, 47, "pre");
    }
    vector(n_.requant.shift, n_.shape.c, 0, 62, "shift");
  }
  for (const double bound : accumulator_bounds(g_, n_)) {
    require(bound < static_cast<double>(kAccumulatorLimit), "an accumulator could overflow its 48 bits");
  }
}

}  // namespace

void check_values(const IntegerGraph& graph, const IntNode& node) {
  Values(graph, node).check();
}

}  // namespace tridex::quant
