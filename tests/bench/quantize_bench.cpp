// Seconds that quantization takes: EfficientViT-B1 at 224 x 224 on 64 images, random weights, all processors.
//   quantize_bench [RECIPE [MODEL [IMAGES]]]        default efficientvit_b1_r224 64
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/random.h"
#include "models/builder.h"
#include "quant/quantize.h"

namespace {

using namespace tridex;

/// Blocks of random grey levels and noise on them, normalized.
models::Activation image_of(const models::Shape& shape, uint64_t seed) {
  constexpr int kBlock = 16;
  SplitMix random(seed);
  const auto unit = [&] { return static_cast<float>(random.unit()); };
  models::Activation image{shape, std::vector<float>(static_cast<size_t>(shape.elements()))};
  std::vector<float> levels(static_cast<size_t>(shape.w / kBlock + 1));
  for (int c = 0; c < shape.c; ++c) {
    for (int y = 0; y < shape.h; ++y) {
      if (y % kBlock == 0) {
        for (float& level : levels) {
          level = unit();
        }
      }
      for (int x = 0; x < shape.w; ++x) {
        const float value = 0.9f * levels[static_cast<size_t>(x / kBlock)] + 0.1f * unit();
        image.channel(c)[int64_t{y} * shape.w + x] = (value - 0.45f) / 0.22f;
      }
    }
  }
  return image;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string recipe_name = argc > 1 ? argv[1] : "default";
  const std::string model = argc > 2 ? argv[2] : "efficientvit_b1_r224";
  const int count = argc > 3 ? std::stoi(argv[3]) : 64;
  const auto file = std::string(TRIDEX_SOURCE_DIR) + "/configs/quant/" + recipe_name + ".yaml";
  quant::Recipe recipe = quant::read_recipe(Yaml::load(file));
  recipe.calibration_images = count;
  const models::Graph graph = models::build_network(model);
  const models::Weights weights = models::random_weights(graph, 1);
  std::vector<models::Activation> images;
  for (int i = 0; i < count; ++i) {
    images.push_back(image_of(graph.node(graph.input).shape, static_cast<uint64_t>(i)));
  }
  const auto start = std::chrono::steady_clock::now();
  const quant::IntegerGraph network = quant::quantize(graph, weights, recipe, images);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{} by {} on {} images: {:.1f} s ({} nodes)\n", model, recipe_name, count, took.count(),
             network.nodes.size());
  return 0;
}
