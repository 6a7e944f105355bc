#include "quant/reconstruct/backward.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "quant/lowering.h"
#include "quant/random_networks.h"

using namespace tridex;
using namespace tridex::quant;

namespace {

/// The tiny network without rounding anywhere, so that it has derivatives.
IntegerGraph smooth_network() {
  Recipe recipe;
  recipe.divisor = Divisor::kExact;
  IntegerGraph graph = lower(test::tiny_network(), recipe).graph;
  for (IntNode& node : graph.nodes) {
    node.out.bits = 32;
    node.out.scale = {1e-12};  // the code of a divisor
  }
  return graph;
}

int id_of(const IntegerGraph& graph, const std::string& name) {
  for (const IntNode& node : graph.nodes) {
    if (node.name == name) {
      return node.id;
    }
  }
  throw std::logic_error(name);
}

BlockNetwork<double> random_block(const IntegerGraph& graph, int first, int last, test::Random& random) {
  BlockNetwork<double> block(graph, first, last);
  for (int id = first; id <= last; ++id) {
    const IntNode& node = graph.node(id);
    RealParameters<double>& to = block.parameters(id);
    to.eps = node.op == IntOp::kDivide ? 1e-15 : 1e-5;
    if (node.op == IntOp::kConv) {
      const int taps =
          graph.node(node.inputs[0]).shape.c / node.conv.groups * node.conv.kernel_h * node.conv.kernel_w;
      to.weights.resize(static_cast<size_t>(node.shape.c * taps));
      std::generate(to.weights.begin(), to.weights.end(),
                    [&] { return 1.5 * random.normal() / std::sqrt(taps); });
    } else if (node.op == IntOp::kLayerNorm) {
      to.weights.resize(static_cast<size_t>(node.shape.c));
      std::generate(to.weights.begin(), to.weights.end(), [&] { return 1 + 0.3 * random.normal(); });
    }
    if (!to.weights.empty()) {
      to.bias.resize(static_cast<size_t>(node.shape.c));
      std::generate(to.bias.begin(), to.bias.end(), [&] { return 0.3 * random.normal(); });
    }
  }
  return block;
}

using Run = BlockNetwork<double>::Run;

/// The loss: the outputs' values times random numbers, summed.
struct Loss {
  std::vector<int> outputs;
  std::map<int, Patch<double>> factors;

  double operator()(const BlockNetwork<double>& block, Run& run) const {
    block.forward(run);
    double sum = 0;
    for (const int id : outputs) {
      const auto& real = run.nodes[block.index(id)].real.data;
      for (size_t i = 0; i < real.size(); ++i) {
        sum += real[i] * factors.at(id).data[i];
      }
    }
    return sum;
  }
};

Run random_run(const BlockNetwork<double>& block, const std::vector<int>& outputs, test::Random& random) {
  Run run;
  block.set_windows(outputs, whole(block.node(outputs[0]).shape), run);
  for (auto& input : run.inputs) {
    std::generate(input.data.begin(), input.data.end(), [&] { return random.normal(); });
  }
  return run;
}

void set_loss(const BlockNetwork<double>& block, const Loss& loss, Run& run) {
  for (const int id : loss.outputs) {
    run.nodes[block.index(id)].loss_gradient = loss.factors.at(id);
  }
}

void check_gradients(BlockNetwork<double>& block, const std::vector<int>& outputs, test::Random& random) {
  Run run = random_run(block, outputs, random);
  Loss loss{outputs, {}};
  for (const int id : outputs) {
    Patch<double>& factors = loss.factors[id];
    factors.resize(block.node(id).shape.c, whole(block.node(id).shape));
    std::generate(factors.data.begin(), factors.data.end(), [&] { return random.normal(); });
  }
  loss(block, run);
  set_loss(block, loss, run);
  block.backward(run);
  constexpr double kStep = 1e-6;
  for (int id = block.first(); id <= block.last(); ++id) {
    if (block.node(id).op != IntOp::kConv) {
      continue;
    }
    RealParameters<double>& p = block.parameters(id);
    const RealParameters<double>& g = run.gradients[block.index(id)];
    for (auto [values, gradient] : {std::pair(&p.weights, &g.weights), std::pair(&p.bias, &g.bias)}) {
      for (int trial = 0; trial < 12; ++trial) {
        const auto k = static_cast<size_t>(random.integer(0, static_cast<int64_t>(values->size()) - 1));
        const double value = (*values)[k];
        (*values)[k] = value + kStep;
        const double above = loss(block, run);
        (*values)[k] = value - kStep;
        const double below = loss(block, run);
        (*values)[k] = value;
        INFO(block.node(id).name << " " << k);
        CHECK((*gradient)[k] == Approx((above - below) / (2 * kStep)).epsilon(1e-4).margin(1e-4));
      }
    }
  }
}

}  // namespace

TEST_CASE("gradients of every operator are those of finite differences", "[reconstruct]") {
  const IntegerGraph graph = smooth_network();
  const int up = id_of(graph, "up");
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    INFO("seed " << seed);
    test::Random random(seed);
    BlockNetwork<double> front = random_block(graph, 1, up - 1, random);
    REQUIRE_FALSE(front.is_local());
    check_gradients(front, {up - 1, id_of(graph, "msa"), id_of(graph, "mb")}, random);
    BlockNetwork<double> back = random_block(graph, up + 1, graph.output, random);
    check_gradients(back, {graph.output}, random);
  }
}

TEST_CASE("a pool between convolutions has a gradient", "[reconstruct]") {
  IntegerGraph graph;
  const auto add = [&](IntOp op, std::vector<int> inputs, Shape shape) {
    IntNode node;
    node.id = static_cast<int>(graph.nodes.size());
    node.op = op;
    node.inputs = std::move(inputs);
    node.shape = shape;
    node.out.bits = 32;
    graph.nodes.push_back(node);
  };
  add(IntOp::kInput, {}, {3, 4, 5});
  add(IntOp::kConv, {0}, {4, 4, 5});
  add(IntOp::kAdd, {1, 1}, {4, 4, 5});
  add(IntOp::kGlobalAvgPool, {2}, {4, 1, 1});
  add(IntOp::kConv, {3}, {2, 1, 1});
  graph.output = 4;
  test::Random random(4);
  BlockNetwork<double> block = random_block(graph, 1, 4, random);
  check_gradients(block, {4}, random);
}

TEST_CASE("a window of a block is a part of the whole", "[reconstruct]") {
  const IntegerGraph graph = smooth_network();
  const int end = id_of(graph, "mb");
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    test::Random random(seed);
    BlockNetwork<double> block = random_block(graph, 1, end, random);
    REQUIRE(block.is_local());
    Run all = random_run(block, {end}, random);
    block.forward(all);
    const Shape shape = graph.node(end).shape;
    Window window = whole(shape);
    window.y = static_cast<int>(random.integer(0, shape.h - 1));
    window.x = static_cast<int>(random.integer(0, shape.w - 1));
    window.h = static_cast<int>(random.integer(1, shape.h - window.y));
    window.w = static_cast<int>(random.integer(1, shape.w - window.x));
    Run part;
    block.set_windows({end}, window, part);
    Patch<double>& input = part.inputs[0];
    const auto inside = [](const Window& w, int y, int x) {
      return y >= w.y && y < w.y + w.h && x >= w.x && x < w.x + w.w;
    };
    const auto each = [&](Patch<double>& small, const Patch<double>& large, const auto& work) {
      for (int c = 0; c < small.channels; ++c) {
        for (int y = 0; y < small.window.h; ++y) {
          for (int x = 0; x < small.window.w; ++x) {
            work(small.channel(c)[y * small.window.w + x],
                 large.channel(c)[(small.window.y + y) * large.window.w + small.window.x + x]);
          }
        }
      }
    };
    each(input, all.inputs[0], [](double& to, double from) { to = from; });
    block.forward(part);
    auto& found = part.nodes[block.index(end)];
    auto& wanted = all.nodes[block.index(end)];
    each(found.real, wanted.real, [](double a, double b) { CHECK(a == Approx(b).epsilon(1e-12)); });
    // A loss that looks at the window only.
    wanted.loss_gradient = wanted.real;
    found.loss_gradient = found.real;
    for (int c = 0; c < shape.c; ++c) {
      for (int y = 0; y < shape.h; ++y) {
        for (int x = 0; x < shape.w; ++x) {
          double& g = wanted.loss_gradient.channel(c)[y * shape.w + x];
          g = inside(window, y, x) ? g : 0;
        }
      }
    }
    block.backward(all);
    block.backward(part);
    for (size_t i = 0; i < all.gradients.size(); ++i) {
      for (size_t k = 0; k < all.gradients[i].weights.size(); ++k) {
        CHECK(part.gradients[i].weights[k] == Approx(all.gradients[i].weights[k]).epsilon(1e-9).margin(1e-9));
      }
    }
  }
}

TEST_CASE("tensors are rounded to their codes, gradients pass inside their range", "[reconstruct]") {
  IntegerGraph graph;
  for (int id = 0; id < 3; ++id) {
    IntNode node;
    node.id = id;
    node.op = id == 0 ? IntOp::kInput : IntOp::kConv;
    node.inputs = id == 0 ? std::vector<int>{} : std::vector<int>{id - 1};
    node.shape = {1, 1, 4};
    node.out.bits = 4;
    node.out.scale = {0.5};
    node.out.zero = {3};  // -1.5 to 6
    graph.nodes.push_back(node);
  }
  graph.output = 2;
  BlockNetwork<double> block(graph, 1, 2);
  block.parameters(1) = {{1}, {0}, 0};
  block.parameters(2) = {{2}, {0}, 0};
  Run run;
  block.set_windows({2}, whole(graph.node(2).shape), run);
  run.inputs[0].data = {0.3, -4, 5.9, 9};
  block.forward(run);
  CHECK(run.nodes[0].value.data == std::vector<double>{0.5, -1.5, 6, 6});
  CHECK(run.nodes[1].real.data == std::vector<double>{1, -3, 12, 12});
  run.nodes[1].loss_gradient = run.nodes[1].real;
  block.backward(run);
  // d loss / d weight of the second: the sum of g times its inputs; of the first: 2 g x where x has a code.
  CHECK(run.gradients[1].weights[0] == Approx(1 * 0.5 + 3 * 1.5 + 12 * 6 + 12 * 6));
  CHECK(run.gradients[0].weights[0] == Approx(2 * (1 * 0.3 + 12 * 5.9)));
}
