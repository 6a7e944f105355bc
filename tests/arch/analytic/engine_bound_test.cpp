// No way to divide a layer into commands beats the bound of its engine, whatever the engine's kind and shape.
#include "arch/analytic/engine_bound.h"

#include <algorithm>
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
    IntegerGraph graph;
    graph.nodes.resize(5);
    const auto set = [&](int id, IntOp op, const std::vector<int>& inputs, quant::Shape shape, int64_t macs) {
      IntNode& node = graph.nodes[static_cast<size_t>(id)];
      node.id = id;
      node.op = op;
      node.inputs = inputs;
      node.shape = shape;
      node.macs = macs;
    };
    set(0, IntOp::kInput, {}, {3 * heads * dim, height, width}, 0);
    set(1, IntOp::kMatMulTokens, {0, 0}, {heads * dim, 1, dim}, heads * tokens * dim * dim);
    set(2, IntOp::kTokenSum, {0}, {heads * dim, 1, 1}, 0);
    set(3, IntOp::kMatMulHeads, {0, 1}, {heads * dim, height, width}, heads * tokens * dim * dim);
    set(4, IntOp::kMatMulHeads, {0, 2}, {heads, height, width}, heads * tokens * dim);
    const auto bound_of = [&](int id) {
      return engine_cycles_bound(design.engines[0], design.copies, graph, graph.node(id));
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
    const double context = bound_of(1);
    CHECK(context > 0);
    CHECK(context <= cycles(Opcode::kContext) * (1 + 1e-12));
    const double attend = bound_of(3) + bound_of(4);
    CHECK(attend <= cycles(Opcode::kAttend) * (1 + 1e-12));
  }
}

TEST_CASE("engine bound: no division of a convolution over two engines beats what analyze takes") {
  Random random("engine bound, two engines");
  int near = 0;
  for (int i = 0; i < 1000; ++i) {
    DesignPoint design = random_design(random);
    const bool two = random.integer(0, 3) != 0;
    Engine& first = design.engines[0];
    first.kind = EngineKind::kMat;
    first.pipeline_depth = random.integer(1, 20);
    first.post_lanes = random.integer(0, first.lanes);
    if (two) {
      Engine second = first;
      second.kind = EngineKind::kRmac;
      second.lanes = random.integer(1, 40);
      second.inputs = random.integer(1, 40);
      second.post_lanes = random.integer(0, second.lanes);
      design.engines.push_back(second);
    }
    for (Buffer* buffer : {&design.input_buffer, &design.weight_buffer, &design.output_buffer}) {
      buffer->banks = random.integer(1, 16);
      buffer->width_bits = 8 * random.integer(1, 32);
    }
    const int groups = random.coin() ? 1 : random.integer(2, 16);
    const int in = random.integer(1, 40);
    const int out = random.integer(1, 40);
    const bool depthwise = groups > 1 && random.coin();
    const int kernel = random.integer(1, 5);
    const int stride = random.integer(1, 3);
    const int height = random.integer(1, 20);
    const int width = random.integer(1, 20);
    const int pad = kernel / 2;
    IntegerGraph graph;
    IntNode input;
    input.shape = {(depthwise ? 1 : in) * groups, height, width};
    IntNode conv;
    conv.id = 1;
    conv.op = IntOp::kConv;
    conv.inputs = {0};
    conv.conv.kernel_h = conv.conv.kernel_w = kernel;
    conv.conv.stride = stride;
    conv.conv.groups = groups;
    conv.conv.pad_top = conv.conv.pad_left = conv.conv.pad_bottom = conv.conv.pad_right = pad;
    conv.shape = {(depthwise ? 1 : out) * groups, (height + 2 * pad - kernel) / stride + 1,
                  (width + 2 * pad - kernel) / stride + 1};
    conv.weight_bits = random.integer(2, 8);
    graph.nodes = {input, conv};
    const double bound = bound_engines(design.engines, {engine_ways(design, graph, conv)}).cycles;

    Command command;
    command.op = Opcode::kConv;
    command.in_channels = input.shape.c / groups;
    command.group_outputs = conv.shape.c / groups;
    command.kernel_h = command.kernel_w = kernel;
    command.stride = stride;
    command.width = conv.shape.w;
    command.weight_bits = conv.weight_bits;
    command.weight_row_bytes = (command.in_channels * kernel * kernel * conv.weight_bits + 7) / 8;
    command.depthwise = depthwise ? 1 : 0;
    command.in.buffer = kInputBuffer;
    command.in.blocks = (input.shape.c + 7) / 8;
    command.in.width = width;
    command.in.rows = height;
    command.out.buffer = kOutputBuffer;
    const int unit = groups == 1 ? 1 : command.group_outputs;
    std::array<int64_t, 2> busy{};
    divided(random, conv.shape.c / unit, [&](int c0, int c1) {
      return divided(random, conv.shape.h, [&](int y0, int y1) {
        const size_t engine = two ? static_cast<size_t>(random.integer(0, 1)) : 0;
        Command part = command;
        part.c0 = c0 * unit;
        part.c1 = c1 * unit;
        part.y0 = y0;
        part.y1 = y1;
        choose_spread(design, design.engines[engine], part);
        const int64_t cycles = engine_cycles(design, design.engines[engine], part);
        busy.at(engine) += cycles;
        return cycles;
      });
    });
    const auto longest = static_cast<double>(std::max(busy[0], busy[1]));
    INFO("case " << i << ": " << (two ? "two engines, " : "MAT, ") << groups << " groups of "
                 << command.in_channels << " to " << command.group_outputs << ", kernel " << kernel
                 << ", stride " << stride << ", " << conv.shape.h << " x " << conv.shape.w);
    CHECK(bound > 0);
    CHECK(bound <= longest * (1 + 1e-9));
    near += bound > 0.9 * longest ? 1 : 0;
  }
  CHECK(near > 20);  // and it is no idle bound
}
