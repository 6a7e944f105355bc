#include "arch/mapping/activity.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "arch/mapping/engine_timing.h"
#include "arch/mapping/mapper.h"
#include "arch/platform/run.h"
#include "support/child.h"
#include "support/prepared_network.h"

using namespace tridex;
using namespace tridex::test;

namespace {

arch::DesignPoint preset(const std::string& name, const std::vector<std::string>& overrides = {}) {
  return arch::read_design(arch::find_config(name, "designs"), overrides);
}

quant::IntegerGraph shapes(const std::string& network) {
  return quant::shape_only(models::build_network(network), {});
}

nlohmann::json timed(const arch::DesignPoint& design, const quant::IntegerGraph& graph, int frames) {
  return nlohmann::json::parse(run_in_child([&] {
    arch::RunOptions options;
    options.frames = frames;
    return to_json(arch::run(design, graph, options).result).dump();
  }));
}

}  // namespace

TEST_CASE("activity: engines do the MACs of the network once a frame, whatever the tiles") {
  const quant::IntegerGraph graph = shapes("efficientvit_b0_r64");
  for (const char* name : {"trio_vit_zcu102", "mat_only_zcu102", "systolic_zcu102"}) {
    for (const int frames : {1, 3}) {
      const arch::DesignPoint design = preset(name, {"buffers.input.kib=32", "buffers.output.kib=48"});
      const arch::Program program = arch::map_network(design, graph, frames);
      int64_t macs = 0;
      for (const auto& engine : arch::count_activity(design, program, {}).engines) {
        macs += engine.macs;
      }
      INFO(name);
      CHECK(macs == frames * graph.macs());
    }
  }
}

TEST_CASE("activity: bytes of a command are those that its ports take their time for") {
  const arch::DesignPoint design = preset("trio_vit_zcu102");
  for (const char* network : {"efficientvit_b1_r224", "mobilenet_v2_r224"}) {
    const arch::Program program = arch::map_network(design, shapes(network), 1);
    for (const arch::Command& command : program.commands) {
      const auto bytes = arch::command_bytes(command);
      // Input and output buffers have two ports, so at least half of the bytes pass in the time.
      const int64_t most = std::max({bytes[0] / design.input_buffer.bytes_per_cycle() / 2,
                                     bytes[1] / design.weight_buffer.bytes_per_cycle(),
                                     bytes[2] / design.output_buffer.bytes_per_cycle() / 2});
      CHECK(most <= arch::port_cycles(design, arch::port_traffic(command)));
      CHECK(bytes[0] + bytes[2] > 0);
    }
  }
}

TEST_CASE("activity: a command by hand") {
  arch::Command c;
  c.op = arch::Opcode::kConv;
  c.c1 = 16;
  c.group_outputs = 16;
  c.in_channels = 24;
  c.kernel_h = c.kernel_w = 3;
  c.y1 = 4;
  c.width = 10;
  c.has_shortcut = 1;
  c.weight_row_bytes = 216;
  c.in = {arch::kInputBuffer, 0, 3, 10, 0, 6, 0, 8};
  c.in2 = {arch::kInputBuffer, 0, 2, 10, 0, 4, 0, 16};
  c.out = {arch::kOutputBuffer, 0, 2, 10, 0, 4, 0, 8};
  const auto bytes = arch::command_bytes(c);
  CHECK(bytes[arch::kInputBuffer] == 6 * 3 * 10 * 8 + 16 * 4 * 10 * 2);
  CHECK(bytes[arch::kWeightBuffer] == 16 * 216);
  CHECK(bytes[arch::kOutputBuffer] == 16 * 4 * 10);
  CHECK(arch::command_macs(c) == 16 * 40 * 24 * 9);
}

TEST_CASE("activity: power of the predecessor beside the published one") {
  // 780.2 GOPS at 105.1 GOPS/W (arXiv 2403.20230) are 7.42 W, of the chip or of the board is not known; ours
  // has no processor system and no DRAM interface. No constant is fitted to it, so this only says how far
  // away it is.
  quant::Recipe recipe;
  recipe.divisor = quant::Divisor::kExact;
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b1_r224"), recipe);
  const auto r = timed(preset("shao_iscas2024_zcu102"), graph, 3);
  const double power = r["power_w"], gops = r["gops"], published = 780.2 / 105.1;
  std::printf(
      "power of the predecessor on EfficientViT-B1 at 224: %.2f W at %.1f GOPS, %.1f GOPS/W; published %.2f "
      "W at "
      "780.2 GOPS: ours is %+.0f %%, energy an operation %+.0f %%\n",
      power, gops, gops / power, published, 100 * (power / published - 1), 100 * (power / gops * 105.1 - 1));
  for (const auto& [name, value] : r["energy"].items()) {
    std::printf("  %-16s %8.4f mJ\n", name.c_str(), value.get<double>());
  }
  CHECK(power > published / 5);
  CHECK(power < published * 5);
}

TEST_CASE("activity: energy and power of a timed run agree with its items and its time") {
  const quant::IntegerGraph graph = shapes("efficientvit_b0_r64");
  const auto one = timed(preset("trio_vit_zcu102"), graph, 1);
  double sum = 0;
  for (const auto& [name, value] : one["energy"].items()) {
    sum += value.get<double>();
  }
  CHECK(one["energy"].size() == 12);
  CHECK(one["energy_mj"].get<double>() == Approx(sum));
  CHECK(one["power_w"].get<double>() == Approx(sum / one["latency_ms"].get<double>()).epsilon(1e-3));
  CHECK(one["energy_note"] == "");
  const auto hbm = timed(preset("trio_vit_zcu102", {"memory=hbm2"}), graph, 1);
  CHECK(hbm["energy_mj"].is_null());
  CHECK(hbm["power_w"].is_null());
  CHECK(hbm["energy"].empty());
  CHECK_THAT(hbm["energy_note"].get<std::string>(), Catch::Matchers::Contains("hbm2"));
}
