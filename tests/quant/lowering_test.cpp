#include "quant/lowering.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "models/builder.h"
#include "random_networks.h"

using namespace tridex;
using namespace tridex::quant;

TEST_CASE("every network lowers, with all of its MACs", "[lowering]") {
  for (const char* name :
       {"efficientvit_b0_r224", "efficientvit_b1_r224", "efficientvit_b2_r288", "efficientvit_b3_r224",
        "efficientvit_seg_b0_r352x480", "efficientvit_seg_b1_r512x512", "mobilenet_v2_r224"}) {
    const models::Graph graph = models::build_network(name);
    for (const Divisor divisor :
         {Divisor::kLog2Code, Divisor::kLog2Paper, Divisor::kUniform, Divisor::kExact}) {
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
  const auto find = [&](const std::string& name) -> const IntNode& {
    for (const IntNode& n : lowered.graph.nodes) {
      if (n.name == name) {
        return n;
      }
    }
    FAIL("no node " << name);
    throw std::logic_error(name);
  };
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

TEST_CASE("an activation that cannot be fused is refused by name", "[lowering]") {
  models::GraphBuilder b("odd");
  const int x = b.input({3, 4, 4});
  const int y = b.conv("conv", x, 3, {});
  const int z = b.unary("act", models::Op::kHardswish, b.add("add", {x, y}));
  CHECK_THROWS_WITH(lower(b.finish(z), {}), Catch::Contains("act"));
}
