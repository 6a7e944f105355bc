#include "quant/requantize.h"

#include <algorithm>
#include <cmath>

#include "quant/bounds.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

constexpr int kMultBits = 17;
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
  return {static_cast<int32_t>(std::min(mult, std::ldexp(1.0, kMultBits) - 1)), static_cast<int8_t>(shift)};
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
    const Multiplier m = to_multiplier(factor, 0, kMaxShift);
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

void set_divide(const IntegerGraph& graph, IntNode& node) {
  const Quantizer& num = graph.node(node.inputs[0]).out;
  const Quantizer& den = graph.node(node.inputs[1]).out;
  node.requant = {};
  node.den_mult.clear();
  node.den_frac.clear();
  double factor = num.scale_of(0) / node.out.scale_of(0);
  Multiplier m;
  if (node.divisor == Divisor::kLog2Code) {
    const Multiplier divisor = to_multiplier(den.scale_of(0), -kMaxShift, kMaxShift);
    node.den_mult.push_back(divisor.mult);
    node.den_frac.push_back(divisor.shift);
    m = to_multiplier(factor, -kMaxShift, kMaxShift);
  } else {
    factor /= den.scale_of(0);
    const bool log2 = node.divisor == Divisor::kLog2Paper;
    // X 2^shift must stay below 2^60 (NUMERICS.md 3).
    m = to_multiplier(factor, log2 ? -kMaxShift : 0, log2 ? kMaxShift : 60 - (den.bits == 32 ? 31 : 17));
  }
  node.requant.mult.push_back(m.mult);
  node.requant.shift.push_back(m.shift);
}

}  // namespace tridex::quant
