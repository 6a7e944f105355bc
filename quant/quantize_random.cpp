#include "base/random.h"
#include "quant/calibrator.h"
#include "quant/fold.h"
#include "quant/input_quantizer.h"
#include "quant/quantize.h"

namespace tridex::quant {

namespace {

constexpr size_t kImages = 2;

/// Pixels of 8 bits, normalized as the network's input is.
models::Activation random_image(const IntegerGraph& graph, SplitMix& random) {
  const IntNode& input = graph.node(0);
  models::Activation image{input.shape, std::vector<float>(static_cast<size_t>(input.shape.elements()))};
  const int64_t pixels = input.shape.pixels();
  for (int c = 0; c < input.shape.c; ++c) {
    for (int64_t p = 0; p < pixels; ++p) {
      const auto code = static_cast<double>(random.next() >> 56);
      image.channel(c)[p] = static_cast<float>(input.out.scale_of(c) * (code - input.out.zero_of(c)));
    }
  }
  return image;
}

}  // namespace

IntegerGraph quantize_random(const models::Graph& graph, const Recipe& recipe, uint64_t seed) {
  Calibrator::Setup setup;
  setup.recipe = recipe;
  // No float network is run: every step but the powers of some activation passes is an IEEE operation in a fixed
  // order.
  setup.recipe.weight_range = setup.recipe.activation_range = RangeMethod::kMinMax;
  setup.recipe.bias_correction = false;
  setup.lowered = lower(graph, setup.recipe);
  setup.weights = fold_batch_norms(graph, models::random_weights(graph, seed));
  set_input_quantizer(setup.lowered.graph, setup.recipe, {});
  SplitMix random(seed);
  std::vector<models::Activation> images;
  for (size_t i = 0; i < kImages; ++i) {
    images.push_back(random_image(setup.lowered.graph, random));
  }
  IntegerGraph result = Calibrator(std::move(setup)).run(images);
  check(result);
  return result;
}

}  // namespace tridex::quant
