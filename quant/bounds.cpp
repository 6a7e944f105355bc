#include "quant/bounds.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "quant/resize_coefficients.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

double raw_magnitude(const Quantizer& q, int c) {
  const auto zero = std::abs(static_cast<double>(q.zero_of(c)));  // the border of a padded image
  return std::max(
      {std::abs(static_cast<double>(q.lowest())), std::abs(static_cast<double>(q.highest())), zero});
}

/// Largest magnitude over the channels.
double centred_magnitude(const Quantizer& q, bool relu = false) {
  double worst = 0;
  for (int c = 0; c < static_cast<int>(q.zero.size()); ++c) {
    worst = std::max(worst, centred_span(q, c, relu).magnitude());
  }
  return worst;
}

std::vector<double> conv_bounds(const IntegerGraph& graph, const IntNode& node) {
  const IntNode& in = graph.node(node.inputs[0]);
  std::vector<double> bounds(static_cast<size_t>(node.shape.c));
  const int in_group = in.shape.c / node.conv.groups;
  const int out_group = node.shape.c / node.conv.groups;
  const int taps = node.conv.kernel_h * node.conv.kernel_w;
  const int16_t* w = node.weights.data();
  for (int o = 0; o < node.shape.c; ++o) {
    double bound = std::abs(static_cast<double>(node.bias[static_cast<size_t>(o)]));
    for (int i = 0; i < in_group; ++i) {
      int64_t sum = 0;
      for (int k = 0; k < taps; ++k) {
        sum += std::abs(int{*w++});
      }
      bound += static_cast<double>(sum) * raw_magnitude(in.out, (o / out_group) * in_group + i);
    }
    if (node.has_shortcut) {
      const Quantizer& r = graph.node(node.inputs[1]).out;
      bound +=
          std::ldexp(centred_span(r, o).magnitude() * entry(node.res_mult, o), -entry(node.res_shift, o)) + 1;
    }
    bounds[static_cast<size_t>(o)] = bound;
  }
  return bounds;
}

}  // namespace

Span centred_span(const Quantizer& quantizer, int c, bool relu) {
  Span span{static_cast<double>(quantizer.lowest()) - quantizer.zero_of(c),
            static_cast<double>(quantizer.highest()) - quantizer.zero_of(c)};
  if (relu) {
    span.low = std::max(span.low, 0.0);
    span.high = std::max(span.high, 0.0);
  }
  return span;
}

std::vector<double> accumulator_bounds(const IntegerGraph& graph, const IntNode& node) {
  const auto channels = static_cast<size_t>(node.shape.c);
  const auto input = [&](size_t i) -> const IntNode& { return graph.node(node.inputs[i]); };
  switch (node.op) {
    case IntOp::kConv:
      return conv_bounds(graph, node);
    case IntOp::kAdd: {
      std::vector<double> bounds(channels, 0);
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        for (int c = 0; c < node.shape.c; ++c) {
          bounds[static_cast<size_t>(c)] +=
              centred_span(input(i).out, c).magnitude() * entry(node.add_mult[i], c);
        }
      }
      return bounds;
    }
    case IntOp::kMatMulTokens:
      return std::vector<double>(channels, static_cast<double>(input(0).shape.pixels()) *
                                               centred_magnitude(input(0).out, node.operands[0].relu) *
                                               centred_magnitude(input(1).out, node.operands[1].relu));
    case IntOp::kTokenSum:
      return std::vector<double>(channels, static_cast<double>(input(0).shape.pixels()) *
                                               centred_magnitude(input(0).out, node.operands[0].relu));
    case IntOp::kMatMulHeads: {
      const int head_channels = input(1).shape.c / node.heads;
      return std::vector<double>(channels, static_cast<double>(head_channels) *
                                               centred_magnitude(input(0).out, node.operands[0].relu) *
                                               centred_magnitude(input(1).out, node.operands[1].relu));
    }
    case IntOp::kGlobalAvgPool: {
      std::vector<double> bounds(channels);
      for (int c = 0; c < node.shape.c; ++c) {
        bounds[static_cast<size_t>(c)] =
            static_cast<double>(input(0).shape.pixels()) * centred_span(input(0).out, c).magnitude();
      }
      return bounds;
    }
    case IntOp::kLayerNorm: {
      // |C x - s1| <= sqrt(C) sqrt(V), so |t| <= sqrt(C) 2^12; one more for the rounding.
      const double t = std::sqrt(static_cast<double>(node.shape.c)) * (1 << kLayerNormFraction) + 1;
      std::vector<double> bounds(channels);
      for (size_t c = 0; c < channels; ++c) {
        bounds[c] =
            std::abs(static_cast<double>(node.gamma[c])) * t + std::abs(static_cast<double>(node.beta[c]));
      }
      return bounds;
    }
    case IntOp::kResize: {
      const double gain = resize_coefficients(node.factor).largest_sum();
      std::vector<double> bounds(channels);
      for (int c = 0; c < node.shape.c; ++c) {
        bounds[static_cast<size_t>(c)] = gain * gain * centred_span(input(0).out, c).magnitude();
      }
      return bounds;
    }
    case IntOp::kInput:
    case IntOp::kConcat:
    case IntOp::kDivide:
      break;
  }
  throw std::logic_error("accumulator_bounds: " + node.name + " has no accumulator");
}

int norm_multiplier_limit(int bits) { return 1 << std::clamp(15 - bits, 0, 7); }

NormMultipliers norm_multipliers(const Quantizer& quantizer) {
  if (quantizer.scale.size() == 1) {
    return {{1}, quantizer.scale[0]};
  }
  constexpr double kRounding = 1e-12;  // of the scales themselves, as products of doubles
  const int limit = norm_multiplier_limit(quantizer.bits);
  NormMultipliers result;
  result.unit = *std::max_element(quantizer.scale.begin(), quantizer.scale.end()) / limit;
  for (const double scale : quantizer.scale) {
    const double mult = std::max(1.0, std::nearbyint(scale / result.unit));
    if (!(std::abs(scale / (result.unit * mult) - 1) < kRounding)) {
      return {};
    }
    result.mult.push_back(static_cast<int>(mult));
  }
  return result;
}

double activated_bound(const IntNode& node, int c, double accumulator_bound) {
  switch (node.activation) {
    case Activation::kNone:
    case Activation::kRelu:
      return accumulator_bound;
    case Activation::kRelu6:
      return std::min(accumulator_bound, static_cast<double>(entry(node.six, c)));
    case Activation::kHardswish: {
      const double limit = std::ldexp(1.0, kHardswishWidth - 1);
      const double t = std::min(limit, std::ldexp(accumulator_bound, -entry(node.act_shift, c)) + 1);
      return t * std::min(t + entry(node.three, c), 2.0 * entry(node.three, c));
    }
  }
  throw std::logic_error("activated_bound: not an Activation");
}

}  // namespace tridex::quant
