#include "arch/analytic/engine_bound.h"

#include <algorithm>

namespace tridex::arch {
namespace {

using quant::IntOp;

double dual(const std::vector<double>& weights, const std::vector<std::vector<double>>& times) {
  double sum = 0;
  for (const auto& layer : times) {
    double least = weights[0] * layer[0];
    for (size_t e = 1; e < layer.size(); ++e) {
      least = std::min(least, weights[e] * layer[e]);
    }
    sum += least;
  }
  return sum;
}

/// Splits what engines a and b have together the best way (the dual is concave).
void split(std::vector<double>& weights, size_t a, size_t b, const std::vector<std::vector<double>>& times) {
  const double together = weights[a] + weights[b];
  double low = 0;
  double high = together;
  const auto value = [&](double x) {
    weights[a] = x;
    weights[b] = together - x;
    return dual(weights, times);
  };
  for (int i = 0; i < 60; ++i) {
    const double third = (high - low) / 3;
    if (value(low + third) < value(high - third)) {
      low += third;
    } else {
      high -= third;
    }
  }
  value((low + high) / 2);
}

/// Output channels that a systolic array makes in one pass at most, of groups of `inputs` to `outputs`
/// channels: its columns, or those of the whole groups on its diagonal.
int channels_at_once(const Engine& array, int inputs, int outputs) {
  return outputs > array.lanes
             ? array.lanes
             : outputs * std::max(1, std::min(array.inputs / inputs, array.lanes / outputs));
}

}  // namespace

double engine_cycles_bound(const Engine& engine, int copies, const quant::IntegerGraph& graph,
                           const quant::IntNode& node) {
  const double lanes = static_cast<double>(int64_t{engine.lanes} * copies);
  switch (node.op) {
    case IntOp::kConv: {
      const double taps = static_cast<double>(int64_t{node.conv.kernel_h} * node.conv.kernel_w);
      const double outputs = static_cast<double>(node.shape.elements());
      if (node.depthwise() && engine.kind == EngineKind::kRmac) {
        return outputs * taps / (lanes * engine.inputs);
      }
      const int channels = graph.node(node.inputs[0]).shape.c / node.conv.groups;
      const int steps = (channels + engine.inputs - 1) / engine.inputs;
      if (engine.kind == EngineKind::kSystolic) {
        const int group = node.shape.c / node.conv.groups;
        return outputs * taps * steps / (int64_t{channels_at_once(engine, channels, group)} * copies);
      }
      return outputs * taps * steps / lanes;
    }
    case IntOp::kMatMulTokens:
    case IntOp::kMatMulHeads:
      return static_cast<double>(node.macs) / (lanes * engine.inputs);
    default:
      return 0;
  }
}

EngineBound bound_engines(const std::vector<Engine>& engines, const std::vector<std::vector<double>>& times) {
  std::vector<double> weights(engines.size(), 1.0 / static_cast<double>(engines.size()));
  for (int round = 0; round < (engines.size() > 2 ? 6 : 1); ++round) {
    for (size_t a = 0; a < engines.size(); ++a) {
      for (size_t b = a + 1; b < engines.size(); ++b) {
        split(weights, a, b, times);
      }
    }
  }
  EngineBound bound;
  for (const auto& layer : times) {
    double least = weights[0] * layer[0];
    for (size_t e = 1; e < engines.size(); ++e) {
      least = std::min(least, weights[e] * layer[e]);
    }
    std::string names;
    for (size_t e = 0; e < engines.size() && least > 0; ++e) {
      if (weights[e] * layer[e] <= least * 1.001) {
        names += (names.empty() ? "" : "+") + engines[e].name;
      }
    }
    bound.cycles += least;
    bound.share.push_back(least);
    bound.engines.push_back(names);
  }
  return bound;
}

}  // namespace tridex::arch
