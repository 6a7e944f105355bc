#include "quant/mixed_precision.h"

#include <catch2/catch.hpp>
#include <limits>

#include "base/error.h"
#include "models/builder.h"
#include "quant/quantize.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::quant;
using Catch::Matchers::Contains;

namespace {

using Layers = std::vector<std::vector<WidthChoice>>;

Layers random_layers(test::Random& random, int largest_cost) {
  Layers layers(static_cast<size_t>(random.integer(1, 6)));
  for (auto& choices : layers) {
    const int64_t weights = random.integer(1, largest_cost);
    double noise = static_cast<double>(random.integer(1, 1000));
    for (const int bits : {4, 6, 8}) {
      choices.push_back({bits, weights * bits, noise});
      noise /= static_cast<double>(random.integer(1, 9));
    }
  }
  return layers;
}

struct Sum {
  int64_t cost = 0;
  double noise = 0;
};
Sum sum_of(const Layers& layers, const std::vector<size_t>& chosen) {
  Sum sum;
  for (size_t i = 0; i < layers.size(); ++i) {
    sum.cost += layers[i][chosen[i]].cost;
    sum.noise += layers[i][chosen[i]].noise;
  }
  return sum;
}

/// Least noise of all combinations that fit; infinity where none does.
double brute_force(const Layers& layers, int64_t budget) {
  double best = std::numeric_limits<double>::infinity();
  std::vector<size_t> chosen(layers.size(), 0);
  for (;;) {
    const Sum sum = sum_of(layers, chosen);
    if (sum.cost <= budget) {
      best = std::min(best, sum.noise);
    }
    size_t i = 0;
    while (i < chosen.size() && ++chosen[i] == layers[i].size()) {
      chosen[i++] = 0;
    }
    if (i == chosen.size()) {
      return best;
    }
  }
}

}  // namespace

TEST_CASE("mixed precision: as good as the best of all combinations") {
  test::Random random("mixed precision");
  for (int trial = 0; trial < 300; ++trial) {
    const Layers layers = random_layers(random, 200);
    const Sum widest = sum_of(layers, std::vector<size_t>(layers.size(), 2));
    const int64_t budget =
        random.integer(static_cast<int>(widest.cost / 3), static_cast<int>(widest.cost + 10));
    const double best = brute_force(layers, budget);
    if (best == std::numeric_limits<double>::infinity()) {
      CHECK_THROWS_AS(choose_widths(layers, budget), Error);
      continue;
    }
    const Sum sum = sum_of(layers, choose_widths(layers, budget));
    CHECK(sum.cost <= budget);
    CHECK(sum.noise == Approx(best));
  }
}

TEST_CASE("mixed precision: on a coarse grid the budget still holds, and the result is near the best") {
  test::Random random("mixed precision, coarse");
  for (int trial = 0; trial < 100; ++trial) {
    const Layers layers = random_layers(random, 1'000'003);
    const Sum widest = sum_of(layers, std::vector<size_t>(layers.size(), 2));
    const int64_t budget = widest.cost * random.integer(60, 110) / 100;
    const Sum sum = sum_of(layers, choose_widths(layers, budget, 1000));
    CHECK(sum.cost <= budget);
    CHECK(sum.noise <= brute_force(layers, budget - budget / 100) + 1e-9);
  }
}

TEST_CASE("mixed precision: a budget that nothing fits says what is needed") {
  const Layers layers = {{{4, 40, 2}, {8, 80, 1}}, {{4, 10, 2}, {8, 20, 1}}};
  CHECK_THROWS_WITH(choose_widths(layers, 49), Contains("49") && Contains("50"));
  CHECK(choose_widths(layers, 50) == std::vector<size_t>{0, 0});
  CHECK(choose_widths(layers, 60) == std::vector<size_t>{0, 1});
  CHECK(choose_widths(layers, 1000) == std::vector<size_t>{1, 1});
  // Costs rounded up to a grid of 2 steps: 7 + 7 + 7 of 20 take 3.
  const Layers thirds = {{{4, 7, 2}, {8, 13, 1}}, {{8, 13, 1}, {4, 7, 2}}, {{4, 7, 2}, {8, 14, 1}}};
  CHECK(choose_widths(thirds, 21, 2) == std::vector<size_t>{0, 1, 0});
  CHECK_THROWS_WITH(choose_widths(thirds, 20, 2), Contains("21"));
}

TEST_CASE("mixed precision: costs of a network") {
  const auto float_graph = models::build_network("mobilenet_v2_r32");
  const IntegerGraph graph = shape_only(float_graph, Recipe());
  int64_t size = 0, products = 0, macs = 0;
  for (const IntNode& node : graph.nodes) {
    if (node.op == IntOp::kConv) {
      size += convolution_cost(graph, node, WidthCost::kSize, 8);
      products += convolution_cost(graph, node, WidthCost::kProducts, 4);
      macs += node.macs;
    }
  }
  int64_t weights = 0;
  for (const auto& parameter : float_graph.parameters()) {
    if (parameter.dims.size() == 4) {  // a convolution's
      int64_t count = 1;
      for (const int64_t dim : parameter.dims) {
        count *= dim;
      }
      weights += count;
    }
  }
  CHECK(size == weights);
  CHECK(products == macs * 4 * 8);
  CHECK(fixed_cost(graph, WidthCost::kSize) == 0);
  CHECK(fixed_cost(graph, WidthCost::kTraffic) > graph.node(graph.input).shape.elements() * 2);
}
