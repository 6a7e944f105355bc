#include "quant/sensitivity.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "quant/fold.h"
#include "quant/weight_codes.h"
#include "support/zoo.h"

using namespace tridex;
using namespace tridex::quant;
using tridex::test::Zoo;

namespace {

models::Activation logits(const std::vector<float>& values) {
  return {{static_cast<int>(values.size()), 1, 1}, values};
}

struct Measured {
  Zoo zoo;
  Recipe recipe;
  std::vector<models::Activation> images;
  Lowered lowered;
  models::Weights folded;
  IntegerGraph base;

  explicit Measured(const Recipe& of) : recipe(of) {
    const auto data = zoo.scenes("calib");
    for (size_t i = 0; i < 2; ++i) {
      images.push_back(data->load(i).image);
    }
    lowered = lower(zoo.graph, recipe);
    folded = fold_batch_norms(zoo.graph, zoo.weights);
    base = quantize(zoo.graph, zoo.weights, recipe, images);
  }
  [[nodiscard]] SensitivityMeter meter(unsigned threads = 2) const {
    return {lowered, folded, base, recipe, images, threads};
  }
};

/// No scales per channel: the weights are rounded as they are.
Recipe plain() {
  Recipe recipe;
  recipe.migration = recipe.shift = recipe.residual_scales = recipe.bias_correction = false;
  return recipe;
}

}  // namespace

TEST_CASE("sensitivity: noise and KL of known logits") {
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const LogitNoise noise =
        logit_noise({logits({1, 2}), logits({1, 2})}, {logits({1, 2}), logits({1, broken})});
    CHECK(noise.relative == std::numeric_limits<double>::infinity());
    CHECK(noise.kl == std::numeric_limits<double>::infinity());
    CHECK(noise.sqnr_db() == -std::numeric_limits<double>::infinity());
  }
  const LogitNoise none = logit_noise({logits({1, 2})}, {logits({1, 2})});
  CHECK(none.relative == 0);
  CHECK(none.kl == Approx(0).margin(1e-12));
  CHECK(std::isinf(none.sqnr_db()));
  const LogitNoise some =
      logit_noise({logits({3, 4}), logits({0, 0})}, {logits({3, 4}), logits({0, std::log(3.0f)})});
  CHECK(some.relative == Approx(std::pow(std::log(3.0), 2) / 25));
  // (1/2, 1/2) against (1/4, 3/4), and the mean with an image that is equal.
  CHECK(some.kl == Approx(0.5 * (0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3))));
}

TEST_CASE("sensitivity: weights alone are what the whole float network makes of rounded weights") {
  const Measured m(plain());
  const SensitivityMeter meter = m.meter();
  const models::FloatExecutor floating(m.lowered.folded, m.folded);
  int checked = 0;
  for (const int id : sensitive_layers(m.lowered)) {
    const IntNode& node = m.lowered.graph.node(id);
    if (node.op != IntOp::kConv || id % 4 != 2) {  // not the stem: images have a scale per channel
      continue;
    }
    CAPTURE(node.name);
    std::vector<int> bits(m.lowered.folded.nodes.size(), 0);
    bits[static_cast<size_t>(m.lowered.units[static_cast<size_t>(id)].linear)] = 4;
    const models::Weights rounded = with_quantized_weights(m.lowered.folded, m.folded, m.recipe, bits);
    const models::FloatExecutor executor(m.lowered.folded, rounded);
    std::vector<models::Activation> wanted, made;
    for (const auto& image : m.images) {
      wanted.push_back(floating.run(image));
      made.push_back(executor.run(image));
    }
    const LayerSensitivity found = meter.measure(id, 4);
    REQUIRE(found.weights);
    // The input's scale is folded in and out again: rounding of floats.
    CHECK(found.weights->relative == Approx(logit_noise(wanted, made).relative).epsilon(0.02));
    ++checked;
  }
  CHECK(checked > 5);
}

TEST_CASE(
    "sensitivity: fewer bits are more noise; both are hardly less than either; threads change nothing") {
  const Measured m{Recipe()};
  const SensitivityMeter meter = m.meter(), alone = m.meter(1);
  double weights[2] = {}, activations[2] = {}, both = 0, outputs = 0;
  for (const int id : sensitive_layers(m.lowered)) {
    const LayerSensitivity four = meter.measure(id, 4), eight = meter.measure(id, 8);
    CHECK(four.layer == m.lowered.graph.node(id).name);
    activations[0] += four.activations.relative;
    activations[1] += eight.activations.relative;
    if (four.weights) {
      weights[0] += four.weights->relative;
      weights[1] += eight.weights->relative;
      both += four.both->relative;
      outputs += four.activations.relative;
    }
    if (id % 16 == 1) {
      CHECK(alone.measure(id, 4).activations.relative == four.activations.relative);
    }
  }
  CHECK(weights[0] > 20 * weights[1]);
  CHECK(activations[0] > 20 * activations[1]);
  CHECK(both > 0.5 * outputs);
  CHECK(both < 2 * (outputs + weights[0]));
}

TEST_CASE("sensitivity: a recipe's whole network, and what can be chosen") {
  const Measured m{Recipe()};
  Recipe narrow = m.recipe;
  narrow.weight_bits = 4;
  CHECK(measure_recipe(m.zoo.graph, m.zoo.weights, m.recipe, m.images, m.images).relative <
        measure_recipe(m.zoo.graph, m.zoo.weights, narrow, m.images, m.images).relative);
  for (const int id : sensitive_layers(m.lowered)) {
    CHECK(m.lowered.graph.node(id).op != IntOp::kInput);
    CHECK(m.lowered.graph.node(id).op != IntOp::kConcat);
  }
}
