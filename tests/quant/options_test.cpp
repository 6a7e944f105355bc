// Options of the numerics: the table of reciprocals, scales per head and per channel, windows of exponents.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/names.h"
#include "literal.h"
#include "quant/divide.h"
#include "quant/range.h"
#include "quant/requirements.h"
#include "random_networks.h"
#include "support/spread_scales.h"

using namespace tridex;
using namespace tridex::quant;

namespace {

double reciprocal_error(int64_t d, int table_bits) {
  const Reciprocal r = reciprocal_of(d, table_bits);
  return std::abs(std::ldexp(static_cast<double>(r.factor) * static_cast<double>(d), -17 - r.exponent) - 1);
}

models::Activation value_of(const IntegerGraph& graph, const std::string& name, const Codes& input) {
  models::Activation value;
  (void)IntegerExecutor(graph).run(input, [&](int id, const Codes& codes) {
    if (graph.node(id).name == name) {
      value = dequantize(codes, graph.node(id).out);
    }
  });
  return value;
}

/// How near tensor `name` of b is to that of a.
double sqnr_db(const IntegerGraph& a, const IntegerGraph& b, const std::string& name, const Codes& input) {
  const auto expected = value_of(a, name, input);
  const auto actual = value_of(b, name, input);
  double signal = 0;
  double noise = 0;
  for (size_t i = 0; i < expected.data.size(); ++i) {
    signal += std::pow(expected.data[i], 2);
    noise += std::pow(expected.data[i] - actual.data[i], 2);
  }
  return 10 * std::log10(signal / noise);
}

}  // namespace

TEST_CASE("a reciprocal from the table is as near as NUMERICS.md says", "[options]") {
  test::Random random(21);
  for (int bits = 4; bits <= 10; ++bits) {
    const double bound = std::ldexp(1.0, -bits - 1) + std::ldexp(1.0, -17);
    double worst = 0;
    for (int64_t d = 1; d <= 1 << 14; ++d) {
      worst = std::max(worst, reciprocal_error(d, bits));
    }
    for (int i = 0; i < 20000; ++i) {
      worst = std::max(worst, reciprocal_error(random.integer(1, (int64_t{1} << 31) - 1), bits));
    }
    INFO(bits << " bits");
    CHECK(worst <= bound);
    CHECK(worst > bound / 2);  // the bound says something
    CHECK(reciprocal_entry(bits, 0) < 1 << 17);
    CHECK(reciprocal_entry(bits, (1 << bits) - 1) >= 1 << 16);
  }
}

TEST_CASE("a quotient by the table is near the exact one", "[options]") {
  const models::Graph graph = test::tiny_network();
  Recipe recipe;
  recipe.weight_bits = recipe.activation_bits = recipe.attention_bits = 12;
  recipe.divisor = Divisor::kExact;
  const IntegerGraph exact = quantize_random(graph, recipe, 22);
  test::Random random(22);
  const Codes input = test::random_codes(exact.node(0), random);
  for (const int bits : {4, 6, 8}) {
    recipe.divisor = Divisor::kReciprocal;
    recipe.reciprocal_table_bits = bits;
    INFO(bits);
    CHECK(sqnr_db(exact, quantize_random(graph, recipe, 22), "a.div", input) > 6 * (bits + 1));
  }
  // Of codes as of accumulators.
  recipe.division_bits = 12;
  recipe.min_code = 1;
  recipe.divisor = Divisor::kUniform;
  const IntegerGraph uniform = quantize_random(graph, recipe, 22);
  for (const int bits : {4, 6, 8}) {
    recipe.divisor = Divisor::kReciprocal;
    recipe.reciprocal_table_bits = bits;
    INFO(bits);
    CHECK(sqnr_db(uniform, quantize_random(graph, recipe, 22), "a.div", input) > 6 * (bits + 1));
  }
}

TEST_CASE("scales per head and per channel stand for the same values", "[options]") {
  const models::Graph graph = test::tiny_network();
  for (const Divisor divisor :
       {Divisor::kLog2Code, Divisor::kLog2Paper, Divisor::kUniform, Divisor::kExact, Divisor::kReciprocal}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      INFO("divisor " << static_cast<int>(divisor) << ", seed " << seed);
      Recipe recipe;
      recipe.weight_bits = recipe.activation_bits = recipe.attention_bits = 12;
      recipe.divisor = divisor;
      // No value of the image is clamped, so that wider codes change nothing but the rounding.
      recipe.weight_range = recipe.activation_range = RangeMethod::kMinMax;
      recipe.bias_correction = false;
      const models::Weights weights = models::random_weights(graph, seed);
      test::Random random(seed);
      models::Activation image{graph.node(0).shape, {}};
      for (int64_t i = 0; i < image.shape.elements(); ++i) {
        image.data.push_back(random.normal());
      }
      const IntegerGraph plain = quantize(graph, weights, recipe, {image});
      const Lowered lowered = lower(graph, recipe);
      IntegerGraph spread = plain;
      test::spread_scales(spread, random);
      test::set_all_parameters(lowered, fold_batch_norms(graph, weights), recipe, spread);
      check(spread);
      CHECK(spread.node(spread.output).out == plain.node(plain.output).out);
      const Codes input = quantize_input(plain, image);
      const auto expected = test::run_literally(spread, input);
      (void)IntegerExecutor(spread).run(input, [&](int id, const Codes& output) {
        INFO(spread.node(id).name);
        REQUIRE(output.data == expected.at(id).data);
      });
      // A divisor near the border between two powers of two may fall on the other side.
      const bool rounds = divisor == Divisor::kLog2Code || divisor == Divisor::kLog2Paper;
      CHECK(sqnr_db(plain, spread, "fc2", input) > (rounds ? 15 : 35));
    }
  }
}

TEST_CASE("scales that a product cannot add up are refused", "[options]") {
  const models::Graph graph = test::tiny_network();
  IntegerGraph network = quantize_random(graph, {}, 3);
  for (IntNode& node : network.nodes) {
    if (node.name == "qkv") {
      node.out.scale.assign(24, node.out.scale[0]);
      node.out.scale[5] *= 2;  // of k
    }
  }
  CHECK_THROWS_WITH(check(network), Catch::Contains("a.kv") && Catch::Contains("equal inside a head"));
}

TEST_CASE("scales that a layer norm cannot bring together are refused", "[options]") {
  IntegerGraph network = quantize_random(test::tiny_network(), {}, 3);
  for (IntNode& node : network.nodes) {
    if (node.name == "fc1") {
      node.out.scale.assign(12, node.out.scale[0]);
      node.out.scale[5] /= 128;
      CHECK_NOTHROW(check(network));
      node.out.scale[5] *= 1.5;
    }
  }
  CHECK_THROWS_WITH(check(network), Catch::Contains("layer norm") && Catch::Contains("multiples"));
}

TEST_CASE("a concat has the scales of its inputs", "[options]") {
  IntegerGraph network = quantize_random(test::tiny_network(), {}, 3);
  for (IntNode& node : network.nodes) {
    if (node.name == "a.div") {
      node.out.scale[0] *= 2;
    }
  }
  CHECK_THROWS_WITH(check(network), Catch::Contains("concat") && Catch::Contains("one after the other"));
}

TEST_CASE("the window of exponents holds the divisors", "[options]") {
  IntNode node;
  set_exponent_window(node, 0.24, 1030);
  CHECK(node.y_min == -2);
  CHECK(node.y_max == 10);
}

TEST_CASE("weights with a zero point are signed weights of one bit more", "[options]") {
  const models::Graph graph = test::tiny_network();
  Recipe recipe;
  recipe.weight_bits = 4;
  recipe.role_weight_bits = {{"depthwise", 6}};
  recipe.weight_zero_point = true;
  const IntegerGraph network = quantize_random(graph, recipe, 31);
  const IntegerGraph shapes = shape_only(graph, recipe);
  for (const IntNode& node : network.nodes) {
    if (node.op != IntOp::kConv) {
      continue;
    }
    INFO(node.name);
    const int bits = node.role == Role::kDepthwise ? 6 : 4;
    CHECK(node.weight_bits == bits + 1);
    CHECK(shapes.node(node.id).weight_bits == bits + 1);
    const size_t taps = node.weights.size() / static_cast<size_t>(node.shape.c);
    for (size_t first = 0; first < node.weights.size(); first += taps) {
      const auto [low, high] =
          std::minmax_element(node.weights.begin() + static_cast<std::ptrdiff_t>(first),
                              node.weights.begin() + static_cast<std::ptrdiff_t>(first + taps));
      CHECK(*high - *low < 1 << bits);
    }
  }
  CHECK(requirements_of(network).weights.bits == 7);
  recipe.weight_bits = 16;
  CHECK_THROWS_WITH(shape_only(graph, recipe), Catch::Contains("17") && Catch::Contains("weight_zero_point"));
}

TEST_CASE("scales that are powers of two make requantization a shift", "[options]") {
  const models::Graph graph = test::tiny_network();
  for (const bool zero_point : {false, true}) {
    Recipe recipe;
    recipe.weight_zero_point = zero_point;
    CHECK(requirements_of(quantize_random(graph, recipe, 32)).requant_multiplier);
    CHECK(requirements_of(shape_only(graph, recipe)).requant_multiplier);
    recipe.power_of_two_scales = true;
    const IntegerGraph network = quantize_random(graph, recipe, 32);
    CHECK_FALSE(requirements_of(network).requant_multiplier);
    CHECK_FALSE(requirements_of(shape_only(graph, recipe)).requant_multiplier);
    for (const IntNode& node : network.nodes) {
      for (const double scale : node.out.scale) {
        INFO(node.name);
        CHECK((node.op == IntOp::kInput || power_of_two_above(scale) == scale));
      }
    }
  }
}

TEST_CASE("weight passes keep to the zero points and to powers of two", "[options]") {
  const models::Graph graph = test::tiny_network();
  const models::Weights weights = models::random_weights(graph, 34);
  test::Random random(34);
  std::vector<models::Activation> images(4, {graph.node(0).shape, {}});
  for (auto& image : images) {
    for (int64_t i = 0; i < image.shape.elements(); ++i) {
      image.data.push_back(random.normal());
    }
  }
  Recipe recipe;
  recipe.weight_bits = 4;
  recipe.compensation = recipe.hessian_scales = recipe.gptq = recipe.lattice = true;
  recipe.polish_sweeps = 5;
  for (const bool zero_point : {false, true}) {
    for (const bool power_of_two : {false, true}) {
      recipe.weight_zero_point = zero_point;
      recipe.power_of_two_scales = power_of_two;
      const IntegerGraph network = quantize(graph, weights, recipe, images);
      CHECK(requirements_of(network).requant_multiplier != power_of_two);
      for (const IntNode& node : network.nodes) {
        const size_t taps = node.weights.size() / static_cast<size_t>(node.shape.c);
        for (size_t first = 0; first < node.weights.size(); first += taps) {
          const auto begin = node.weights.begin() + static_cast<std::ptrdiff_t>(first);
          const auto [low, high] = std::minmax_element(begin, begin + static_cast<std::ptrdiff_t>(taps));
          INFO(node.name << ", zero point " << zero_point << ", power of two " << power_of_two);
          CHECK(std::max<int>(*high, 0) - std::min<int>(*low, 0) < 1 << recipe.weight_bits);
        }
      }
    }
  }
}

TEST_CASE("what a network needs of a machine, in words", "[options]") {
  Recipe recipe;
  recipe.residual_bits = 12;
  recipe.divisor = Divisor::kReciprocal;
  recipe.reciprocal_table_bits = 6;
  recipe.layers = {{"fc1", 5, 6, "r.yaml:1"}, {"qkv", 10, {}, "r.yaml:2"}};
  const auto text = join(in_words(requirements_of(quantize_random(test::tiny_network(), recipe, 33))), "\n");
  for (const char* words :
       {"weights of 10 bits (qkv)", "multipliers of 8 bits", "residual stream of 12 bits (stem.act)",
        "narrow copies", "by a multiplier", "per channel", "'reciprocal', a table of 64 entries",
        "additions of up to 3", "layer norm"}) {
    CHECK_THAT(text, Catch::Contains(words));
  }
}
