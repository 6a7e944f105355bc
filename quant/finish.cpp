#include <algorithm>
#include <stdexcept>

#include "quant/bounds.h"
#include "quant/node_kernel.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

double limit(double x, double low, double high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// requant of NUMERICS.md 2 for one channel.
struct Requantizer {
  Requantizer(const IntNode& node, int c)
      : wide(node.out.bits == 32),
        pre(node.requant.pre.empty() ? 1.0 : power_of_half(entry(node.requant.pre, c))),
        mult(node.requant.mult.empty() ? 1.0 : entry(node.requant.mult, c)),
        shift(wide ? 1.0 : power_of_half(entry(node.requant.shift, c))),
        zero(node.out.zero_of(c)),
        low(static_cast<double>(node.out.lowest())),
        high(static_cast<double>(node.out.highest())) {}
  [[nodiscard]] int32_t operator()(double a) const {
    constexpr double kLimit = 1 << (kRequantWidth - 1);
    const double u = limit(rsh(a, pre), -kLimit, kLimit - 1);
    return static_cast<int32_t>(limit(rsh(u * mult, shift) + zero, low, high));
  }
  bool wide;
  double pre, mult, shift, zero, low, high;
};

template <typename F>
void each(std::span<double> values, int32_t* codes, const F& f) {
  for (size_t i = 0; i < values.size(); ++i) {
    codes[i] = f(values[i]);
  }
}

}  // namespace

void finish(const IntNode& node, int c, std::span<double> values, int32_t* codes) {
  const Requantizer requant(node, c);
  if (requant.wide) {
    each(values, codes, [&](double a) { return static_cast<int32_t>(limit(a, requant.low, requant.high)); });
    return;
  }
  if (node.op == IntOp::kAdd) {
    each(values, codes, [&](double a) {
      return static_cast<int32_t>(limit(rsh(a, requant.shift) + requant.zero, requant.low, requant.high));
    });
    return;
  }
  switch (node.activation) {
    case Activation::kNone:
      each(values, codes, requant);
      return;
    case Activation::kRelu:
      each(values, codes, [&](double a) { return requant(a < 0 ? 0 : a); });
      return;
    case Activation::kRelu6: {
      const auto six = static_cast<double>(entry(node.six, c));
      each(values, codes, [&](double a) { return requant(limit(a, 0, six)); });
      return;
    }
    case Activation::kHardswish: {
      constexpr double kLimit = 1 << (kHardswishWidth - 1);
      const double act = power_of_half(entry(node.act_shift, c));
      const double three = entry(node.three, c);
      each(values, codes, [&](double a) {
        const double t = limit(rsh(a, act), -kLimit, kLimit - 1);
        return requant(t * limit(t + three, 0, 2 * three));
      });
      return;
    }
  }
  throw std::logic_error("finish: not an Activation");
}

}  // namespace tridex::quant
