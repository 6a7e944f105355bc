#include "quant/input_quantizer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quant/range.h"

namespace tridex::quant {

namespace {

constexpr double kPixelLevels = 255;

/// MobileNetV2 (TensorFlow) reads x / 127.5 - 1, all others here ImageNet's normalization.
std::pair<std::vector<double>, std::vector<double>> family_normalization(const std::string& model) {
  if (model.rfind("mobilenet_v2", 0) == 0) {
    return {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
  }
  return {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
}

}  // namespace

void set_input_quantizer(IntegerGraph& graph, const Recipe& recipe,
                         const std::vector<models::Activation>& images) {
  IntNode& input = graph.nodes[0];
  const auto channels = static_cast<size_t>(input.shape.c);
  auto [mean, std] = family_normalization(graph.model);
  if (!recipe.input_mean.empty()) {
    mean = recipe.input_mean;
    std = recipe.input_std;
  }
  if (mean.size() != channels || std.size() != channels) {
    if (!recipe.input_mean.empty()) {
      fail("recipe {}: input_mean and input_std must have one number for each of the {} channels of {}",
           recipe.name, channels, graph.model);
    }
    Range range;
    for (const models::Activation& image : images) {
      for (const float value : image.data) {
        range = {std::min(range.low, double{value}), std::max(range.high, double{value})};
      }
    }
    const CodeScale code = cover(range, CodeKind::kAffine, input.out.bits);
    input.out.scale = {code.scale};
    input.out.zero = {code.zero};
    return;
  }
  graph.input_mean = mean;
  graph.input_std = std;
  input.out.scale.clear();
  input.out.zero.clear();
  for (size_t c = 0; c < channels; ++c) {
    input.out.scale.push_back(1 / (kPixelLevels * std[c]));
    input.out.zero.push_back(static_cast<int32_t>(std::nearbyint(kPixelLevels * mean[c])));
  }
}

}  // namespace tridex::quant
