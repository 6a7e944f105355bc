#include "quant/finish_table.h"

#include <cmath>

#include "quant/bounds.h"
#include "quant/tensor.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

simd::Finish::Activation kernel_activation(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return simd::Finish::Activation::kNone;
    case Activation::kRelu:
      return simd::Finish::Activation::kRelu;
    case Activation::kRelu6:
      return simd::Finish::Activation::kRelu6;
    case Activation::kHardswish:
      return simd::Finish::Activation::kHardswish;
  }
  throw std::logic_error("kernel_activation: not an Activation");
}

/// What of rsh(., pre) and sat(., 27) can change a value.
simd::Finish::Step pre_step(const IntegerGraph& graph, const IntNode& node) {
  using Step = simd::Finish::Step;
  if (node.op == IntOp::kAdd || node.op == IntOp::kDivide || node.out.bits == 32) {
    return Step::kNone;  // they have no such step
  }
  const auto bounds = accumulator_bounds(graph, node);
  Step step = Step::kNone;
  for (int c = 0; c < node.shape.c; ++c) {
    const double bound = activated_bound(node, c, bounds[static_cast<size_t>(c)]);
    const int pre = entry(node.requant.pre, c);
    if (std::floor(std::ldexp(bound, -pre) + 0.5) >= std::ldexp(1.0, kRequantWidth - 1)) {
      return Step::kFull;
    }
    step = pre == 0 ? step : Step::kShift;
  }
  return step;
}

}  // namespace

FinishTable::FinishTable(const IntegerGraph& graph, const IntNode& node) {
  const int channels = node.shape.c;
  const bool wide = node.out.bits == 32;
  finish_.activation = kernel_activation(node.activation);
  finish_.pre_step = pre_step(graph, node);
  if (node.activation == Activation::kRelu6) {
    six_ = per_channel<double>(channels, [&](int c) { return entry(node.six, c); });
  } else if (node.activation == Activation::kHardswish) {
    act_ = per_channel<double>(channels, [&](int c) { return power_of_half(entry(node.act_shift, c)); });
    three_ = per_channel<double>(channels, [&](int c) { return entry(node.three, c); });
  }
  if (finish_.pre_step != simd::Finish::Step::kNone) {
    pre_ = per_channel<double>(channels, [&](int c) { return power_of_half(entry(node.requant.pre, c)); });
  }
  mult_ = per_channel<double>(channels, [&](int c) {
    const int mult = wide || node.op == IntOp::kAdd ? 1 : entry(node.requant.mult, c);
    return wide ? 1.0 : mult * power_of_half(entry(node.requant.shift, c));
  });
  const auto limits = [&](int64_t code) {
    return per_channel<double>(channels, [&](int c) { return code - node.out.zero_of(c); });
  };
  low_ = limits(node.out.lowest());
  high_ = limits(node.out.highest());
  zero_ = per_channel<int32_t>(channels, [&](int c) { return stored_zero(node.out, c); });
}

simd::Finish FinishTable::at(int channel) const {
  const auto from = [&](const auto& values) { return values.empty() ? nullptr : values.data() + channel; };
  simd::Finish result = finish_;
  result.six = from(six_);
  result.act = from(act_);
  result.three = from(three_);
  result.pre = from(pre_);
  result.mult = from(mult_);
  result.low = from(low_);
  result.high = from(high_);
  result.zero = from(zero_);
  return result;
}

}  // namespace tridex::quant
