#include "quant/reconstruct/reconstruct.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <tuple>

#include "quant/fold.h"
#include "quant/integer_executor.h"
#include "quant/random_networks.h"

using namespace tridex;
using namespace tridex::quant;

namespace {

constexpr int kInputs = 3;
constexpr float kScale = 0.7F;

/// One pointwise convolution of three channels to one, whose inputs are correlated, so that rounding each
/// weight to the nearest code is not the best.
struct Tiny {
  explicit Tiny(uint64_t seed) : random(seed) {
    for (int id = 0; id < 2; ++id) {
      IntNode node;
      node.id = id;
      node.op = id == 0 ? IntOp::kInput : IntOp::kConv;
      node.inputs = id == 0 ? std::vector<int>{} : std::vector<int>{0};
      node.shape = {id == 0 ? kInputs : 1, 6, 6};
      node.out.bits = 32;
      graph.nodes.push_back(node);
    }
    graph.output = 1;
    for (int i = 0; i < kInputs; ++i) {
      wanted.push_back(static_cast<double>(random.integer(-400, 400)) / 100.0);
      codes.push_back(static_cast<int16_t>(std::nearbyint(wanted.back())));
    }
    targets.resize(4);
    for (auto& target : targets) {
      Patch<float> x;
      x.resize(kInputs, whole(graph.node(0).shape));
      target = {graph.node(1).shape, std::vector<float>(36)};
      for (size_t p = 0; p < 36; ++p) {
        const float common = random.normal();
        double y = 0;
        for (int i = 0; i < kInputs; ++i) {
          x.channel(i)[p] = common + 0.25F * random.normal();
          y += kScale * wanted[static_cast<size_t>(i)] * x.channel(i)[p];
        }
        target.data[p] = static_cast<float>(y);
      }
      samples.inputs.push_back({x});
      samples.targets.push_back({&target});
    }
    samples.outputs = {1};
  }

  [[nodiscard]] double error(const std::vector<int16_t>& of) const {
    double sum = 0;
    for (size_t image = 0; image < targets.size(); ++image) {
      for (size_t p = 0; p < 36; ++p) {
        double y = 0;
        for (int i = 0; i < kInputs; ++i) {
          y += kScale * of[static_cast<size_t>(i)] * samples.inputs[image][0].channel(i)[p];
        }
        sum += std::pow(y - targets[image].data[p], 2);
      }
    }
    return sum;
  }

  [[nodiscard]] double least_error() const {
    double least = std::numeric_limits<double>::infinity();
    for (int choice = 0; choice < 1 << kInputs; ++choice) {
      std::vector<int16_t> of;
      for (int i = 0; i < kInputs; ++i) {
        of.push_back(static_cast<int16_t>(std::floor(wanted[static_cast<size_t>(i)]) + (choice >> i & 1)));
      }
      least = std::min(least, error(of));
    }
    return least;
  }

  test::Random random;
  IntegerGraph graph;
  std::vector<double> wanted;
  std::vector<int16_t> codes;
  std::vector<models::Activation> targets;
  BlockSamples samples;
};

Recipe recipe_of(int weight_bits) {
  Recipe recipe;
  recipe.weight_bits = weight_bits;
  recipe.activation_bits = recipe.attention_bits = 16;
  recipe.divisor = Divisor::kExact;
  recipe.block_images = 4;
  return recipe;
}

}  // namespace

// Descent need not end at the best of all roundings, but with this few weights it mostly does.
TEST_CASE("the best rounding of a few weights is found", "[reconstruct]") {
  constexpr int kTrials = 40;
  Recipe recipe;
  recipe.reconstruction_steps = 500;
  recipe.reconstruction_rounding_weight = 0.1;
  int best = 0;
  int best_is_nearest = 0;
  for (uint64_t seed = 1; seed <= kTrials; ++seed) {
    INFO("seed " << seed);
    const Tiny tiny(seed);
    BlockNetwork<float> network(tiny.graph, 1, 1);
    std::vector<LearnedConv> convs;
    convs.push_back(
        {1,
         SoftRounding(tiny.wanted, tiny.codes, std::vector<int>(kInputs, -8), std::vector<int>(kInputs, 7)),
         std::vector<float>(kInputs, kScale),
         {0},
         {}});
    learn_rounding(network, convs, tiny.samples, recipe, 1, {});
    const double found = tiny.error(convs[0].rounding.hardened());
    const double least = tiny.least_error();
    best += found <= least * (1 + 1e-9) ? 1 : 0;
    best_is_nearest += tiny.error(tiny.codes) <= least * (1 + 1e-9) ? 1 : 0;
    CHECK(found <= tiny.error(tiny.codes) * (1 + 1e-9));
  }
  CHECK(best >= kTrials * 8 / 10);
  CHECK(best_is_nearest < kTrials * 8 / 10);
}

TEST_CASE("reconstruction brings a layer no farther from the float network", "[reconstruct]") {
  const models::Graph graph = test::tiny_network();
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    for (const bool corrected : {false, true}) {
      INFO("seed " << seed << ", bias correction " << corrected);
      const models::Weights weights = models::random_weights(graph, seed);
      const auto images = test::random_images(graph, 4, seed);
      Recipe recipe = recipe_of(3);
      recipe.bias_correction = corrected;
      const models::Graph folded = fold_batch_norms(graph);
      const models::Weights folded_weights = fold_batch_norms(graph, weights);
      // The first layer has the same inputs with and without. Its codes have 16 bits, so they are nearly the
      // values that the error is measured on.
      const auto error = [&](const IntegerGraph& network) {
        double sum = 0;
        for (const auto& image : images) {
          models::Activation wanted;
          std::ignore = models::FloatExecutor(folded, folded_weights)
                            .run(image, [&](int id, const models::Activation& y) {
                              if (folded.node(id).name == "stem.act") {
                                wanted = y;
                              }
                            });
          std::ignore =
              IntegerExecutor(network).run(quantize_input(network, image), [&](int id, const Codes& codes) {
                if (network.node(id).name == "stem.act") {
                  const models::Activation found = dequantize(codes, network.node(id).out);
                  for (size_t i = 0; i < found.data.size(); ++i) {
                    sum += std::pow(double{found.data[i]} - wanted.data[i], 2);
                  }
                }
              });
        }
        return sum;
      };
      const double without = error(quantize(graph, weights, recipe, images));
      recipe.reconstruction_steps = 100;
      const double with = error(quantize(graph, weights, recipe, images));
      CHECK(with <= without * 1.001);
    }
  }
}

TEST_CASE("a reconstructed network does not depend on the number of threads", "[reconstruct]") {
  const models::Graph graph = test::tiny_network();
  const models::Weights weights = models::random_weights(graph, 5);
  const auto images = test::random_images(graph, 5, 5);
  Recipe recipe = recipe_of(4);
  recipe.reconstruction_steps = 20;
  const IntegerGraph one = quantize(graph, weights, recipe, images, 1);
  CHECK(quantize(graph, weights, recipe, images, 3).hash() == one.hash());
  recipe.reconstruction_steps = 0;
  CHECK(quantize(graph, weights, recipe, images, 1).hash() != one.hash());
}
