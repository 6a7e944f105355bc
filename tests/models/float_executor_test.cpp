#include "models/float_executor.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "models/builder.h"
#include "support/random.h"

using namespace tridex::models;
using tridex::test::Random;

namespace {

Activation random_activation(Random& random, Shape shape) {
  Activation a{shape, std::vector<float>(static_cast<size_t>(shape.elements()))};
  for (float& value : a.data) {
    value = random.real(-2, 2);
  }
  return a;
}

float at(const Activation& a, int c, int y, int x) {
  return y < 0 || y >= a.shape.h || x < 0 || x >= a.shape.w ? 0.0f : a.channel(c)[int64_t{y} * a.shape.w + x];
}

/// The definition, one output at a time.
Activation plain_conv(const Node& node, const Weights& weights, const Activation& x) {
  const ConvAttributes& a = node.conv;
  const int in_channels = x.shape.c / a.groups;
  const int out_channels = node.shape.c / a.groups;
  const std::vector<float>& w = weights.at(node.name + ".weight").data;
  Activation y{node.shape, {}};
  for (int o = 0; o < node.shape.c; ++o) {
    for (int oy = 0; oy < node.shape.h; ++oy) {
      for (int ox = 0; ox < node.shape.w; ++ox) {
        double sum = a.bias ? weights.at(node.name + ".bias").data[static_cast<size_t>(o)] : 0.0f;
        for (int c = 0; c < in_channels; ++c) {
          for (int ky = 0; ky < a.kernel_h; ++ky) {
            for (int kx = 0; kx < a.kernel_w; ++kx) {
              const auto tap =
                  static_cast<size_t>(((o * in_channels + c) * a.kernel_h + ky) * a.kernel_w + kx);
              sum += double{w[tap]} * at(x, o / out_channels * in_channels + c,
                                         oy * a.stride + ky - a.pad_top, ox * a.stride + kx - a.pad_left);
            }
          }
        }
        y.data.push_back(static_cast<float>(sum));
      }
    }
  }
  return y;
}

void check_close(const Activation& a, const Activation& b, float tolerance) {
  REQUIRE(a.shape == b.shape);
  REQUIRE(a.data.size() == b.data.size());
  float worst = 0;
  for (size_t i = 0; i < a.data.size(); ++i) {
    worst = std::max(worst, std::abs(a.data[i] - b.data[i]));
  }
  CHECK(worst <= tolerance);
}

/// Runs the network's last node alone.
Activation run_last(const Graph& graph, const Weights& weights,
                    const std::vector<const Activation*>& inputs) {
  return run_node(graph, weights, graph.output, inputs);
}

}  // namespace

TEST_CASE("float executor: convolutions of random shapes equal their definition") {
  Random random("float convolutions");
  for (int round = 0; round < 300; ++round) {
    ConvAttributes a;
    a.kernel_h = random.integer(1, 5);
    a.kernel_w = random.integer(1, 5);
    a.stride = random.integer(1, 3);
    a.pad_top = random.integer(0, 3);
    a.pad_left = random.integer(0, 3);
    a.pad_bottom = random.integer(0, 3);
    a.pad_right = random.integer(0, 3);
    a.bias = random.coin();
    a.groups = random.integer(1, 4);
    int in_channels = a.groups * random.integer(1, 6);
    int out_channels = a.groups * random.integer(1, 20);
    switch (random.integer(0, 3)) {
      case 0:  // depthwise
        out_channels = in_channels = a.groups = random.integer(1, 8);
        break;
      case 1:  // pointwise
        a.kernel_h = a.kernel_w = a.stride = 1;
        a.pad_top = a.pad_left = a.pad_bottom = a.pad_right = 0;
        break;
      case 2:  // the depthwise kernels of the networks
        out_channels = in_channels = a.groups = random.integer(1, 8);
        a.kernel_h = a.kernel_w = random.coin() ? 3 : 5;
        break;
      default:
        break;
    }
    const Shape shape{in_channels, random.integer(5, 19), random.integer(5, 37)};
    GraphBuilder b("conv");
    const Graph graph = b.finish(b.conv("conv", b.input(shape), out_channels, a));
    const Weights weights = random_weights(graph, static_cast<uint64_t>(round));
    const Activation x = random_activation(random, shape);
    CAPTURE(round, a.kernel_h, a.kernel_w, a.stride, a.groups, in_channels, out_channels, shape.h, shape.w);
    check_close(run_last(graph, weights, {&x}), plain_conv(graph.node(graph.output), weights, x), 1e-4f);
  }
}

TEST_CASE("float executor: elementwise operators, norms and pooling") {
  Random random("float elementwise");
  const Shape shape{3, 4, 5};
  const Activation x = random_activation(random, shape);
  const auto unary = [&](Op op) {
    GraphBuilder b("one");
    const Graph graph = b.finish(b.unary("op", op, b.input(shape)));
    return run_last(graph, {}, {&x});
  };
  const auto expect = [&](const Activation& got, auto definition) {
    for (size_t i = 0; i < x.data.size(); ++i) {
      CHECK(got.data[i] == Approx(definition(x.data[i])).margin(1e-6));
    }
  };
  expect(unary(Op::kHardswish), [](float v) { return v * std::clamp(v + 3, 0.0f, 6.0f) / 6; });
  expect(unary(Op::kRelu), [](float v) { return std::max(v, 0.0f); });
  expect(unary(Op::kRelu6), [](float v) { return std::clamp(v, 0.0f, 6.0f); });
  const Activation pooled = unary(Op::kGlobalAvgPool);
  CHECK(pooled.shape == Shape{3, 1, 1});
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    sum += x.channel(1)[i];
  }
  CHECK(pooled.data[1] == Approx(sum / 20).margin(1e-6));

  GraphBuilder bn("bn");
  const Graph bn_graph = bn.finish(bn.batch_norm("n", bn.input(shape), 1e-5));
  Weights weights = random_weights(bn_graph, 3);
  const Activation normed = run_last(bn_graph, weights, {&x});
  const double mean = weights["n.running_mean"].data[2];
  const double variance = weights["n.running_var"].data[2];
  CHECK(normed.channel(2)[7] ==
        Approx((x.channel(2)[7] - mean) / std::sqrt(variance + 1e-5) * weights["n.weight"].data[2] +
               weights["n.bias"].data[2])
            .margin(1e-5));

  GraphBuilder ln("ln");
  const Graph ln_graph = ln.finish(ln.layer_norm("n", ln.input(shape), 1e-5));
  weights = random_weights(ln_graph, 4);
  const Activation layered = run_last(ln_graph, weights, {&x});
  double centre = 0;
  double spread = 0;
  for (int c = 0; c < 3; ++c) {
    centre += x.channel(c)[6] / 3.0;
  }
  for (int c = 0; c < 3; ++c) {
    spread += std::pow(x.channel(c)[6] - centre, 2) / 3;
  }
  CHECK(layered.channel(1)[6] ==
        Approx((x.channel(1)[6] - centre) / std::sqrt(spread + 1e-5) * weights["n.weight"].data[1] +
               weights["n.bias"].data[1])
            .margin(1e-5));
}

TEST_CASE("float executor: linear attention equals its definition") {
  Random random("float attention");
  const int heads = 3;
  const int d = 4;
  const Shape shape{3 * heads * d, 5, 3};
  GraphBuilder b("attention");
  const int x = b.input(shape);
  const int q = b.unary("q+", Op::kRelu, b.head_slice("q", x, heads, 0));
  const int k = b.unary("k+", Op::kRelu, b.head_slice("k", x, heads, 1));
  const int v = b.head_slice("v", x, heads, 2);
  const int num = b.matmul_heads("num", q, b.matmul_tokens("kv", k, v, heads), heads);
  const int den = b.matmul_heads("den", q, b.token_sum("ks", k, heads), heads);
  const int out = b.divide("out", num, den, heads, 1e-15);
  const Graph graph = b.finish(b.concat("both", {out, q}));
  const Weights none;
  const Activation in = random_activation(random, shape);
  const Activation got = FloatExecutor(graph, none).run(in);
  REQUIRE(got.shape == Shape{2 * heads * d, 5, 3});
  const int tokens = 15;
  for (int g = 0; g < heads; ++g) {
    const auto part = [&](int p, int i, int n) {
      const float value = in.channel((3 * g + p) * d + i)[n];
      return p < 2 ? std::max(value, 0.0f) : value;
    };
    for (int n = 0; n < tokens; ++n) {
      // out[n] = sum over m of (q[n] . k[m]) v[m] / sum over m of q[n] . k[m]
      std::vector<double> above(static_cast<size_t>(d), 0.0);
      double below = 0;
      for (int m = 0; m < tokens; ++m) {
        double similarity = 0;
        for (int i = 0; i < d; ++i) {
          similarity += double{part(0, i, n)} * part(1, i, m);
        }
        below += similarity;
        for (int j = 0; j < d; ++j) {
          above[static_cast<size_t>(j)] += similarity * part(2, j, m);
        }
      }
      for (int j = 0; j < d; ++j) {
        CHECK(got.channel(g * d + j)[n] ==
              Approx(above[static_cast<size_t>(j)] / (below + 1e-15)).margin(1e-4));
        CHECK(got.channel(heads * d + g * d + j)[n] == part(0, j, n));
      }
    }
  }
}

TEST_CASE("float executor: bicubic resize") {
  const Shape shape{1, 3, 4};
  GraphBuilder b("resize");
  const Graph graph = b.finish(b.resize("up", b.input(shape), 2));
  Activation x{shape, std::vector<float>(12, 3.5f)};
  const Activation flat = run_last(graph, {}, {&x});
  for (const float value : flat.data) {
    CHECK(value == Approx(3.5f));
  }
  // Output 3 of a row looks at 1.25: cubic convolution weights for t = 0.25 and a = -0.75 are
  // -0.10546875, 0.87890625, 0.26171875 and -0.03515625.
  for (size_t i = 0; i < 12; ++i) {
    x.data[i] = i % 4 == 2 ? 1.0f : 0.0f;
  }
  CHECK(run_last(graph, {}, {&x}).data[3] == Approx(0.26171875f));
}

TEST_CASE("float executor: a whole run equals its nodes run one by one, and runs in parallel") {
  for (const char* name : {"efficientvit_b0_r64", "efficientvit_seg_b0_r64x96", "mobilenet_v2_r64"}) {
    CAPTURE(name);
    const Graph graph = build_network(name, {10});
    const Weights weights = random_weights(graph, 11);
    Random random(name);
    const Activation image = random_activation(random, graph.node(graph.input).shape);
    std::vector<Activation> outputs(graph.nodes.size());
    outputs[0] = image;
    for (const Node& node : graph.nodes) {
      std::vector<const Activation*> inputs;
      for (const int from : node.inputs) {
        inputs.push_back(&outputs[static_cast<size_t>(from)]);
      }
      if (node.op != Op::kInput) {
        outputs[static_cast<size_t>(node.id)] = run_node(graph, weights, node.id, inputs);
      }
    }
    const FloatExecutor executor(graph, weights);
    std::set<int> observed;
    bool equal = true;
    const Activation logits = executor.run(image, [&](int id, const Activation& output) {
      observed.insert(id);
      const Activation& wanted = outputs[static_cast<size_t>(id)];
      equal = equal && output.shape == wanted.shape && output.data == wanted.data;
    });
    CHECK(equal);
    CHECK(observed.size() == graph.nodes.size());
    CHECK(logits.data == outputs[static_cast<size_t>(graph.output)].data);

    std::vector<Activation> parallel(4);
    tridex::parallel_for(4, 2, [&](size_t i) { parallel[i] = executor.run(image); });
    for (const Activation& one : parallel) {
      CHECK(one.data == logits.data);
    }
  }
}

TEST_CASE("float executor: one value read twice by a node, and an output that others read") {
  GraphBuilder b("twice");
  const int x = b.input({2, 3, 3});
  const int y = b.unary("y", Op::kRelu, x);
  const int sum = b.add("sum", {y, y});
  const int last = b.unary("last", Op::kRelu6, sum);
  const Graph graph = b.finish(sum);  // not the last node
  CHECK(last > sum);
  const Weights none;
  const Activation logits = FloatExecutor(graph, none).run({{2, 3, 3}, std::vector<float>(18, 5.0f)});
  CHECK(logits.data == std::vector<float>(18, 10.0f));
}

TEST_CASE("float executor: wrong weights and wrong images") {
  const Graph graph = build_network("efficientvit_b0_r64");
  Weights weights = random_weights(graph, 1);
  const FloatExecutor executor(graph, weights);
  CHECK_THROWS_WITH(executor.run({{3, 32, 64}, std::vector<float>(3 * 32 * 64)}), Catch::Contains("3x64x64"));
  CHECK_THROWS_AS(executor.run({{3, 64, 64}, {}}), tridex::Error);
  const Weights none;
  CHECK_THROWS_WITH(FloatExecutor(graph, none),
                    Catch::Contains("lack 'backbone.input_stem.op_list.0.conv.weight'"));
  weights["head.op_list.3.linear.bias"].dims = {7};
  CHECK_THROWS_WITH(FloatExecutor(graph, weights), Catch::Contains("head.op_list.3.linear.bias"));
  CHECK_THROWS_AS(run_node(graph, weights, 1, {}), std::logic_error);
}
