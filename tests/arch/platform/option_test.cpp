// Every option of the numerics, on random small networks: the integer reference, the formulas taken literally
// and the modelled machine give the same codes on every layer.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "base/error.h"
#include "quant/literal.h"
#include "quant/random_networks.h"
#include "quant/residual_stream.h"
#include "support/disagreement.h"
#include "support/same_conv.h"
#include "support/spread_scales.h"

using namespace tridex;
using namespace tridex::test;

namespace {

constexpr int kCases = 60;

/// Blocks of a stem, MBConvs and attentions, with and without shortcuts, and the heads of a classifier or of
/// a segmentation network. Concatenated parts begin at multiples of 8 channels, as the machine wants them.
models::Graph random_network(Random& r) {
  using models::Op;
  using models::Role;
  const auto small = [&](int low, int high) { return static_cast<int>(r.integer(low, high)); };
  models::GraphBuilder b("random");
  const auto spatial = [&](int kernel, int stride, int groups) {
    return same_conv(kernel, stride, groups, true);
  };
  const Op activations[] = {Op::kHardswish, Op::kRelu6, Op::kRelu};
  const auto activated = [&](const std::string& name, int x) {
    return b.unary(name + ".act", activations[small(0, 2)], x);
  };
  const int heads = small(1, 3);
  const int width = 8 * heads;
  int x = b.input({3, 2 * small(4, 7), 2 * small(4, 7)});
  x = activated("stem", b.conv("stem", x, width, spatial(3, 2, 1), Role::kStem));
  for (int block = 0; block < 2; ++block) {
    const std::string name = "block" + std::to_string(block);
    if (r.coin()) {
      const int wide = width * small(1, 2);
      int y = activated(name + ".pw1", b.conv(name + ".pw1", x, wide, spatial(1, 1, 1), Role::kPointwise1));
      y = activated(name + ".dw", b.conv(name + ".dw", y, wide, spatial(3, 1, wide), Role::kDepthwise));
      y = b.conv(name + ".pw2", y, width, spatial(1, 1, 1), Role::kPointwise2);
      x = r.coin() ? b.add(name + ".add", {y, x}) : y;
      continue;
    }
    const int qkv = b.conv(name + ".qkv", x, 3 * width, spatial(1, 1, 1), Role::kQkv);
    std::vector<int> scales = {qkv};
    if (r.coin()) {
      const int deep =
          b.conv(name + ".deep", qkv, 3 * width, spatial(3, 1, 3 * width), Role::kAggregateDepthwise);
      scales.push_back(
          b.conv(name + ".mix", deep, 3 * width, spatial(1, 1, 3 * heads), Role::kAggregatePointwise));
    }
    std::vector<int> parts;
    for (const int from : scales) {
      const std::string part = name + "." + std::to_string(from);
      const int q = b.unary(part + ".q", Op::kRelu, b.head_slice(part + ".q_", from, heads, 0));
      const int k = b.unary(part + ".k", Op::kRelu, b.head_slice(part + ".k_", from, heads, 1));
      const int v = b.head_slice(part + ".v", from, heads, 2);
      const int num = b.matmul_heads(part + ".num", q, b.matmul_tokens(part + ".kv", k, v, heads), heads);
      const int den = b.matmul_heads(part + ".den", q, b.token_sum(part + ".sum", k, heads), heads);
      parts.push_back(b.divide(part + ".div", num, den, heads, 1e-15));
    }
    const int joined = parts.size() == 1 ? parts[0] : b.concat(name + ".concat", parts);
    const int y = b.conv(name + ".proj", joined, width, spatial(1, 1, 1), Role::kProjection);
    x = b.add(name + ".add", {y, x});
  }
  if (r.coin()) {
    const int low = b.conv("low", x, width, spatial(3, 1, width));
    x = b.add("sum", {b.resize("up", low, 2), b.resize("up2", x, 2)});
  }
  x = b.unary("pool", Op::kGlobalAvgPool, x);
  x = b.conv("fc1", x, 12, spatial(1, 1, 1), Role::kHead);
  if (r.coin()) {
    x = b.unary("ln.act", Op::kHardswish, b.layer_norm("ln", x, 1e-5));
  }
  return b.finish(b.conv("fc2", x, 5, spatial(1, 1, 1), Role::kHead));
}

quant::Recipe random_recipe(const models::Graph& graph, Random& r) {
  using namespace quant;
  const auto bits = [&](int low, int high) { return static_cast<int>(r.integer(low, high)); };
  const auto maybe = [&](int low, int high) {
    return r.coin() ? std::optional(bits(low, high)) : std::nullopt;
  };
  Recipe recipe;
  recipe.weight_bits = bits(2, 10);
  recipe.activation_bits = bits(3, 10);
  recipe.attention_bits = bits(3, 10);
  recipe.division_bits = maybe(3, 12);
  recipe.logit_bits = bits(8, 16);
  recipe.resize_bits = bits(4, 16);
  recipe.residual_bits = maybe(2, 16);
  recipe.first_weight_bits = maybe(2, 10);
  recipe.last_weight_bits = maybe(2, 10);
  recipe.wide_operands = bits(0, 3) == 0;
  if (r.coin()) {
    recipe.role_weight_bits["depthwise"] = bits(2, 10);
    recipe.role_activation_bits["pointwise1"] = bits(2, 10);
  }
  recipe.symmetric = bits(0, 3) == 0;
  recipe.weight_zero_point = !recipe.symmetric && r.coin();
  recipe.power_of_two_scales = bits(0, 2) == 0;
  recipe.migration = r.coin();
  recipe.shift = r.coin();
  recipe.residual_scales = r.coin();
  recipe.depthwise_scales = r.coin();
  recipe.norm_scales = r.coin();
  recipe.pointwise_migration = r.coin() ? Recipe::kSearchExponent : static_cast<double>(bits(0, 2)) / 2;
  recipe.headroom = r.coin();
  recipe.channel_clipping = !recipe.headroom && r.coin();
  recipe.head_scales = r.coin();
  recipe.divisor = static_cast<Divisor>(bits(0, 4));
  recipe.reciprocal_table_bits = bits(4, 10);
  recipe.min_code = bits(0, 2);
  const IntegerGraph plain = shape_only(graph, recipe);
  for (int i = bits(0, 3); i > 0; --i) {
    const IntNode& node = plain.node(bits(1, static_cast<int>(plain.nodes.size()) - 1));
    LayerWidths layer{node.name, {}, {}, "random:1"};
    if (node.op == IntOp::kConv) {
      layer.weight_bits = bits(2, 12);
    }
    const auto readers = plain.consumers()[static_cast<size_t>(node.id)];
    const bool joined = std::any_of(readers.begin(), readers.end(),
                                    [&](int id) { return plain.node(id).op == IntOp::kConcat; });
    if (node.out.bits != 32 && !joined) {
      layer.activation_bits = bits(3, 12);
    }
    if (is_cast(node)) {  // it is there as long as no other entry narrows the wide tensor
      recipe.layers = {layer};
      break;
    }
    if (layer.weight_bits || layer.activation_bits) {
      recipe.layers.push_back(layer);
    }
  }
  return recipe;
}

quant::IntegerGraph random_integers(const models::Graph& graph, const quant::Recipe& recipe, uint64_t seed,
                                    Random& r) {
  quant::IntegerGraph network = quant::quantize_random(graph, recipe, seed);
  // Parameters made anew do not keep the scales' powers of two.
  if (!recipe.power_of_two_scales && r.coin()) {
    const quant::Lowered lowered = quant::lower(graph, recipe);
    const auto weights = quant::fold_batch_norms(graph, models::random_weights(graph, seed));
    spread_scales(network, r);
    set_all_parameters(lowered, weights, recipe, network);
  }
  for (quant::IntNode& node : network.nodes) {
    if (node.op == quant::IntOp::kDivide && r.coin()) {
      const double smallest = 1e-2 * static_cast<double>(r.integer(1, 1000));
      set_exponent_window(node, smallest, smallest * static_cast<double>(r.integer(1, 100000)));
    }
  }
  check(network);
  return network;
}

std::string literal_disagreement(const Prepared& prepared) {
  const auto expected = run_literally(prepared.graph, prepared.input);
  for (const auto& [id, codes] : expected) {
    if (codes.data != prepared.reference[static_cast<size_t>(id)].data) {
      return "the formulas give something else for " + prepared.graph.node(id).name;
    }
  }
  return "";
}

}  // namespace

TEST_CASE("options: reference, formulas and machine agree on random networks and recipes") {
  const char* given = std::getenv("TRIDEX_SEED");
  const uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("options: TRIDEX_SEED=%llu\n", static_cast<unsigned long long>(first));
  const arch::DesignPoint design =
      arch::read_design(arch::find_config("trio_vit_zcu102", "designs"),
                        {"capabilities.max_weight_bits=16", "capabilities.max_activation_bits=16",
                         "capabilities.divisors=[log2_paper, log2_code, uniform, exact, reciprocal]",
                         "capabilities.reciprocal_table_bits=10"});
  arch::DesignPoint shifting = design;
  shifting.can.requant_multiplier = false;
  int without_numbers = 0;
  for (int i = 0; i < (given != nullptr ? 1 : kCases); ++i) {
    const uint64_t seed = first + static_cast<uint64_t>(i);
    Random r(seed);
    const models::Graph graph = random_network(r);
    const quant::Recipe recipe = random_recipe(graph, r);
    INFO("TRIDEX_SEED=" << seed);
    quant::IntegerGraph network;
    try {
      network = random_integers(graph, recipe, seed, r);
    } catch (const tridex::Error& error) {
      // Values of some networks grow from division to division beyond any number.
      INFO(error.what());
      REQUIRE(std::string(error.what()).find("a scale must be a positive number") != std::string::npos);
      REQUIRE(++without_numbers <= 1);
      continue;
    }
    const Prepared prepared = prepare(network, random_codes(network.node(0), r));
    REQUIRE(literal_disagreement(prepared) == "");
    REQUIRE(disagreement(recipe.power_of_two_scales ? shifting : design, prepared) == "");
  }
}
