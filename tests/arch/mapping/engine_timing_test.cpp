#include "arch/mapping/engine_timing.h"

#include <catch2/catch.hpp>

using namespace tridex::arch;

namespace {

Command conv(int outputs, int inputs, int kernel, int height, int width) {
  Command c;
  c.op = Opcode::kConv;
  c.c1 = outputs;
  c.group_outputs = outputs;
  c.in_channels = inputs;
  c.kernel_h = c.kernel_w = kernel;
  c.y1 = height;
  c.width = width;
  return c;
}

}  // namespace

// The formulas of the authors' cycle model (spec: trio-vit 3.2, latency_v2.py), for one copy.
TEST_CASE("engine timing: convolutions by lane groups, input groups, kernel and pixels") {
  Engine mat;
  CHECK(compute_cycles(mat, conv(8, 8, 1, 4, 4)) == 16);
  CHECK(compute_cycles(mat, conv(9, 8, 1, 4, 4)) == 32);
  CHECK(compute_cycles(mat, conv(8, 9, 1, 4, 4)) == 32);
  CHECK(compute_cycles(mat, conv(16, 3, 3, 112, 112)) == 2 * 1 * 9 * 112 * 112);
}

TEST_CASE("engine timing: copies over pixels or channels") {
  Engine mat;
  Command c = conv(32, 8, 1, 7, 7);
  c.copies_pixels = 16;
  CHECK(compute_cycles(mat, c) == 4 * 4);  // ceil(49 / 16) = 4
  c.copies_pixels = 4;
  c.copies_channels = 4;
  CHECK(compute_cycles(mat, c) == 13);
  DesignPoint design;
  design.copies = 16;
  design.spread = Spread::kBest;
  choose_spread(design, mat, c);
  CHECK(c.copies_channels == 4);
  design.spread = Spread::kPixels;
  choose_spread(design, mat, c);
  CHECK(c.copies_pixels == 16);
}

TEST_CASE(
    "engine timing: depthwise runs channels in the lanes' multipliers and pixels over the lanes of R-MAC") {
  Engine rmac;
  rmac.kind = EngineKind::kRmac;
  Command c = conv(64, 1, 3, 112, 112);
  c.group_outputs = 1;
  c.depthwise = 1;
  CHECK(compute_cycles(rmac, c) == 64 / 8 * 9 * 112 * 112 / 8);
  Engine mat;
  CHECK(compute_cycles(mat, c) == 64 / 8 * 9 * 112 * 112);  // eight channels on the diagonal
  mat.inputs = 4;
  CHECK(compute_cycles(mat, c) == 64 / 4 * 9 * 112 * 112);
  mat.inputs = 8;
  c.in_channels = 3;
  c.group_outputs = 4;
  c.depthwise = 0;
  CHECK(compute_cycles(mat, c) == 16 / 2 * 9 * 112 * 112);  // two groups of three to four at a time
}

TEST_CASE("engine timing: attention products") {
  Engine engine;
  Command c;
  c.op = Opcode::kContext;
  c.c1 = 4;
  c.head_dim = 16;
  c.y1 = 14;
  c.in_width = 14;
  CHECK(compute_cycles(engine, c) == 4 * 16 * 2 * 25);  // ceil(196 / 8) = 25
  c.op = Opcode::kAttend;
  c.width = 14;
  CHECK(compute_cycles(engine, c) == 4 * (2 + 4) * 196);  // divisors, then dividends
}

TEST_CASE("engine timing: a command is no faster than its ports and its requantization") {
  DesignPoint design;
  design.copies = 1;
  Engine engine;
  Command c = conv(8, 8, 1, 16, 16);
  c.in = {kInputBuffer, 0, 1, 16, 0, 16, 0, 8};
  c.out = {kOutputBuffer, 0, 1, 16, 0, 16, 0, 8};
  CHECK(engine_cycles(design, engine, c) == 256 + engine.pipeline_depth);
  engine.post_lanes = 4;  // 2,048 results, four a cycle
  CHECK(engine_cycles(design, engine, c) == 512 + engine.pipeline_depth);
  engine.post_lanes = 0;
  design.output_buffer.banks = 1;
  design.output_buffer.width_bits = 32;  // 2,048 bytes, four a cycle
  CHECK(engine_cycles(design, engine, c) == 512 + engine.pipeline_depth);
  // Two rows of the tile, a byte a cycle: only those rows pass.
  design.input_buffer.banks = 1;
  design.input_buffer.width_bits = 8;
  c.y1 = 2;
  CHECK(engine_cycles(design, engine, c) == 2 * 16 * 8 + engine.pipeline_depth);
}

TEST_CASE("engine timing: the results of a context pass the post-processing, where its tokens are few") {
  DesignPoint design;
  design.copies = 1;
  Engine engine;
  engine.post_lanes = 4;
  Command c;
  c.op = Opcode::kContext;
  c.c1 = c.heads = 4;
  c.head_dim = 16;
  c.y1 = 1;
  // Of 64 columns each: two groups of eight, two cycles a group, and a row sum.
  for (const auto& [tokens, cycles] : {std::pair{4, 5}, {16, 5}, {17, 6}, {40, 10}}) {
    c.in_width = tokens;
    INFO(tokens << " tokens");
    CHECK(engine_cycles(design, engine, c) == 64 * cycles + engine.pipeline_depth);
  }
  engine.post_lanes = 8;
  c.in_width = 4;
  CHECK(engine_cycles(design, engine, c) == 64 * 3 + engine.pipeline_depth);
  // Two groups a column on two copies: each packet has a first group in one of them, and so a cycle for its
  // row sum.
  engine.post_lanes = 4;
  design.copies = c.copies_pixels = 2;
  CHECK(engine_cycles(design, engine, c) == 64 * (2 + 1) + engine.pipeline_depth);
  // Four groups: in every second packet.
  engine.lanes = 4;
  CHECK(engine_cycles(design, engine, c) == 64 * (2 * 1 + 1) + engine.pipeline_depth);
  // Five groups a column, so fifty packets for twenty columns.
  c.c1 = c.heads = 1;
  c.head_dim = 20;
  CHECK(engine_cycles(design, engine, c) == 20 * 5 / 2 * 1 + 20 + engine.pipeline_depth);
}

TEST_CASE("engine timing: quotients leave at the dividers' rate") {
  DesignPoint design;
  design.copies = 1;
  Engine engine;
  Command c;
  c.op = Opcode::kAttend;
  c.c1 = 1;
  c.heads = 1;
  c.head_dim = 16;
  c.y1 = 4;
  c.width = 4;
  CHECK(engine_cycles(design, engine, c) == 6 * 16 + engine.pipeline_depth);
  // A token's divisor takes two beats, then its two groups of eight quotients 3 (and so 4, 8) cycles each.
  engine.divide_lanes = 3;
  CHECK(engine_cycles(design, engine, c) == (2 + 2 * 3) * 16 + engine.pipeline_depth);
  engine.divide_lanes = 2;
  CHECK(engine_cycles(design, engine, c) == (2 + 2 * 4) * 16 + engine.pipeline_depth);
  engine.divide_lanes = 100;  // no more than are post-processed
  engine.post_lanes = 1;
  CHECK(engine_cycles(design, engine, c) == (2 + 2 * 8) * 16 + engine.pipeline_depth);
  // A last group of four: two beats are more than its two cycles of two.
  engine.post_lanes = 2;
  engine.divide_lanes = 0;
  c.head_dim = 12;
  CHECK(engine_cycles(design, engine, c) == (2 + 4 + 2) * 16 + engine.pipeline_depth);
  Command pointwise = conv(8, 8, 1, 4, 4);
  engine.post_lanes = 0;
  engine.divide_lanes = 1;
  CHECK(engine_cycles(design, engine, pointwise) == 16 + engine.pipeline_depth);
}

TEST_CASE("engine timing: copies that share DSPs by fours have pixels of their own") {
  DesignPoint design;
  design.copies = 16;
  Engine mat;
  Command c = conv(128, 8, 1, 1, 1);  // one pixel: best divided by channels alone
  choose_spread(design, mat, c);
  CHECK(c.copies_channels == 16);
  design.can.max_weight_bits = design.can.max_activation_bits = 4;
  choose_spread(design, mat, c);
  CHECK(c.copies_channels == 8);
  CHECK(c.copies_pixels == 2);
}
