#include "quant/requantize.h"

#include <algorithm>
#include <cmath>

#include "quant/bounds.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

constexpr int kMultBits = 17;
constexpr int32_t kMostMult = (1 << kMultBits) - 1;
constexpr int kMaxShift = 62;
constexpr int kMinActShift = -16;
constexpr int kMaxActShift = kAccumulatorWidth - 1;

/// The smallest pre >= 0 with rsh(bound, pre) inside 27 bits.
int8_t pre_shift(double bound) {
  int pre = 0;
  while (std::floor(std::ldexp(bound, -pre) + 0.5) > std::ldexp(1.0, kRequantWidth - 1) - 1) {
    ++pre;
  }
  return static_cast<int8_t>(pre);
}

}  // namespace

Multiplier to_multiplier(double factor, int low, int high) {
  if (!(factor > 0)) {
    return {0, static_cast<int8_t>(std::clamp(0, low, high))};
  }
  int exponent = 0;
  std::frexp(factor, &exponent);  // factor = f 2^exponent, 1/2 <= f < 1
  int shift = std::clamp(kMultBits - exponent, low, high);
  double mult = std::nearbyint(std::ldexp(factor, shift));
  if (mult >= 1 << kMultBits && shift > low) {
    --shift;
    mult = std::nearbyint(std::ldexp(factor, shift));
  }
  return {static_cast<int32_t>(std::min(mult, double{kMostMult})), static_cast<int8_t>(shift)};
}

std::vector<double> set_activation(IntNode& node, const std::vector<double>& accumulator_scale) {
  node.six.clear();
  node.act_shift.clear();
  node.three.clear();
  std::vector<double> scale = accumulator_scale;
  const double accumulator_limit = std::ldexp(1.0, kAccumulatorWidth - 1) - 1;
  for (size_t c = 0; c < scale.size(); ++c) {
    if (node.activation == Activation::kRelu6) {
      node.six.push_back(static_cast<int64_t>(std::min(std::nearbyint(6 / scale[c]), accumulator_limit)));
    } else if (node.activation == Activation::kHardswish) {
      const auto i = static_cast<int>(c);
      const double largest = std::max(
          6.0, node.out.scale_of(i) * (static_cast<double>(node.out.highest()) - node.out.zero_of(i)));
      const double limit = std::ldexp(1.0, kHardswishWidth - 1) - 1;
      int shift = kMinActShift;
      while (shift < kMaxActShift && largest / std::ldexp(scale[c], shift) > limit) {
        ++shift;
      }
      const double s = std::ldexp(scale[c], shift);
      const double three = std::clamp(std::nearbyint(3 / s), 1.0, limit);
      node.act_shift.push_back(static_cast<int8_t>(shift));
      node.three.push_back(static_cast<int32_t>(three));
      scale[c] = s / (2 * three);
    }
  }
  return scale;
}

void set_requant(const IntegerGraph& graph, IntNode& node, const std::vector<double>& scale) {
  node.requant = {};
  if (node.out.bits == 32) {
    return;
  }
  const std::vector<double> bounds = accumulator_bounds(graph, node);
  const size_t entries = std::max(scale.size(), node.out.scale.size());
  double largest = 0;
  for (size_t c = 0; c < bounds.size(); ++c) {
    largest = std::max(largest, activated_bound(node, static_cast<int>(c), bounds[c]));
  }
  for (size_t c = 0; c < entries; ++c) {
    const auto i = static_cast<int>(c);
    const int8_t pre = pre_shift(entries == 1 ? largest : activated_bound(node, i, bounds[c]));
    const double factor = std::ldexp(entry(scale, i) / node.out.scale_of(i), pre);
    Multiplier m = to_multiplier(factor, 0, kMaxShift);
    if (graph.power_of_two_scales && m.shift == 0 && m.mult == kMostMult) {
      m.mult = (kMostMult + 1) / 2;  // as good where the factor is too large for either, and a shift
    }
    node.requant.pre.push_back(pre);
    node.requant.mult.push_back(m.mult);
    node.requant.shift.push_back(m.shift);
  }
}

void set_shortcut(const Quantizer& shortcut, IntNode& node, const std::vector<double>& accumulator_scale) {
  node.res_mult.clear();
  node.res_shift.clear();
  for (size_t c = 0; c < accumulator_scale.size(); ++c) {
    const Multiplier m =
        to_multiplier(shortcut.scale_of(static_cast<int>(c)) / accumulator_scale[c], -30, kMaxShift);
    node.res_mult.push_back(m.mult);
    node.res_shift.push_back(m.shift);
  }
}

void set_add(const IntegerGraph& graph, IntNode& node) {
  size_t entries = node.out.scale.size();
  for (const int from : node.inputs) {
    entries = std::max(entries, graph.node(from).out.scale.size());
  }
  node.requant = {};
  node.add_mult.assign(node.inputs.size(), {});
  for (size_t c = 0; c < entries; ++c) {
    const auto i = static_cast<int>(c);
    double largest = 0;
    for (const int from : node.inputs) {
      largest = std::max(largest, graph.node(from).out.scale_of(i) / node.out.scale_of(i));
    }
    const int8_t shift = to_multiplier(largest, 0, kMaxShift).shift;
    node.requant.shift.push_back(shift);
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      const double factor = graph.node(node.inputs[k]).out.scale_of(i) / node.out.scale_of(i);
      node.add_mult[k].push_back(to_multiplier(factor, shift, shift).mult);
    }
  }
}

namespace {

/// Bounds of |sat(n, 27)| of the channels of a dividend.
std::vector<double> dividend_bounds(const IntegerGraph& graph, const IntNode& num) {
  std::vector<double> bounds(static_cast<size_t>(num.shape.c));
  if (num.out.bits == 32) {
    bounds = accumulator_bounds(graph, num);
  } else {
    for (int c = 0; c < num.shape.c; ++c) {
      bounds[static_cast<size_t>(c)] = centred_span(num.out, c).magnitude();
    }
  }
  for (double& bound : bounds) {
    bound = std::min(bound, std::ldexp(1.0, kRequantWidth - 1));
  }
  return bounds;
}

}  // namespace

void set_divide(const IntegerGraph& graph, IntNode& node) {
  const IntNode& num = graph.node(node.inputs[0]);
  const Quantizer& den = graph.node(node.inputs[1]).out;
  const int d = node.shape.c / node.heads;
  node.requant = {};
  node.den_mult.clear();
  node.den_frac.clear();
  if (node.divisor == Divisor::kLog2Code) {
    for (const double scale : den.scale) {
      const Multiplier divisor = to_multiplier(scale, -kMaxShift, kMaxShift);
      node.den_mult.push_back(divisor.mult);
      node.den_frac.push_back(divisor.shift);
    }
  }
  const bool one = num.out.scale.size() == 1 && den.scale.size() == 1 && node.out.scale.size() == 1;
  const std::vector<double> bounds =
      node.divisor == Divisor::kReciprocal ? dividend_bounds(graph, num) : std::vector<double>{};
  for (int c = 0; c < (one ? 1 : node.shape.c); ++c) {
    double factor = num.out.scale_of(c) / node.out.scale_of(c);
    int low = -kMaxShift;
    int high = kMaxShift;
    switch (node.divisor) {
      case Divisor::kLog2Code:
        break;
      case Divisor::kLog2Paper:
        factor /= den.scale_of(c / d);
        break;
      case Divisor::kUniform:
      case Divisor::kExact:
        factor /= den.scale_of(c / d);
        // X 2^shift must stay below 2^60 (NUMERICS.md 3).
        low = 0;
        high = 60 - (den.bits == 32 ? 31 : 17);
        break;
      case Divisor::kReciprocal:
        // shift = that of the factor - pre + 17: the table's entries are 17-bit reciprocals.
        factor /= den.scale_of(c / d);
        high = kMaxShift - kMultBits;
        break;
    }
    const Multiplier m = to_multiplier(factor, low, high);
    int shift = m.shift;
    if (node.divisor == Divisor::kReciprocal) {
      const double bound =
          one ? *std::max_element(bounds.begin(), bounds.end()) : bounds[static_cast<size_t>(c)];
      const int8_t pre = pre_shift(bound * m.mult);
      shift += kMultBits - pre;
      node.requant.pre.push_back(pre);
    }
    node.requant.mult.push_back(m.mult);
    node.requant.shift.push_back(static_cast<int8_t>(shift));
  }
}

void set_exponent_window(IntNode& node, double smallest, double largest) {
  const auto exponent = [](double divisor) {
    return static_cast<int>(std::clamp(std::nearbyint(std::log2(divisor)), -64.0, 64.0));
  };
  node.y_min = exponent(smallest);
  node.y_max = exponent(largest);
}

}  // namespace tridex::quant
