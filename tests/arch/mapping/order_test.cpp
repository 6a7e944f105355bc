#include "arch/mapping/order.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "arch/mapping/plan.h"
#include "trio_vit.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

std::vector<std::vector<int64_t>> one_block(const std::vector<Stage>& stages, int64_t bytes) {
  return std::vector<std::vector<int64_t>>(stages.size(), {bytes});
}

}  // namespace

TEST_CASE("order: the fully connected layers of a classifier are its tail, a segmentation head has none") {
  const quant::IntegerGraph graph = shapes("efficientvit_b1_r224");
  const ProgramPlan plan = plan_program(trio_vit(), graph, {});
  REQUIRE(plan.tail < plan.stages.size());
  CHECK(graph.node(plan.stages[plan.tail].node).name == "head.op_list.2.linear");
  CHECK(graph.node(plan.stages[plan.tail - 1].node).op == quant::IntOp::kGlobalAvgPool);
  const quant::IntegerGraph seg = shapes("efficientvit_seg_b0_r256x256");
  const ProgramPlan none = plan_program(trio_vit(), seg, {});
  CHECK(none.tail == none.stages.size());
  // An ideal memory keeps nobody waiting; without double buffering nothing runs beside anything.
  CHECK(plan_program(trio_vit({"memory.ideal=true"}), graph, {}).tail == plan.stages.size());
  CHECK(plan_program(trio_vit({"schedule.double_buffer=false"}), graph, {}).tail == plan.stages.size());
}

TEST_CASE(
    "order: every stage of every frame once, first and last frame whole, tails before what they read is "
    "made") {
  const quant::IntegerGraph graph = shapes("efficientvit_b1_r224");
  const DesignPoint machine = trio_vit();
  const ProgramPlan plan = plan_program(machine, graph, {});
  auto blocks = one_block(plan.stages, 1000);
  blocks[plan.tail] = {300000, 300000, 300000};
  const int frames = 5;
  const std::vector<Item> items =
      order_items(machine, graph, plan.stages, plan.aliases, blocks, plan.tail, frames);
  std::map<std::pair<int, size_t>, std::vector<size_t>> at;
  for (size_t i = 0; i < items.size(); ++i) {
    at[{items[i].frame, items[i].stage}].push_back(i);
  }
  size_t beside = 0;
  for (int frame = 0; frame < frames; ++frame) {
    for (size_t s = 0; s < plan.stages.size(); ++s) {
      INFO("frame " << frame << ", stage " << s);
      const auto& places = at[{frame, s}];
      const bool whole = s != plan.tail || frame == 0 || frame + 1 == frames;
      CHECK(places.size() == (whole ? 1 : 3));
      if (s > 0) {  // stages of a frame in order
        CHECK(places.front() > at[{frame, s - 1}].back());
      }
      if (s >= plan.tail && frame + 1 < frames) {
        // The pooling before the tail makes what the tail reads: that of the next frame comes later.
        CHECK(places.back() < at[{frame + 1, plan.tail - 1}].front());
        beside += places.back() > at[{frame + 1, 0}].front() ? 1 : 0;
      }
    }
  }
  CHECK(at[{0, plan.stages.size() - 1}].back() < at[{1, 0}].front());
  CHECK(beside == 3 * (plan.stages.size() - plan.tail));
}
