#include "quant/mixed_precision.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "base/error.h"

namespace tridex::quant {

int64_t convolution_cost(const IntegerGraph& graph, const IntNode& conv, WidthCost kind, int weight_bits) {
  const int64_t inputs = graph.node(conv.inputs[0]).shape.c / conv.conv.groups;
  const int64_t weights = int64_t{conv.shape.c} * inputs * conv.conv.kernel_h * conv.conv.kernel_w;
  if (kind == WidthCost::kProducts) {
    return weights * conv.shape.pixels() * weight_bits * graph.node(conv.inputs[0]).out.bits;
  }
  return (weights * weight_bits + 7) / 8;
}

int64_t fixed_cost(const IntegerGraph& graph, WidthCost kind) {
  int64_t sum = 0;
  if (kind == WidthCost::kTraffic) {
    for (const IntNode& node : graph.nodes) {
      sum += node.shape.elements() * node.out.bytes();
      for (const int from : node.inputs) {
        sum += graph.node(from).shape.elements() * graph.node(from).out.bytes();
      }
    }
  }
  return sum;
}

int64_t network_cost(const IntegerGraph& graph, WidthCost kind, std::optional<int> weight_bits) {
  int64_t sum = fixed_cost(graph, kind);
  for (const IntNode& node : graph.nodes) {
    if (node.op == IntOp::kConv) {
      sum += convolution_cost(graph, node, kind, weight_bits.value_or(node.weight_bits));
    }
  }
  return sum;
}

std::vector<size_t> choose_widths(const std::vector<std::vector<WidthChoice>>& layers, int64_t budget,
                                  int64_t grid) {
  int64_t divisor = 0, least = 0;
  for (const auto& choices : layers) {
    if (choices.empty() || choices.size() > std::numeric_limits<uint8_t>::max()) {
      throw std::logic_error("choose_widths: a layer with no choice, or too many");
    }
    int64_t cheapest = choices[0].cost;
    for (const WidthChoice& choice : choices) {
      divisor = std::gcd(divisor, choice.cost);
      cheapest = std::min(cheapest, choice.cost);
    }
    least += cheapest;
  }
  if (least > budget) {
    fail("the budget of {} is too small: the narrowest widths take {}", budget, least);
  }
  divisor = std::max<int64_t>(divisor, 1);
  const auto units = [&](int64_t cost) {
    // Rounded up, so that what fits in units fits in bytes.
    return budget / divisor <= grid ? cost / divisor : (cost * grid + budget - 1) / budget;
  };
  const int64_t room = std::min(budget / divisor, grid);
  const auto width = static_cast<size_t>(room) + 1;
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<double> best(width, 0.0);
  std::vector<std::vector<uint8_t>> chosen;
  for (const auto& choices : layers) {
    std::vector<double> next(width, kNever);
    std::vector<uint8_t> how(width, 0);
    for (size_t k = 0; k < choices.size(); ++k) {
      const int64_t cost = units(choices[k].cost);
      for (int64_t c = cost; c <= room; ++c) {
        const double noise = best[static_cast<size_t>(c - cost)] + choices[k].noise;
        if (noise < next[static_cast<size_t>(c)]) {
          next[static_cast<size_t>(c)] = noise;
          how[static_cast<size_t>(c)] = static_cast<uint8_t>(k);
        }
      }
    }
    best = std::move(next);
    chosen.push_back(std::move(how));
  }
  // The fewest units with the least noise.
  auto at = static_cast<int64_t>(std::min_element(best.begin(), best.end()) - best.begin());
  if (best[static_cast<size_t>(at)] == kNever) {  // rounded up, not even the cheapest fit, but they do
    std::vector<size_t> cheapest;
    for (const auto& choices : layers) {
      const auto least_cost = std::min_element(choices.begin(), choices.end(),
                                               [](const auto& x, const auto& y) { return x.cost < y.cost; });
      cheapest.push_back(static_cast<size_t>(least_cost - choices.begin()));
    }
    return cheapest;
  }
  std::vector<size_t> result(layers.size());
  for (size_t i = layers.size(); i-- > 0;) {
    result[i] = chosen[i][static_cast<size_t>(at)];
    at -= units(layers[i][result[i]].cost);
  }
  return result;
}

}  // namespace tridex::quant
