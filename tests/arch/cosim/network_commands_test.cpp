// Every engine command of whole networks, as the machine runs them: when a command is done, the streams that
// the operand fetch makes from the buffers give the bytes that the engine left there.
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <set>

#include "arch/cosim/operand_fetch.h"
#include "arch/mapping/engine_timing.h"
#include "arch/mapping/mapper.h"
#include "arch/platform/platform.h"
#include "stream_model.h"
#include "support/prepared_network.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

struct Counts {
  int commands = 0;
  int64_t results = 0;
  std::set<std::string> kinds;
};

/// Runs a network with random weights and a random image.
Counts check_commands(const DesignPoint& design, const models::Graph& network,
                      const quant::Recipe& recipe = {}) {
  const quant::IntegerGraph graph = quant::quantize_random(network, recipe, 7);
  const Program program = map_network(design, graph, 1);
  const std::vector<uint8_t> image = pack_weights(graph, program);
  sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
  Platform platform("machine", design, program, true);
  platform.prepare = [&] {
    platform.write_dram(0, image);
    const TensorPlace& place = program.tensors[static_cast<size_t>(graph.input)];
    std::mt19937 random(7);
    std::vector<uint8_t> pixels(static_cast<size_t>(place.row_stride) * graph.node(graph.input).shape.h);
    std::generate(pixels.begin(), pixels.end(), [&] { return static_cast<uint8_t>(random()); });
    platform.write_dram(place.address, pixels);
  };
  std::array<std::vector<uint8_t>, 3> bytes;
  const auto buffers = design.buffers();
  BufferViews views;
  for (size_t i = 0; i < 3; ++i) {
    bytes[i].resize(static_cast<size_t>(buffers[i]->bytes));
    views.views[i] = {bytes[i].data(), buffers[i]->bytes};
  }
  Counts counts;
  platform.controller.observer = [&](uint32_t id) {
    const Instruction& instruction = program.instructions[id];
    if (instruction.unit < kEngine0) {
      return;
    }
    const Engine& engine = design.engines.at(static_cast<size_t>(instruction.unit - kEngine0));
    const Command& command = program.command(instruction);
    const std::string what = "layer " + graph.node(instruction.layer).name;
    INFO(what << ", " << opcode_name(command.op) << " on " << engine.name);
    for (int i = 0; i < 3; ++i) {
      platform.read_buffer(i, 0, bytes[static_cast<size_t>(i)]);
    }
    const RtlParameters parameters = rtl_parameters(design, engine);
    const auto fetch = make_operand_fetch(parameters, command, views, what);
    const StreamRun run = run_streams(parameters, command, *fetch);
    REQUIRE(run.beats == compute_cycles(engine, command));
    int64_t differences = 0;
    for (const auto& [place, value] : run.results) {
      if (place.wanted) {
        const uint8_t* at = views.at(place.buffer, place.address, place.bytes);
        differences += std::memcmp(at, &value, static_cast<size_t>(place.bytes)) != 0 ? 1 : 0;
        ++counts.results;
      }
    }
    REQUIRE(differences == 0);
    ++counts.commands;
    counts.kinds.insert(engine.name + " " + opcode_name(command.op) +
                        (command.depthwise != 0 ? " depthwise" : ""));
  };
  sc_core::sc_start();
  REQUIRE(platform.controller.finished());
  std::printf("%d commands, %lld results\n", counts.commands, static_cast<long long>(counts.results));
  return counts;
}

DesignPoint trio_vit(const std::vector<std::string>& keys) {
  return read_design(find_config("trio_vit_zcu102", "designs"), keys);
}

}  // namespace

TEST_CASE("network commands: a small EfficientViT on sixteen copies") {
  const Counts counts = check_commands(trio_vit({}), models::build_network("efficientvit_b0_r64"));
  CHECK(counts.commands > 100);
  CHECK(counts.kinds.count("mat context") == 1);
  CHECK(counts.kinds.count("mat attend") == 1);
  CHECK(counts.kinds.count("rmac conv depthwise") == 1);
}

TEST_CASE("network commands: one copy, small buffers, log2 of codes") {
  quant::Recipe recipe;
  recipe.divisor = quant::Divisor::kLog2Paper;
  recipe.y_max = 30;
  const Counts counts = check_commands(
      trio_vit({"copies=1", "buffers.input.kib=24", "buffers.output.kib=40", "buffers.weight.kib=48"}),
      models::build_network("efficientvit_b0_r64"), recipe);
  CHECK(counts.commands > 100);
}

TEST_CASE("network commands: depthwise convolutions on MAT") {
  const Counts counts = check_commands(read_design(find_config("mat_only_zcu102", "designs"), {"copies=2"}),
                                       models::build_network("mobilenet_v2_r32"));
  CHECK(counts.kinds.count("mat conv depthwise") == 1);
}
