// No way to divide a layer into commands beats the bound of its engine, whatever the engine's kind and shape.
#include "arch/analytic/engine_bound.h"

#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "arch/mapping/engine_timing.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::arch;
using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;
using tridex::test::Random;

namespace {

DesignPoint random_design(Random& random) {
  DesignPoint design;
  Engine engine;
  engine.kind = std::array{EngineKind::kMat, EngineKind::kRmac,
                           EngineKind::kSystolic}[static_cast<size_t>(random.integer(0, 2))];
  engine.lanes = random.integer(1, 40);
  engine.inputs = random.integer(1, 40);
  engine.weight_double_buffer = random.coin();
  engine.accumulators = random.integer(1, 600);
  design.engines = {engine};
  design.copies = random.integer(1, 16);
  design.spread = std::array{Spread::kBest, Spread::kPixels,
                             Spread::kChannels}[static_cast<size_t>(random.integer(0, 2))];
  return design;
}

int64_t cycles_of(const DesignPoint& design, Command command) {
  choose_spread(design, design.engines[0], command);
  return compute_cycles(design.engines[0], command);
}

/// The sum over a random division of [0, rows) into ranges.
int64_t divided(Random& random, int rows, const std::function<int64_t(int, int)>& cycles) {
  int64_t sum = 0;
  for (int y = 0; y < rows;) {
    const int end = random.coin() ? rows : random.integer(y + 1, rows);
    sum += cycles(y, end);
    y = end;
  }
  return sum;
}

}  // namespace

TEST_CASE("engine bound: no division of a convolution into commands beats it") {
  Random random("engine bound, convolutions");
  for (int i = 0; i < 400; ++i) {
    const DesignPoint design = random_design(random);
    const int groups = std::array{1, 1, random.integer(2, 6), 64}[static_cast<size_t>(random.integer(0, 3))];
    const bool depthwise = groups == 64;
    const int in = depthwise ? 1 : random.integer(1, 70);
    const int out = depthwise ? 1 : random.integer(1, 70);
    const int kernel = random.integer(1, 3), height = random.integer(1, 12), width = random.integer(1, 12);
    IntegerGraph graph;
    IntNode input;
    input.shape = {in * groups, height, width};
    IntNode conv;
    conv.id = 1;
    conv.op = IntOp::kConv;
    conv.inputs = {0};
    conv.shape = {out * groups, height, width};
    conv.conv.kernel_h = conv.conv.kernel_w = kernel;
    conv.conv.groups = groups;
    graph.nodes = {input, conv};
    const double bound = engine_cycles_bound(design.engines[0], design.copies, graph, conv);
    Command command;
    command.op = Opcode::kConv;
    command.in_channels = in;
    command.group_outputs = out;
    command.kernel_h = command.kernel_w = kernel;
    command.width = width;
    command.depthwise = depthwise ? 1 : 0;
    // Channels are divided inside a group (one group), or at the borders of groups.
    const int unit = groups == 1 ? 1 : out;
    const int64_t cycles = divided(random, out * groups / unit, [&](int c0, int c1) {
      return divided(random, height, [&](int y0, int y1) {
        command.c0 = c0 * unit;
        command.c1 = c1 * unit;
        command.y0 = y0;
        command.y1 = y1;
        return cycles_of(design, command);
      });
    });
    INFO("kind " << static_cast<int>(design.engines[0].kind) << ", " << design.engines[0].inputs << " x "
                 << design.engines[0].lanes << " x " << design.copies << ": " << groups << " groups of " << in
                 << " to " << out << " channels, kernel " << kernel << ", " << height << " x " << width);
    CHECK(bound > 0);
    CHECK(bound <= static_cast<double>(cycles) * (1 + 1e-12));
  }
}

TEST_CASE("engine bound: no division of an attention's products into commands beats it") {
  Random random("engine bound, attention");
  for (int i = 0; i < 400; ++i) {
    const DesignPoint design = random_design(random);
    const int heads = random.integer(1, 8), dim = random.integer(1, 40);
    const int height = random.integer(1, 10), width = random.integer(1, 10);
    const int64_t tokens = int64_t{height} * width;
    const auto bound_of = [&](IntOp op, int64_t macs) {
      IntNode node;
      node.op = op;
      node.macs = macs;
      return engine_cycles_bound(design.engines[0], design.copies, {}, node);
    };
    Command command;
    command.head_dim = dim;
    command.width = command.in_width = width;
    const auto cycles = [&](Opcode op) {
      command.op = op;
      return static_cast<double>(divided(random, heads, [&](int c0, int c1) {
        return divided(random, height, [&](int y0, int y1) {
          command.c0 = c0;
          command.c1 = c1;
          command.y0 = y0;
          command.y1 = y1;
          return cycles_of(design, command);
        });
      }));
    };
    INFO("kind " << static_cast<int>(design.engines[0].kind) << ", " << design.engines[0].inputs << " x "
                 << design.engines[0].lanes << " x " << design.copies << ": " << heads << " heads of " << dim
                 << ", " << tokens << " tokens");
    const double context = bound_of(IntOp::kMatMulTokens, heads * tokens * dim * dim);
    CHECK(context > 0);
    CHECK(context <= cycles(Opcode::kContext) * (1 + 1e-12));
    const double attend = bound_of(IntOp::kMatMulHeads, heads * tokens * dim * dim) +
                          bound_of(IntOp::kMatMulHeads, heads * tokens * dim);
    CHECK(attend <= cycles(Opcode::kAttend) * (1 + 1e-12));
  }
}
