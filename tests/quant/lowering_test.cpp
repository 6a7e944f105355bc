#include "quant/lowering.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/error.h"
#include "models/builder.h"
#include "random_networks.h"

using namespace tridex;
using namespace tridex::quant;

namespace {

const IntNode& find(const IntegerGraph& graph, const std::string& name) {
  for (const IntNode& n : graph.nodes) {
    if (n.name == name) {
      return n;
    }
  }
  FAIL("no node " << name);
  throw std::logic_error(name);
}

bool has(const IntegerGraph& graph, const std::string& name) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [&](const IntNode& n) { return n.name == name; });
}

}  // namespace

TEST_CASE("every network lowers, with all of its MACs", "[lowering]") {
  for (const char* name :
       {"efficientvit_b0_r224", "efficientvit_b1_r224", "efficientvit_b2_r288", "efficientvit_b3_r224",
        "efficientvit_seg_b0_r352x480", "efficientvit_seg_b1_r512x512", "mobilenet_v2_r224"}) {
    const models::Graph graph = models::build_network(name);
    for (const Divisor divisor : {Divisor::kLog2Code, Divisor::kLog2Paper, Divisor::kUniform, Divisor::kExact,
                                  Divisor::kReciprocal}) {
      Recipe recipe;
      recipe.divisor = divisor;
      const IntegerGraph network = shape_only(graph, recipe);
      INFO(name);
      CHECK(network.macs() == graph.macs());
      CHECK_FALSE(network.has_weights);
      CHECK(network.node(network.output).out.is_signed);
      CHECK(network.node(network.output).out.bits == 16);
    }
  }
}

TEST_CASE("fusion: activations, shortcuts, views, concat", "[lowering]") {
  const Lowered lowered = lower(test::tiny_network(), {});
  const auto find = [&](const std::string& name) -> const IntNode& { return ::find(lowered.graph, name); };
  CHECK(find("stem.act").activation == Activation::kHardswish);
  const IntNode& mb = find("mb");
  CHECK(mb.op == IntOp::kConv);
  CHECK(mb.has_shortcut);
  CHECK(mb.role == Role::kPointwise2);
  CHECK(lowered.graph.node(mb.inputs[1]).name == "stem.act");
  CHECK(find("sum").op == IntOp::kAdd);
  CHECK(find("sum").inputs.size() == 3);
  const IntNode& kv = find("a.kv");
  CHECK(kv.operands == std::vector<Operand>{{1, true}, {2, false}});
  CHECK(lowered.graph.node(kv.inputs[0]).name == "qkv");
  CHECK(find("ln.act").op == IntOp::kLayerNorm);
  CHECK(find("ln.act").activation == Activation::kHardswish);
  CHECK(find("up").out.bits == 16);
  CHECK(find("a.div").out == find("concat").out);
}

TEST_CASE("widths, weakest first", "[lowering]") {
  const models::Graph graph = test::tiny_network();
  Recipe recipe;
  recipe.weight_bits = 5;
  recipe.role_weight_bits = {{"head", 6}, {"depthwise", 7}};
  recipe.first_weight_bits = 8;
  recipe.last_weight_bits = 9;
  recipe.activation_bits = 6;
  recipe.role_activation_bits = {{"depthwise", 5}, {"head", 4}};
  recipe.layers = {{"f*", {}, 11, "r.yaml:1"}, {"fc1", 10, 12, "r.yaml:2"}, {"*", 3, {}, "r.yaml:3"}};
  const auto weights = [&](const std::string& name) {
    return find(shape_only(graph, recipe), name).weight_bits;
  };
  const auto bits = [&](const std::string& name) { return find(shape_only(graph, recipe), name).out.bits; };
  CHECK(weights("fc1") == 3);  // the last entry wins
  recipe.layers.pop_back();
  CHECK(weights("fc1") == 10);
  CHECK(weights("fc2") == 9);
  CHECK(weights("stem.act") == 8);
  CHECK(weights("dw.act") == 7);
  CHECK(weights("qkv") == 5);
  CHECK(bits("fc1") == 12);
  CHECK(bits("fc2") == 11);
  CHECK(bits("dw.act") == 5);
  CHECK(bits("a.kv") == 8);
  CHECK(bits("qkv") == 6);
  recipe.layers.clear();
  CHECK(bits("fc2") == 16);
  CHECK(bits("fc1") == 4);
}

TEST_CASE("widths of dividends and divisors", "[lowering]") {
  const models::Graph graph = test::tiny_network();
  Recipe recipe;
  recipe.attention_bits = 7;
  struct Widths {
    int kv, num, den;
    bool operator==(const Widths&) const = default;
  };
  const auto widths = [&](Divisor divisor) {
    recipe.divisor = divisor;
    const IntegerGraph g = shape_only(graph, recipe);
    CHECK_FALSE((find(g, "a.den").out.is_signed && find(g, "a.den").out.bits < 32));
    return Widths{find(g, "a.kv").out.bits, find(g, "a.num").out.bits, find(g, "a.den").out.bits};
  };
  CHECK(widths(Divisor::kLog2Paper) == Widths{7, 7, 7});
  CHECK(widths(Divisor::kLog2Code) == Widths{7, 7, 32});
  CHECK(widths(Divisor::kUniform) == Widths{7, 7, 7});
  CHECK(widths(Divisor::kExact) == Widths{7, 32, 32});
  CHECK(widths(Divisor::kReciprocal) == Widths{7, 32, 32});
  recipe.division_bits = 9;
  CHECK(widths(Divisor::kLog2Paper) == Widths{7, 9, 9});
  CHECK(widths(Divisor::kLog2Code) == Widths{7, 9, 32});
  CHECK(widths(Divisor::kUniform) == Widths{7, 9, 9});
  CHECK(widths(Divisor::kExact) == Widths{7, 9, 9});
  CHECK(widths(Divisor::kReciprocal) == Widths{7, 9, 9});
  recipe.layers = {{"a.num", {}, 11, "r.yaml:1"}};
  CHECK(widths(Divisor::kReciprocal) == Widths{7, 11, 9});
}

TEST_CASE("a layer that no entry of a recipe can mean", "[lowering]") {
  const models::Graph graph = test::tiny_network();
  Recipe recipe;
  const auto lowered = [&](LayerWidths layer) {
    layer.where = "r.yaml:7";
    recipe.layers = {layer};
    return lower(graph, recipe);
  };
  CHECK_THROWS_WITH(lowered({"stem.axt", 8, {}, ""}), Catch::Contains("r.yaml:7") &&
                                                          Catch::Contains("stem.axt") &&
                                                          Catch::Contains("stem.act"));
  CHECK_THROWS_WITH(lowered({"pool", 8, {}, ""}),
                    Catch::Contains("r.yaml:7") && Catch::Contains("convolution"));
  CHECK_THROWS_WITH(lowered({"input", {}, 8, ""}), Catch::Contains("r.yaml:7") && Catch::Contains("input"));
  CHECK_THROWS_WITH(lowered({"a.div", {}, 9, ""}), Catch::Contains("concat"));
  recipe.divisor = Divisor::kExact;
  CHECK_THROWS_WITH(lowered({"?.num", {}, 9, ""}), Catch::Contains("accumulator"));
  CHECK_NOTHROW(lowered({"*", {}, 9, ""}));
}

TEST_CASE("a wide residual stream has narrow copies for the engines", "[lowering]") {
  const models::Graph graph = test::tiny_network();
  Recipe recipe;
  recipe.residual_bits = 12;
  recipe.layers = {{"mb.narrow", {}, 7, "r.yaml:1"}};
  const Lowered lowered = lower(graph, recipe);
  const IntegerGraph& g = lowered.graph;
  check(g);
  for (const char* name : {"stem.act", "mb"}) {
    INFO(name);
    const IntNode& wide = find(g, name);
    const IntNode& narrow = find(g, std::string(name) + ".narrow");
    CHECK(wide.out.bits == 12);
    CHECK(narrow.op == IntOp::kAdd);
    CHECK(narrow.out.bits == (wide.name == "mb" ? 7 : 8));
    CHECK(narrow.inputs == std::vector<int>{wide.id});
    CHECK(lowered.units[static_cast<size_t>(narrow.id)].value ==
          lowered.units[static_cast<size_t>(wide.id)].value);
  }
  // The convolution reads the copy, the shortcut the wide tensor; additions read wide tensors.
  CHECK(find(g, "pw1.act").inputs[0] == find(g, "stem.act.narrow").id);
  CHECK(find(g, "mb").inputs[1] == find(g, "stem.act").id);
  CHECK(find(g, "msa").inputs[1] == find(g, "mb").id);
  CHECK(find(g, "sum").inputs[1] == find(g, "msa").id);
  CHECK(find(g, "low.act").inputs[0] == find(g, "msa.narrow").id);
  CHECK(find(g, "pool").inputs[0] == find(g, "sum").id);
  CHECK_FALSE(has(g, "sum.narrow"));
  CHECK(g.macs() == graph.macs());

  recipe.layers.clear();
  recipe.wide_operands = true;
  const IntegerGraph direct = shape_only(graph, recipe);
  CHECK(find(direct, "pw1.act").inputs[0] == find(direct, "stem.act").id);
  CHECK(find(direct, "stem.act").out.bits == 12);
  CHECK_FALSE(has(direct, "stem.act.narrow"));
}

TEST_CASE("an activation that cannot be fused is refused by name", "[lowering]") {
  models::GraphBuilder b("odd");
  const int x = b.input({3, 4, 4});
  const int y = b.conv("conv", x, 3, {});
  const int z = b.unary("act", models::Op::kHardswish, b.add("add", {x, y}));
  CHECK_THROWS_WITH(lower(b.finish(z), {}), Catch::Contains("act"));
}
