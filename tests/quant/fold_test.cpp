#include "quant/fold.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "models/builder.h"
#include "models/float_executor.h"
#include "random_networks.h"

using namespace tridex;

TEST_CASE("a network with folded batch norms computes the same", "[fold]") {
  for (const models::Graph& graph : {test::tiny_network(), models::build_network("efficientvit_b0_r32")}) {
    constexpr uint64_t kSeed = 3;
    const models::Weights weights = models::random_weights(graph, kSeed);
    const models::Graph folded = quant::fold_batch_norms(graph);
    const models::Weights folded_weights = quant::fold_batch_norms(graph, weights);
    for (const models::Node& n : folded.nodes) {
      REQUIRE(n.op != models::Op::kBatchNorm);
    }
    test::Random random(kSeed);
    models::Activation image{graph.node(0).shape, {}};
    for (int64_t i = 0; i < image.shape.elements(); ++i) {
      image.data.push_back(random.normal());
    }
    const auto expected = models::FloatExecutor(graph, weights).run(image);
    const auto actual = models::FloatExecutor(folded, folded_weights).run(image);
    REQUIRE(actual.shape == expected.shape);
    double signal = 0;
    double noise = 0;
    for (size_t i = 0; i < expected.data.size(); ++i) {
      signal += std::pow(expected.data[i], 2);
      noise += std::pow(expected.data[i] - actual.data[i], 2);
    }
    INFO(graph.name << ", seed " << kSeed);
    CHECK(noise <= 1e-8 * signal);
  }
}

TEST_CASE("a batch norm without a convolution of its own is refused", "[fold]") {
  models::GraphBuilder b("odd");
  const int x = b.input({3, 4, 4});
  const int y = b.conv("conv", x, 3, {});
  const int norm = b.batch_norm("norm", y, 1e-5);
  const models::Graph graph = b.finish(b.add("add", {norm, y}));
  CHECK_THROWS_WITH(quant::fold_batch_norms(graph), Catch::Contains("norm"));
}
