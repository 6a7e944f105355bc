#include "arch/mapping/conv_loops.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "arch/mapping/check_program.h"
#include "arch/mapping/estimate.h"
#include "arch/mapping/mapper.h"
#include "support/same_conv.h"
#include "trio_vit.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

using LoopOrder = MappingOptions::LoopOrder;

constexpr int kChannels = 64, kOutputs = 512, kHeight = 32, kWidth = 32;
constexpr int64_t kRow = int64_t{kWidth} * kChannels;  ///< of the input, in bytes
constexpr int64_t kInput = kHeight * kRow;

/// One 1x1, whose input and output are the network's and so lie in DRAM.
quant::IntegerGraph one_conv(int kernel = 1) {
  models::GraphBuilder b("one");
  return quant::shape_only(b.finish(b.conv("conv", b.input({kChannels, kHeight, kWidth}), kOutputs,
                                           same_conv(kernel, 1, 1, true))),
                           {});
}

DesignPoint machine(int64_t input, int64_t weight, LoopOrder order) {
  DesignPoint design = trio_vit({"mapping.search=none"});
  design.input_buffer.bytes = input;
  design.weight_buffer.bytes = weight;
  design.mapping.loop_order = order;
  design.mapping.keep_weights = false;
  return design;
}

struct Traffic {
  int64_t inputs = 0, weights = 0;
  int loads = 0;  ///< of blocks
  [[nodiscard]] int64_t read() const { return inputs + weights; }
};

/// What the program loads for a frame. It is legal.
Traffic traffic(const DesignPoint& design, const quant::IntegerGraph& graph) {
  const Program program = map_network(design, graph, 1);
  CHECK(check_program(design, graph, program).empty());
  Traffic sum;
  for (const Instruction& i : program.instructions) {
    if (i.unit == kLoadUnit) {
      (i.weights ? sum.weights : sum.inputs) += program.transfer(i).bytes();
      sum.loads += i.weights ? 1 : 0;
    }
  }
  return sum;
}

int64_t block_bytes(const quant::IntegerGraph& graph, int channels) {
  return conv_block_bytes(graph.node(graph.output), 0, channels, kChannels);
}

/// Output channels of a block: halves of all, until one takes half of the buffer at most.
int chunk_for(const quant::IntegerGraph& graph, int64_t weight_buffer) {
  int chunk = kOutputs;
  while (block_bytes(graph, chunk) > weight_buffer / 2) {
    chunk /= 2;
  }
  return chunk;
}

}  // namespace

TEST_CASE("loops: with little room for weights the inputs are outside, with little for inputs the weights") {
  const quant::IntegerGraph graph = one_conv();
  const auto compare = [&](int64_t input, int64_t weight) {
    const int chunk = chunk_for(graph, weight);
    const int blocks = kOutputs / chunk;
    // The most rows that fit, in tiles of equal height.
    const auto fitting = static_cast<int>(input / kRow);
    const int tiles = (kHeight + fitting - 1) / fitting;
    REQUIRE(blocks > 1);
    REQUIRE(tiles > 1);
    const Traffic weights = traffic(machine(input, weight, LoopOrder::kWeights), graph);
    CHECK(weights.weights == blocks * block_bytes(graph, chunk));
    CHECK(weights.inputs == blocks * kInput);
    const Traffic inputs = traffic(machine(input, weight, LoopOrder::kInputs), graph);
    CHECK(inputs.inputs == kInput);
    // The last block of a tile is the first of the next one.
    CHECK(inputs.loads == blocks + (tiles - 1) * (blocks - 1));
    CHECK(inputs.weights == inputs.loads * block_bytes(graph, chunk));
    const Traffic best = traffic(machine(input, weight, LoopOrder::kBest), graph);
    CHECK(best.read() == std::min(weights.read(), inputs.read()));
    return std::pair(weights.read(), inputs.read());
  };
  const auto [small_weights, small_weights_inputs] = compare(24 * kRow, 8 * 1024);
  CHECK(small_weights_inputs < small_weights);
  const auto [small_input, small_input_inputs] = compare(2 * kRow, 32 * 1024);
  CHECK(small_input < small_input_inputs);
}

TEST_CASE("loops: where all tiles of the input find room nothing is read twice, in a byte less it is") {
  const quant::IntegerGraph graph = one_conv();
  constexpr int64_t kWeight = 8 * 1024;
  const int blocks = kOutputs / chunk_for(graph, kWeight);
  const Program ample = map_network(machine(4 * kInput, kWeight, LoopOrder::kWeights), graph, 1);
  const int tiles = describe(graph, ample.decisions).layers[0].tiles;
  REQUIRE(tiles > 1);
  // All of them, and a gap that is too small for one more.
  const int64_t least = kInput + kInput / tiles;
  const Traffic enough = traffic(machine(least, kWeight, LoopOrder::kWeights), graph);
  CHECK(enough.inputs == kInput);
  CHECK(enough.loads == blocks);
  const Traffic less = traffic(machine(least - 1, kWeight, LoopOrder::kWeights), graph);
  CHECK(less.inputs == blocks * kInput);
  CHECK(less.loads == blocks);
  // One tile of all rows needs less.
  CHECK(traffic(machine(kInput, kWeight, LoopOrder::kBest), graph).read() == enough.read());
  CHECK(traffic(machine(kInput - 1, kWeight, LoopOrder::kBest), graph).read() > enough.read());
}

TEST_CASE("loops: weights that just fit their buffer are one block, in a byte less they are not") {
  const quant::IntegerGraph graph = one_conv();
  const int64_t all = block_bytes(graph, kOutputs);
  const Traffic one = traffic(machine(4 * kRow, all, LoopOrder::kBest), graph);
  CHECK(one.loads == 1);
  CHECK(one.read() == all + kInput);
  const Traffic more = traffic(machine(4 * kRow, all - 1, LoopOrder::kBest), graph);
  CHECK(more.loads > 1);
  CHECK(more.read() > one.read());
}

TEST_CASE("loops: rows that neighbouring tiles share are read by both") {
  const quant::IntegerGraph graph = one_conv(3);
  constexpr int64_t kRoom = 18 * kRow;  // 16 output rows
  const Traffic inputs = traffic(machine(kRoom, 64 * 1024, LoopOrder::kInputs), graph);
  CHECK(inputs.inputs == kInput + 2 * kRow);
}

TEST_CASE("loops: the order of the blocks turns at every tile") {
  ConvLoops loops;
  const std::vector<int> blocks{5, 6, 7};
  CHECK(block_uses(loops, blocks) == blocks);
  loops.inputs_outside = true;
  loops.tiles = 3;
  CHECK(block_uses(loops, blocks) == std::vector<int>{5, 6, 7, 6, 5, 6, 7});
  loops.tiles = 1;
  CHECK(block_uses(loops, blocks) == blocks);
}

TEST_CASE("loops: the search takes what its objective has least of, and says what that is") {
  const quant::IntegerGraph graph = one_conv();
  DesignPoint design = machine(24 * kRow, 8 * 1024, LoopOrder::kBest);
  for (const auto search : {MappingOptions::Search::kFast, MappingOptions::Search::kFull}) {
    design.mapping.search = search;
    design.mapping.objective = MappingOptions::Objective::kTraffic;
    const Program program = map_network(design, graph, 1);
    CHECK(program.decisions.programs > 1);
    const MappingResult result = describe(graph, program.decisions);
    REQUIRE(result.layers.size() == 1);
    CHECK(result.layers[0].name == "conv");
    CHECK(result.layers[0].loop_order == "inputs");
    CHECK(result.layers[0].tiles == 2);
    CHECK(result.machine.empty());
    CHECK(result.programs == program.decisions.programs);
  }
}

TEST_CASE("loops: the search is not later, by the estimate, than either order alone") {
  const quant::IntegerGraph graph = shapes("efficientvit_b1_r224");
  for (const char* memory : {"lpddr4_3200", "ddr4_2400_x64"}) {
    INFO(memory);
    const auto last_end = [&](const std::string& search, const std::string& order) {
      const DesignPoint design =
          trio_vit({std::string("memory.name=") + memory, "buffers.input.kib=64", "buffers.output.kib=64",
                    "buffers.weight.kib=64", "mapping.search=" + search, "mapping.loop_order=" + order});
      return estimate(design, map_network(design, graph, 1)).frames().back();
    };
    const double best = last_end("fast", "best");
    CHECK(best <= last_end("none", "best"));
    CHECK(best <= last_end("fast", "weights"));
    // There is something to choose.
    CHECK(last_end("none", "best") != last_end("none", "weights"));
  }
}
