#include "quant/integer_executor.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

#include "base/error.h"
#include "literal.h"
#include "models/builder.h"
#include "quant/isa.h"
#include "quant/node_kernel.h"
#include "quant/quantize.h"
#include "quant/tensor_kernel.h"
#include "random_networks.h"

using namespace tridex;
using namespace tridex::quant;
using tridex::test::Random;

namespace {

/// The output node's codes by the kernel that hands out accumulators, as the calibration uses it.
std::vector<int32_t> by_accumulators(const IntegerGraph& graph, const std::map<int, Codes>& codes) {
  const IntNode& node = graph.node(graph.output);
  const bool has_kernel = node.op != IntOp::kConcat && node.op != IntOp::kDivide;
  const auto kernel = has_kernel ? make_kernel(graph, node) : nullptr;
  std::vector<const Codes*> inputs;
  for (const int from : node.inputs) {
    inputs.push_back(&codes.at(from));
  }
  return run_node(graph, node, kernel.get(), inputs).data;
}

void check_all_sets(const IntegerGraph& network, uint64_t seed) {
  Random random(seed);
  const Codes input = test::random_codes(network.node(0), random);
  const auto expected = test::run_literally(network, input);
  for (const Isa isa : available_isas()) {
    const IntegerExecutor executor(network, isa);
    // The second run is in the memory of the first.
    for (int run = 0; run < 2; ++run) {
      (void)executor.run(input, [&](int id, const Codes& output) {
        INFO(isa_name(isa) << ", run " << run << ", seed " << seed << ", node " << network.node(id).name);
        REQUIRE(output.data == expected.at(id).data);
      });
    }
  }
}

}  // namespace

TEST_CASE("every operator equals the formulas of NUMERICS.md on random cases", "[executor]") {
  constexpr uint64_t kSeed = 20240501;
  constexpr int kCases = 160;
  for (int kind = 0; kind < test::kRandomKinds; ++kind) {
    int ran = 0;
    for (int i = 0; i < kCases; ++i) {
      const uint64_t seed = kSeed + static_cast<uint64_t>(kind) * 1000003 + static_cast<uint64_t>(i);
      Random random(seed);
      const IntegerGraph graph = test::random_operator(kind, random);
      try {
        check(graph);
      } catch (const Error&) {
        continue;  // breaks a bound: refused, as it must be
      }
      ++ran;
      const Codes input = test::random_codes(graph.node(0), random);
      const auto expected = test::run_literally(graph, input);
      INFO(test::random_kind_name(kind)
           << ", seed " << seed << ", output bits " << graph.node(graph.output).out.bits);
      for (const Isa isa : available_isas()) {
        INFO(isa_name(isa));
        const Codes output = IntegerExecutor(graph, isa).run(input);
        REQUIRE(output.shape == expected.at(graph.output).shape);
        REQUIRE(output.data == expected.at(graph.output).data);
      }
      REQUIRE(by_accumulators(graph, expected) == expected.at(graph.output).data);
    }
    INFO(test::random_kind_name(kind));
    CHECK(ran > kCases / 3);
  }
}

TEST_CASE("whole networks equal the formulas at every width", "[executor]") {
  const models::Graph graph = test::tiny_network();
  for (int bits = 2; bits <= 16; ++bits) {
    for (const Divisor divisor : {Divisor::kLog2Code, Divisor::kLog2Paper, Divisor::kUniform, Divisor::kExact,
                                  Divisor::kReciprocal}) {
      Recipe recipe;
      recipe.weight_bits = recipe.activation_bits = recipe.attention_bits = bits;
      recipe.divisor = divisor;
      recipe.symmetric = bits % 3 == 0;
      const IntegerGraph network = quantize_random(graph, recipe, static_cast<uint64_t>(bits));
      INFO(bits << " bits");
      check_all_sets(network, static_cast<uint64_t>(bits));
    }
  }
}

TEST_CASE("EfficientViT equals the formulas", "[executor]") {
  for (const int bits : {4, 8, 9}) {
    for (const char* name : {"efficientvit_b0_r64", "efficientvit_seg_b0_r32x64"}) {
      Recipe recipe;
      recipe.weight_bits = std::min(bits, 8);
      recipe.activation_bits = bits;
      INFO(name << ", " << bits << " bits");
      check_all_sets(quantize_random(models::build_network(name), recipe, 1), 1);
    }
  }
}

TEST_CASE("an 8-bit EfficientViT runs on the instruction set's kernels", "[executor]") {
  const IntegerGraph network = quantize_random(models::build_network("efficientvit_b0_r64"), {}, 1);
  for (const IntNode& node : network.nodes) {
    if (node.op != IntOp::kInput && node.op != IntOp::kLayerNorm) {
      INFO(node.name);
      CHECK(make_tensor_kernel(network, node, kernels_for(Isa::kPortable)) != nullptr);
    }
  }
}

TEST_CASE("TRIDEX_ISA names an instruction set of the machine", "[executor]") {
  const char* before = std::getenv("TRIDEX_ISA");
  const std::string saved = before == nullptr ? "" : before;
  for (const Isa isa : available_isas()) {
    setenv("TRIDEX_ISA", isa_name(isa), 1);
    CHECK(chosen_isa() == isa);
  }
  for (const char* wrong : {"avx3", "", "AVX2"}) {
    setenv("TRIDEX_ISA", wrong, 1);
    CHECK_THROWS_AS(chosen_isa(), Error);
    CHECK_THROWS_WITH(chosen_isa(), Catch::Contains("portable"));
  }
  unsetenv("TRIDEX_ISA");
  CHECK(chosen_isa() == available_isas().back());
  if (before != nullptr) {
    setenv("TRIDEX_ISA", saved.c_str(), 1);
  }
}

TEST_CASE("the border of a padded image is the zero point of its channel", "[executor]") {
  IntegerGraph graph;
  graph.has_weights = true;
  IntNode input;
  input.name = "input";
  input.shape = {2, 1, 1};
  input.out.zero = {7, -300};
  IntNode conv;
  conv.id = 1;
  conv.name = "conv";
  conv.op = IntOp::kConv;
  conv.inputs = {0};
  conv.shape = {2, 1, 1};
  conv.conv.kernel_h = conv.conv.kernel_w = 3;
  conv.conv.groups = 2;
  conv.conv.pad_top = conv.conv.pad_left = conv.conv.pad_bottom = conv.conv.pad_right = 1;
  conv.weights.assign(18, 1);
  conv.bias = {-9 * 7, -9 * -300};  // the folded zero points
  conv.out = {32, true, {1.0}, {0}};
  graph.nodes = {input, conv};
  graph.output = 1;
  check(graph);
  const Codes output = IntegerExecutor(graph).run({input.shape, {57, 100}});
  CHECK(output.data == std::vector<int32_t>{50, 400});
}

TEST_CASE("8-bit pixels are their own codes, also where 255 mean is a half", "[executor]") {
  for (const double mean : {0.5, 0.485}) {
    IntegerGraph graph;
    graph.model = "m";
    graph.has_weights = true;
    const double deviation = mean == 0.5 ? 0.5 : 0.229;
    IntNode input;
    input.shape = {1, 1, 256};
    input.out.scale = {1 / (255 * deviation)};
    input.out.zero = {static_cast<int32_t>(std::nearbyint(255 * mean))};
    graph.nodes = {input};
    graph.input_mean = {mean};
    graph.input_std = {deviation};
    models::Activation image{input.shape, {}};
    for (int p = 0; p < 256; ++p) {
      image.data.push_back((static_cast<float>(p) / 255.0f - static_cast<float>(mean)) /
                           static_cast<float>(deviation));
    }
    const Codes codes = quantize_input(graph, image);
    for (int p = 0; p < 256; ++p) {
      REQUIRE(codes.data[static_cast<size_t>(p)] == p);
    }
  }
}

TEST_CASE("a network without weights cannot be run", "[executor]") {
  const IntegerGraph graph = shape_only(test::tiny_network(), {});
  CHECK_THROWS_AS(IntegerExecutor(graph), Error);
}
