#include "quant/weight_codes.h"

#include <algorithm>
#include <cmath>

#include "quant/range.h"

namespace tridex::quant {

namespace {

double code_of(double value, const ChannelCodes& codes) {
  return std::clamp(std::nearbyint(value / codes.scale), static_cast<double>(codes.low),
                    static_cast<double>(codes.high));
}

/// `input_scale` is what an accumulator's scale has beside that of the weights.
ChannelCodes channel_codes(std::span<const double> values, int bits, double least_scale, double input_scale,
                           const RangeFinder& finder, const Recipe& recipe) {
  const CodeKind kind = recipe.weight_zero_point ? CodeKind::kAffine : CodeKind::kSigned;
  const int code_bits = recipe.weight_zero_point ? bits - 1 : bits;
  Range range = finder.find(values, kind, code_bits, recipe);
  if (recipe.weight_zero_point) {
    range = {std::min(range.low, 0.0), std::max(range.high, 0.0)};  // the zero point is a code
  }
  double scale = std::max(cover(range, kind, code_bits).scale, least_scale);
  if (recipe.power_of_two_scales) {
    scale = power_of_two_above(scale * input_scale) / input_scale;
  }
  const int last = (1 << code_bits) - 1;
  const int low = recipe.weight_zero_point
                      ? -static_cast<int>(std::clamp(std::nearbyint(-range.low / scale), 0.0, 1.0 * last))
                      : -(1 << (bits - 1));
  return {scale, low, low + last};
}

}  // namespace

std::vector<ChannelCodes> set_weights(IntNode& node, std::span<const double> values,
                                      std::span<const double> least_scale,
                                      std::span<const double> input_scale, const Recipe& recipe) {
  const auto finder = make_range_finder(recipe.weight_range);
  const size_t outputs = least_scale.size();
  const size_t taps = values.size() / outputs;
  std::vector<ChannelCodes> channels;
  node.weights.resize(values.size());
  for (size_t o = 0; o < outputs; ++o) {
    const auto row = values.subspan(o * taps, taps);
    channels.push_back(channel_codes(row, node.weight_bits, least_scale[o], input_scale[o], *finder, recipe));
    for (size_t k = 0; k < taps; ++k) {
      node.weights[o * taps + k] = static_cast<int16_t>(code_of(row[k], channels[o]));
    }
  }
  return channels;
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
      const ChannelCodes codes = channel_codes(row, bits, 0, 1, *finder, recipe);
      for (size_t k = 0; k < taps; ++k) {
        data[first + k] = static_cast<float>(codes.scale * code_of(row[k], codes));
      }
    }
  }
  return result;
}

}  // namespace tridex::quant
