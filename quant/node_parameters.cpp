#include "quant/node_parameters.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/error.h"
#include "quant/bounds.h"
#include "quant/requantize.h"
#include "quant/resize_coefficients.h"
#include "quant/weight_codes.h"

namespace tridex::quant {

namespace {

/// Bits that a bias or a shortcut may take of the accumulator's 48.
constexpr int kAddendBits = 42;

const std::vector<float>& parameter(const models::Weights& weights, const std::string& name) {
  const auto found = weights.find(name);
  if (found == weights.end()) {
    fail("the weights have no '{}'", name);
  }
  return found->second.data;
}

/// The real zero point of an input channel: for images it is not a whole number (NUMERICS.md, Input).
double centre(const IntegerGraph& graph, const IntNode& in, int c) {
  return in.op == IntOp::kInput && !graph.input_mean.empty() ? 255 * graph.input_mean[static_cast<size_t>(c)]
                                                             : in.out.zero_of(c);
}

double largest_shortcut(const IntegerGraph& graph, const IntNode& node, int o) {
  if (!node.has_shortcut) {
    return 0;
  }
  const Quantizer& r = graph.node(node.inputs[1]).out;
  return r.scale_of(o) * centred_span(r, o).magnitude();
}

std::vector<double> set_conv(const Lowered& lowered, IntegerGraph& graph, IntNode& node,
                             const models::Weights& weights, const Recipe& recipe) {
  const models::Node& linear = lowered.folded.node(lowered.units[static_cast<size_t>(node.id)].linear);
  const IntNode& in = graph.node(node.inputs[0]);
  const auto& w = parameter(weights, linear.name + ".weight");
  const std::vector<float> no_bias(static_cast<size_t>(node.shape.c), 0);
  const auto& b = linear.conv.bias ? parameter(weights, linear.name + ".bias") : no_bias;
  const int in_group = in.shape.c / node.conv.groups;
  const int out_group = node.shape.c / node.conv.groups;
  const int taps = node.conv.kernel_h * node.conv.kernel_w;
  std::vector<double> values(w.size());
  std::vector<double> reference(b.size());
  std::vector<double> least(b.size());
  size_t k = 0;
  for (int o = 0; o < node.shape.c; ++o) {
    const int first = o / out_group * in_group;
    double& scale = reference[static_cast<size_t>(o)];
    for (int i = first; i < first + in_group; ++i) {
      scale = std::max(scale, in.out.scale_of(i));
    }
    for (int i = first; i < first + in_group; ++i) {
      for (int t = 0; t < taps; ++t, ++k) {
        values[k] = w[k] * (in.out.scale_of(i) / scale);
      }
    }
    const double addend = std::abs(double{b[static_cast<size_t>(o)]}) + largest_shortcut(graph, node, o);
    least[static_cast<size_t>(o)] = std::ldexp(addend / scale, -kAddendBits);
  }
  std::vector<double> scale = set_weights(node, values, least, recipe);
  node.bias.resize(b.size());
  k = 0;
  for (int o = 0; o < node.shape.c; ++o) {
    const auto index = static_cast<size_t>(o);
    scale[index] *= reference[index];
    double zero_part = 0;
    for (int i = 0; i < in_group; ++i) {
      for (int t = 0; t < taps; ++t, ++k) {
        zero_part += node.weights[k] * centre(graph, in, o / out_group * in_group + i);
      }
    }
    node.bias[index] = std::llrint(b[index] / scale[index] - zero_part);
  }
  if (node.has_shortcut) {
    set_shortcut(graph.node(node.inputs[1]).out, node, scale);
  }
  return scale;
}

std::vector<double> set_layer_norm(const Lowered& lowered, IntegerGraph& graph, IntNode& node,
                                   const models::Weights& weights) {
  const models::Node& linear = lowered.folded.node(lowered.units[static_cast<size_t>(node.id)].linear);
  const auto& gamma = parameter(weights, linear.name + ".weight");
  const auto& beta = parameter(weights, linear.name + ".bias");
  double largest = 0;
  double largest_beta = 0;
  for (size_t c = 0; c < gamma.size(); ++c) {
    largest = std::max(largest, std::abs(double{gamma[c]}));
    largest_beta = std::max(largest_beta, std::abs(double{beta[c]}));
  }
  // The largest |gamma| uses all of its 17 bits.
  constexpr double kGammaLimit = (1 << 16) - 1;
  double scale = std::max(std::ldexp(largest / kGammaLimit, -kLayerNormFraction),
                          std::ldexp(largest_beta, -kAddendBits));
  scale = scale > 0 ? scale : 1;
  for (size_t c = 0; c < gamma.size(); ++c) {
    node.gamma.push_back(static_cast<int32_t>(std::lrint(gamma[c] / std::ldexp(scale, kLayerNormFraction))));
    node.beta.push_back(std::llrint(beta[c] / scale));
  }
  const double channels = node.shape.c;
  const double in_scale = graph.node(node.inputs[0]).out.scale_of(0);
  const double epsilon = std::nearbyint(linear.eps * channels * channels / (in_scale * in_scale));
  node.epsilon = static_cast<int64_t>(std::clamp(epsilon, 1.0, std::ldexp(1.0, 53)));
  return {scale};
}

}  // namespace

std::vector<double> set_parameters(const Lowered& lowered, IntegerGraph& graph, int id,
                                   const models::Weights& weights, const Recipe& recipe) {
  IntNode& node = graph.nodes[static_cast<size_t>(id)];
  const auto scales = [&](size_t i) -> const std::vector<double>& {
    return graph.node(node.inputs[i]).out.scale;
  };
  const auto one = [&](size_t i) {
    if (scales(i).size() != 1) {
      throw std::logic_error(node.name + ": a matrix product needs one scale for all channels");
    }
    return scales(i)[0];
  };
  const auto scaled = [&](double factor) {
    std::vector<double> result = scales(0);
    for (double& scale : result) {
      scale *= factor;
    }
    return result;
  };
  switch (node.op) {
    case IntOp::kConv:
      return set_conv(lowered, graph, node, weights, recipe);
    case IntOp::kLayerNorm:
      return set_layer_norm(lowered, graph, node, weights);
    case IntOp::kMatMulTokens:
    case IntOp::kMatMulHeads:
      return {one(0) * one(1)};
    case IntOp::kTokenSum:
      return {one(0)};
    case IntOp::kGlobalAvgPool:
      return scaled(1.0 / static_cast<double>(graph.node(node.inputs[0]).shape.pixels()));
    case IntOp::kResize:
      return scaled(std::ldexp(1.0, -2 * resize_coefficients(node.factor).fraction));
    default:
      throw std::logic_error(node.name + ": has no accumulators");
  }
}

}  // namespace tridex::quant
