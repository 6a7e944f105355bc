#include "quant/finish_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "quant/bounds.h"
#include "quant/isa.h"
#include "quant/node_kernel.h"
#include "quant/tensor.h"
#include "random_networks.h"

using namespace tridex;
using namespace tridex::quant;
using tridex::test::Random;

namespace {

constexpr int kPixels = 37;

/// The codes of random accumulators, also the largest that the node can have, by finish() and by every
/// instruction set.
void check_node(const IntegerGraph& graph, const IntNode& node, Random& random) {
  const auto bounds = accumulator_bounds(graph, node);
  const int64_t pitch = padded_channels(node.shape.c);
  std::vector<int32_t> sums(static_cast<size_t>(kPixels * pitch));
  Codes expected{{node.shape.c, 1, kPixels},
                 std::vector<int32_t>(static_cast<size_t>(node.shape.c) * kPixels)};
  for (int c = 0; c < node.shape.c; ++c) {
    const auto bound = static_cast<int64_t>(std::min(bounds[static_cast<size_t>(c)], 0x1p31 - 1));
    std::vector<double> row;
    for (int p = 0; p < kPixels; ++p) {
      const int64_t sum = p == 0   ? bound
                          : p == 1 ? -bound
                                   : random.integer(-bound, bound) >> random.integer(0, 16);
      sums[static_cast<size_t>(p * pitch + c)] = static_cast<int32_t>(sum);
      row.push_back(static_cast<double>(sum));
    }
    finish(node, c, row, expected.data.data() + int64_t{c} * kPixels);
  }
  const FinishTable table(graph, node);
  for (const Isa isa : available_isas()) {
    Tensor output;
    output.reshape(expected.shape, node.out);
    std::vector<int32_t> copy = sums;
    kernels_for(isa).finish({copy.data(), pitch, kPixels, static_cast<int>(pitch) / simd::kLanes},
                            table.at(0), output.target());
    INFO(isa_name(isa));
    REQUIRE(output.codes(node.out).data == expected.data);
  }
}

}  // namespace

TEST_CASE("activation and requantization are the same in every instruction set", "[finish]") {
  int ran = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    Random random(seed);
    const IntegerGraph graph = test::random_operator(static_cast<int>(seed % 5), random);
    try {
      check(graph);
    } catch (const Error&) {
      continue;  // breaks a bound: refused, as it must be
    }
    ++ran;
    INFO("seed " << seed);
    check_node(graph, graph.node(graph.output), random);
  }
  CHECK(ran > 300);
}
