#include "explore/search/width_noise.h"

#include "quant/sensitivity.h"

namespace tridex::explore {

WidthNoise::WidthNoise(const std::vector<quant::Lowered>& steps) {
  if (steps.empty()) {
    return;
  }
  for (const quant::IntNode& node : steps[0].graph.nodes) {
    reference_[node.name] = {node.weight_bits, node.out.bits};
  }
  std::set<int> bits;
  for (const quant::Lowered& step : steps) {
    for (const int id : quant::sensitive_layers(step)) {
      const quant::IntNode& node = step.graph.node(id);
      const auto its = reference_.find(node.name);
      if (its == reference_.end()) {
        continue;
      }
      if (node.op == quant::IntOp::kConv && node.weight_bits != its->second.weights) {
        bits.insert({node.weight_bits, its->second.weights});
      }
      if (node.out.bits != its->second.output) {
        bits.insert({node.out.bits, its->second.output});
        only_weights_ = false;
      }
    }
  }
  bits_.assign(bits.begin(), bits.end());
}

void WidthNoise::measured(const std::vector<SensitivityLine>& lines) {
  for (const SensitivityLine& line : lines) {
    layers_.insert(line.layer);
    noises_[{line.layer, line.bits}] = line;
  }
}

std::optional<double> WidthNoise::of(const quant::IntegerGraph& network) const {
  if (reference_.empty()) {
    return std::nullopt;
  }
  double sum = 0;
  for (const quant::IntNode& node : network.nodes) {
    if (layers_.count(node.name) == 0) {
      continue;
    }
    const auto its = reference_.find(node.name);
    const auto add = [&](int bits, int reference, bool weights) {
      const auto found = noises_.find({node.name, bits});
      if (found != noises_.end()) {
        const auto& noise = weights ? found->second.weights : found->second.activations;
        sum += noise ? noise->relative : 0;
      }
      return found != noises_.end() || bits == reference;
    };
    if (its == reference_.end() ||
        (node.op == quant::IntOp::kConv && !add(node.weight_bits, its->second.weights, true)) ||
        (!only_weights_ && !add(node.out.bits, its->second.output, false))) {
      return std::nullopt;
    }
  }
  return sum;
}

}  // namespace tridex::explore
