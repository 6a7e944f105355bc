#include "arch/mapping/pair_tiles.h"

#include <catch2/catch.hpp>
#include <set>

#include "arch/mapping/stages.h"
#include "arch/mapping/tiling.h"
#include "models/builder.h"
#include "quant/quantize.h"

using namespace tridex;
using namespace tridex::arch;

namespace {

DesignPoint design_with(const std::vector<std::string>& keys) {
  return read_design(find_config("trio_vit_zcu102", "designs"), keys);
}

Command pointwise(int outputs, int inputs, int height, int width) {
  Command c;
  c.op = Opcode::kConv;
  c.c1 = c.group_outputs = outputs;
  c.in_channels = inputs;
  c.y1 = height;
  c.width = width;
  return c;
}

/// Calls `see` for each (row, channel) of the shares.
template <typename See>
void visit(const std::vector<Share>& shares, See&& see) {
  for (const Share& share : shares) {
    for (int y = share.y0; y < share.y1; ++y) {
      for (int c = share.c0; c < share.c1; ++c) {
        see(y, c);
      }
    }
  }
}

}  // namespace

TEST_CASE("divide_tile: every row of every channel once, both engines ending nearly together") {
  const DesignPoint design = design_with({"copies=1"});
  for (const int busy : {0, 500, 3000, 100000}) {
    const Command command = pointwise(40, 64, 9, 14);
    EngineClocks clocks{100, busy};
    const auto shares = divide_tile(design, command, 8, clocks);
    std::set<std::pair<int, int>> seen;
    visit(shares, [&](int y, int c) { CHECK(seen.emplace(y, c).second); });
    CHECK(seen.size() == 9 * 40);
    EngineClocks sum{100, busy};
    for (const Share& share : shares) {
      CHECK(share.c0 % 8 == 0);
      Command part = command;
      part.c0 = share.c0;
      part.c1 = share.c1;
      part.y0 = share.y0;
      part.y1 = share.y1;
      (share.engine->kind == EngineKind::kMat ? sum.mat : sum.rmac) +=
          best_cycles(design, *share.engine, part);
    }
    CHECK(sum.mat == clocks.mat);
    CHECK(sum.rmac == clocks.rmac);
    const int64_t step =
        8 * 14 + 2 * design.engines[0].pipeline_depth;  // a row of eight channels, and the fills
    const int64_t all = 5 * 8 * 9 * 14;                 // 40 channels in five groups
    if (busy < all) {
      CHECK(std::abs(clocks.mat - clocks.rmac) <= 2 * step);
    } else {
      CHECK(clocks.rmac == busy);
      CHECK(clocks.mat == 100 + all + design.engines[0].pipeline_depth);
    }
  }
}

TEST_CASE("pair tiles: cover every result once, fit the buffers, and make what they read") {
  const std::vector<std::vector<std::string>> machines = {
      {},
      {"copies=1", "memory.ideal=true"},
      {"memory.ideal=true"},
      {"buffers.input.kib=96", "buffers.output.kib=96", "buffers.weight.kib=96"},
      {"schedule.double_buffer=false"}};
  for (const char* name : {"efficientvit_b1_r224", "mobilenet_v2_r224"}) {
    const quant::IntegerGraph graph = quant::shape_only(models::build_network(name), {});
    int by_groups = 0;
    for (size_t m = 0; m < 2 * machines.size(); ++m) {
      const auto& machine = machines[m / 2];
      const bool kept = m % 2 != 0;  // source and output on the chip
      const DesignPoint design = design_with(machine);
      int pairs = 0;
      for (const Stage& stage : group_stages(graph, fuse_pairs(design, graph))) {
        if (stage.kind != Stage::Kind::kFusedPair) {
          continue;
        }
        ++pairs;
        const quant::IntNode& dw = graph.node(stage.first);
        const quant::IntNode& pw = graph.node(stage.node);
        INFO(pw.name << (machine.empty() ? "" : machine[0]));
        PairSpace space{design.input_buffer.bytes, design.output_buffer.bytes};
        space.source_kept = space.output_kept = kept;
        const PairTiles plan = choose_pair_tiles(design, space, graph, dw, pw);
        CHECK((!plan.ahead || design.double_buffer));
        int64_t results = 0;
        PairExtent most{0, 0, 0};
        for (const PairTile& tile : plan.tiles) {
          int64_t in_tile = 0;
          bool inside = true;
          visit(tile.shares, [&](int y, int c) {
            inside = inside && y >= tile.y0 && y < tile.y1 && c >= tile.o0 && c < tile.o1;
            ++in_tile;
          });
          CHECK(inside);
          CHECK(in_tile == int64_t{tile.y1 - tile.y0} * (tile.o1 - tile.o0));
          CHECK(int64_t{tile.c0} * pw.shape.c == int64_t{tile.o0} * dw.shape.c);
          CHECK(int64_t{tile.c1} * pw.shape.c == int64_t{tile.o1} * dw.shape.c);
          by_groups += tile.c1 - tile.c0 < dw.shape.c ? 1 : 0;
          results += in_tile;
          most = {std::max(most.rows, tile.y1 - tile.y0), std::max(most.channels, tile.c1 - tile.c0),
                  std::max(most.outputs, tile.o1 - tile.o0)};
        }
        CHECK(results == int64_t{pw.shape.h} * pw.shape.c);
        CHECK(pair_fits(space, graph, dw, pw, most, plan.ahead));
      }
      // B1: 14 MBConvs, 7 aggregations, a DSConv; MobileNetV2: 17 blocks. Small buffers are too small for
      // some.
      const int all = name[0] == 'e' ? 22 : 17;
      CHECK(pairs <= all);
      CHECK((pairs == all || (pairs > 0 && design.input_buffer.bytes < 128 * 1024)));
    }
    CHECK((by_groups > 0) == (name[0] == 'e'));  // only the aggregations are grouped
  }
}
