#include "models/builder.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tridex::models;

namespace {

ConvAttributes conv(int kernel, int groups = 1) {
  ConvAttributes a;
  a.kernel_h = a.kernel_w = kernel;
  a.groups = groups;
  return a;
}

}  // namespace

TEST_CASE("builder: shapes, parameters and MACs of each operator") {
  GraphBuilder b("small");
  const int x = b.input({6, 5, 7});
  ConvAttributes a = conv(3, 2);
  a.stride = 2;
  a.pad_top = 1;
  a.pad_right = 2;
  a.bias = true;
  const int y = b.conv("conv", x, 12, a);
  CHECK(b.shape(y) == Shape{12, 2, 4});
  const int n = b.batch_norm("norm", y, 1e-5);
  const int q = b.head_slice("q", n, 2, 0);
  const int k = b.head_slice("k", n, 2, 1);
  const int v = b.head_slice("v", n, 2, 2);
  CHECK(b.shape(q) == Shape{4, 2, 4});
  const int kv = b.matmul_tokens("kv", k, v, 2);
  CHECK(b.shape(kv) == Shape{4, 1, 2});
  const int sum = b.token_sum("sum", k, 2);
  CHECK(b.shape(sum) == Shape{4, 1, 1});
  const int num = b.matmul_heads("num", q, kv, 2);
  const int den = b.matmul_heads("den", q, sum, 2);
  CHECK(b.shape(num) == Shape{4, 2, 4});
  CHECK(b.shape(den) == Shape{2, 2, 4});
  const int ratio = b.divide("ratio", num, den, 2, 1e-15);
  const int both = b.concat("both", {ratio, q});
  CHECK(b.shape(both) == Shape{8, 2, 4});
  const int big = b.resize("big", both, 3);
  CHECK(b.shape(big) == Shape{8, 6, 12});
  const int pooled = b.unary("pool", Op::kGlobalAvgPool, big);
  CHECK(b.shape(pooled) == Shape{8, 1, 1});
  const Graph graph = b.finish(b.layer_norm("ln", pooled, 1e-5));

  CHECK(graph.node(y).macs(graph.nodes) == 12 * 2 * 4 * 3 * 9);
  CHECK(graph.node(kv).macs(graph.nodes) == 2 * 2 * 2 * 8);  // heads x d x d x tokens
  CHECK(graph.node(sum).macs(graph.nodes) == 2 * 2 * 8);
  CHECK(graph.node(num).macs(graph.nodes) == 2 * 2 * 2 * 8);
  CHECK(graph.node(den).macs(graph.nodes) == 2 * 2 * 8);
  CHECK(graph.node(big).macs(graph.nodes) == 0);
  CHECK(graph.parameters(y)[0].dims == std::vector<int64_t>{12, 3, 3, 3});
  CHECK(graph.parameters(y)[1].name == "conv.bias");
  CHECK(graph.parameters(n).size() == 4);
  CHECK(graph.parameter_count() == 12 * 27 + 12 + 2 * 12 + 2 * 8);
  CHECK(graph.consumers()[static_cast<size_t>(k)] == std::vector<int>{kv, sum});
}

TEST_CASE("builder: refuses what does not fit, and names the node") {
  GraphBuilder b("small");
  const int x = b.input({6, 5, 7});
  const int y = b.conv("y", x, 4, conv(1));
  const auto refuses = [](const std::string& name, const auto& build) {
    try {
      build(name);
    } catch (const tridex::Error& error) {
      INFO(error.what());
      CHECK(std::string(error.what()).find(name) != std::string::npos);
      return;
    }
    FAIL(name << " was accepted");
  };
  refuses("twice", [&](const std::string& n) {
    b.unary(n, Op::kRelu, x);
    b.unary(n, Op::kRelu, x);
  });
  refuses("groups", [&](const std::string& n) { b.conv(n, x, 4, conv(1, 4)); });
  refuses("kernel", [&](const std::string& n) { b.conv(n, x, 4, conv(6)); });
  refuses("stride", [&](const std::string& n) {
    ConvAttributes a;
    a.stride = 0;
    b.conv(n, x, 4, a);
  });
  refuses("channels", [&](const std::string& n) { b.conv(n, x, 0, conv(1)); });
  refuses("add", [&](const std::string& n) { b.add(n, {x, y}); });
  refuses("one", [&](const std::string& n) { b.add(n, {x}); });
  refuses("heads", [&](const std::string& n) { b.head_slice(n, x, 4, 0); });
  refuses("part", [&](const std::string& n) { b.head_slice(n, x, 2, 3); });
  refuses("tokens", [&](const std::string& n) { b.matmul_tokens(n, x, y, 2); });
  refuses("sum", [&](const std::string& n) { b.token_sum(n, x, 4); });
  refuses("product", [&](const std::string& n) { b.matmul_heads(n, x, y, 2); });
  refuses("divide", [&](const std::string& n) { b.divide(n, x, y, 2, 1e-15); });
  refuses("concat", [&](const std::string& n) { b.concat(n, {}); });
  refuses("resize", [&](const std::string& n) { b.resize(n, x, 0); });
  refuses("second", [](const std::string& n) {
    GraphBuilder other(n);
    other.input({3, 8, 8});
    other.input({3, 8, 8});
  });
  CHECK_THROWS_AS(b.input({0, 8, 8}), tridex::Error);
  CHECK_THROWS_AS(b.unary("bad", Op::kAdd, x), std::logic_error);
  CHECK_THROWS_AS(b.unary("far", Op::kRelu, 999), std::logic_error);
}
