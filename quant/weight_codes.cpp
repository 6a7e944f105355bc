#include "quant/weight_codes.h"

#include <algorithm>
#include <cmath>

#include "quant/range.h"

namespace tridex::quant {

namespace {

double channel_scale(std::span<const double> values, int bits, const RangeFinder& finder,
                     const Recipe& recipe) {
  return cover(finder.find(values, CodeKind::kSigned, bits, recipe), CodeKind::kSigned, bits).scale;
}

double to_code(double value, double scale, int bits) {
  const double half = std::ldexp(1.0, bits - 1);
  return std::clamp(std::nearbyint(value / scale), -half, half - 1);
}

}  // namespace

std::vector<double> set_weights(IntNode& node, std::span<const double> values,
                                std::span<const double> least_scale, const Recipe& recipe) {
  const auto finder = make_range_finder(recipe.weight_range);
  const size_t outputs = least_scale.size();
  const size_t taps = values.size() / outputs;
  std::vector<double> scales(outputs);
  node.weights.resize(values.size());
  for (size_t o = 0; o < outputs; ++o) {
    const auto row = values.subspan(o * taps, taps);
    scales[o] = std::max(channel_scale(row, node.weight_bits, *finder, recipe), least_scale[o]);
    for (size_t k = 0; k < taps; ++k) {
      node.weights[o * taps + k] = static_cast<int16_t>(to_code(row[k], scales[o], node.weight_bits));
    }
  }
  return scales;
}

models::Weights with_quantized_weights(const models::Graph& graph, const models::Weights& weights,
                                       const Recipe& recipe, const std::vector<int>& weight_bits) {
  models::Weights result = weights;
  const auto finder = make_range_finder(recipe.weight_range);
  for (const models::Node& n : graph.nodes) {
    const int bits = weight_bits[static_cast<size_t>(n.id)];
    if (n.op != models::Op::kConv || bits == 0) {
      continue;
    }
    std::vector<float>& data = result.at(n.name + ".weight").data;
    const size_t taps = data.size() / static_cast<size_t>(n.shape.c);
    for (size_t first = 0; first < data.size(); first += taps) {
      const std::vector<double> row(data.begin() + static_cast<std::ptrdiff_t>(first),
                                    data.begin() + static_cast<std::ptrdiff_t>(first + taps));
      const double scale = channel_scale(row, bits, *finder, recipe);
      for (size_t k = 0; k < taps; ++k) {
        data[first + k] = static_cast<float>(scale * to_code(row[k], scale, bits));
      }
    }
  }
  return result;
}

}  // namespace tridex::quant
