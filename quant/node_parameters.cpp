#include "quant/node_parameters.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/error.h"
#include "quant/bounds.h"
#include "quant/requantize.h"
#include "quant/resize_coefficients.h"
#include "quant/weight_codes.h"
#include "quant/weights/moments.h"

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

double largest_shortcut(const IntegerGraph& graph, const IntNode& node, int o) {
  if (!node.has_shortcut) {
    return 0;
  }
  const Quantizer& r = graph.node(node.inputs[1]).out;
  return r.scale_of(o) * centred_span(r, o).magnitude();
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
  const double in_scale = norm_multipliers(graph.node(node.inputs[0]).out).unit;
  const double epsilon = std::nearbyint(linear.eps * channels * channels / (in_scale * in_scale));
  node.epsilon = static_cast<int64_t>(std::clamp(epsilon, 1.0, std::ldexp(1.0, 53)));
  return {scale};
}

}  // namespace

ConvValues conv_values(const Lowered& lowered, const IntegerGraph& graph, const IntNode& node,
                       const models::Weights& weights) {
  const models::Node& linear = lowered.folded.node(lowered.units[static_cast<size_t>(node.id)].linear);
  const IntNode& in = graph.node(node.inputs[0]);
  const auto& w = parameter(weights, linear.name + ".weight");
  ConvValues result;
  result.bias.assign(static_cast<size_t>(node.shape.c), 0);
  if (linear.conv.bias) {
    const auto& b = parameter(weights, linear.name + ".bias");
    result.bias.assign(b.begin(), b.end());
  }
  const int in_group = in.shape.c / node.conv.groups;
  const int out_group = node.shape.c / node.conv.groups;
  const int taps = node.conv.kernel_h * node.conv.kernel_w;
  result.weights.resize(w.size());
  size_t k = 0;
  for (int o = 0; o < node.shape.c; ++o) {
    const int first = o / out_group * in_group;
    double scale = 0;
    for (int i = first; i < first + in_group; ++i) {
      scale = std::max(scale, in.out.scale_of(i));
    }
    for (int i = first; i < first + in_group; ++i) {
      for (int t = 0; t < taps; ++t, ++k) {
        result.weights[k] = w[k] * (in.out.scale_of(i) / scale);
      }
    }
    const double addend = std::abs(result.bias[static_cast<size_t>(o)]) + largest_shortcut(graph, node, o);
    result.reference.push_back(scale);
    result.least.push_back(std::ldexp(addend / scale, -kAddendBits));
  }
  return result;
}

void set_bias(const IntegerGraph& graph, IntNode& node, const ConvValues& values,
              const std::vector<double>& scales) {
  const IntNode& in = graph.node(node.inputs[0]);
  const int in_group = in.shape.c / node.conv.groups;
  const int out_group = node.shape.c / node.conv.groups;
  const int taps = node.conv.kernel_h * node.conv.kernel_w;
  node.bias.resize(values.bias.size());
  size_t k = 0;
  for (int o = 0; o < node.shape.c; ++o) {
    const auto index = static_cast<size_t>(o);
    double zero_part = 0;
    for (int i = 0; i < in_group; ++i) {
      for (int t = 0; t < taps; ++t, ++k) {
        zero_part += node.weights[k] * centre_of(graph, in, o / out_group * in_group + i);
      }
    }
    node.bias[index] = std::llrint(values.bias[index] / scales[index] - zero_part);
  }
  if (node.has_shortcut) {
    set_shortcut(graph.node(node.inputs[1]).out, node, scales);
  }
}

std::vector<double> set_parameters(const Lowered& lowered, IntegerGraph& graph, int id,
                                   const models::Weights& weights, const Recipe& recipe) {
  IntNode& node = graph.nodes[static_cast<size_t>(id)];
  const auto scales = [&](size_t i) -> const std::vector<double>& {
    return graph.node(node.inputs[i]).out.scale;
  };
  // Scale of operand i at the head of output channel c.
  const auto of_head = [&](size_t i, int c) {
    const IntNode& from = graph.node(node.inputs[i]);
    const int channels = node.operands[i].part < 0 ? from.shape.c : from.shape.c / 3;
    const int head = c / (node.shape.c / node.heads);
    return from.out.scale_of(operand_channel(node, i, from.shape.c, head * (channels / node.heads)));
  };
  const auto products = [&](size_t operands) {
    bool one = true;
    for (size_t i = 0; i < operands; ++i) {
      one = one && scales(i).size() == 1;
    }
    std::vector<double> result(one ? 1 : static_cast<size_t>(node.shape.c), 1);
    for (size_t c = 0; c < result.size(); ++c) {
      for (size_t i = 0; i < operands; ++i) {
        result[c] *= of_head(i, static_cast<int>(c));
      }
    }
    return result;
  };
  const auto scaled = [&](double factor) {
    std::vector<double> result = scales(0);
    for (double& scale : result) {
      scale *= factor;
    }
    return result;
  };
  switch (node.op) {
    case IntOp::kConv: {
      const ConvValues values = conv_values(lowered, graph, node, weights);
      std::vector<double> scale;
      for (const ChannelCodes& codes :
           set_weights(node, values.weights, values.least, values.reference, recipe)) {
        scale.push_back(codes.scale * values.reference[scale.size()]);
      }
      set_bias(graph, node, values, scale);
      return scale;
    }
    case IntOp::kLayerNorm:
      return set_layer_norm(lowered, graph, node, weights);
    case IntOp::kMatMulTokens:
    case IntOp::kMatMulHeads:
      return products(2);
    case IntOp::kTokenSum:
      return products(1);
    case IntOp::kGlobalAvgPool:
      return scaled(1.0 / static_cast<double>(graph.node(node.inputs[0]).shape.pixels()));
    case IntOp::kResize:
      return scaled(std::ldexp(1.0, -2 * resize_coefficients(node.factor).fraction));
    default:
      throw std::logic_error(node.name + ": has no accumulators");
  }
}

}  // namespace tridex::quant
