// The mapper's programs are legal: on many networks and random designs.
#include "arch/mapping/check_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "arch/mapping/mapper.h"
#include "base/error.h"
#include "models/builder.h"
#include "models/network_file.h"
#include "odd_network.h"
#include "quant/quantize.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

DesignPoint design_with(const std::string& name, const std::vector<std::string>& keys) {
  return read_design(find_config(name, "designs"), keys);
}

std::vector<quant::IntegerGraph> networks() {
  std::vector<quant::IntegerGraph> all;
  for (const char* name :
       {"efficientvit_b0_r64", "efficientvit_b1_r96", "mobilenet_v2_r64", "efficientvit_seg_b0_r64x96"}) {
    all.push_back(quant::shape_only(models::build_network(name), {}));
  }
  all.push_back(quant::shape_only(models::read_network(find_config("tiny_cnn", "networks")), {}));
  all.push_back(quant::shape_only(odd_network(), {}));
  quant::Recipe wide;
  wide.residual_bits = 12;
  all.push_back(quant::shape_only(models::build_network("efficientvit_b0_r64"), wide));
  return all;
}

}  // namespace

TEST_CASE("check_program: the mapper's programs are legal on random designs") {
  const char* given = std::getenv("TRIDEX_SEED");
  const uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("check_program: TRIDEX_SEED=%llu\n", static_cast<unsigned long long>(first));
  const std::vector<quant::IntegerGraph> graphs = networks();
  int legal = 0;
  for (uint64_t i = 0; i < (given != nullptr ? 1U : 120U); ++i) {
    const uint64_t seed = first + i;
    std::mt19937_64 random(seed);
    const auto draw = [&](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    const auto coin = [&] { return draw(0, 1) == 1; };
    const auto flag = [&](const char* key) { return std::string(key) + (coin() ? "=true" : "=false"); };
    std::vector<std::string> keys = {fmt::format("buffers.input.kib={}", draw(8, 256)),
                                     fmt::format("buffers.output.kib={}", draw(8, 256)),
                                     fmt::format("buffers.weight.kib={}", draw(16, 256)),
                                     fmt::format("copies={}", draw(1, 16)),
                                     fmt::format("engines.0.lanes={}", draw(1, 16)),
                                     fmt::format("engines.0.inputs={}", draw(1, 16)),
                                     coin() ? "packing=none" : "packing=shared_operand",
                                     flag("schedule.double_buffer")};
    const bool one_engine = draw(0, 4) == 0;
    if (!one_engine) {
      keys.push_back(fmt::format("engines.1.lanes={}", draw(1, 16)));
      keys.push_back(flag("schedule.inter_layer_pipeline"));
      keys.push_back(flag("schedule.intra_layer_pipeline"));
    }
    const DesignPoint design = design_with(one_engine ? "mat_only_zcu102" : "trio_vit_zcu102", keys);
    const quant::IntegerGraph& graph =
        graphs[static_cast<size_t>(draw(0, static_cast<int>(graphs.size()) - 1))];
    INFO("TRIDEX_SEED=" << seed << " " << graph.model);
    const int frames = draw(1, 3);
    std::optional<Program> program;
    try {
      program = map_network(design, graph, frames);
    } catch (const Error&) {
      continue;  // no tile fits
    }
    int64_t bytes = 0;
    const auto findings = check_program(design, graph, *program, &bytes);
    INFO(text_of(findings));
    REQUIRE(findings.empty());
    int64_t moved = 0;
    for (const Instruction& instruction : program->instructions) {
      if (instruction.unit <= kStoreUnit) {
        moved += program->transfer(instruction).bytes();
      }
    }
    REQUIRE(bytes > 2 * moved);  // each is read and written; commands come on top
    ++legal;
  }
  if (given == nullptr) {
    CHECK(legal >= 60);
  }
}

TEST_CASE("check_program: tiles may lie in either buffer") {
  const DesignPoint design = design_with(
      "trio_vit_zcu102", {"buffers.input.kib=64", "buffers.output.kib=64", "buffers.weight.kib=256"});
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("mobilenet_v2_r64"), {});
  Program program = map_network(design, graph, 2);
  const auto other = [](int32_t& buffer) {
    buffer = buffer == kWeightBuffer ? buffer : kInputBuffer + kOutputBuffer - buffer;
  };
  for (Transfer& transfer : program.transfers) {
    other(transfer.buffer);
  }
  for (Command& command : program.commands) {
    for (TileRef* tile : {&command.in, &command.in2, &command.in3, &command.out}) {
      other(tile->buffer);
    }
  }
  const auto findings = check_program(design, graph, program);
  INFO(text_of(findings));
  CHECK(findings.empty());
}

TEST_CASE("check_program: networks of one layer, whose frames nothing but their output joins") {
  for (const bool fused : {false, true}) {
    models::GraphBuilder b("single");
    const int input = b.input({16, 24, 24});
    const models::ConvAttributes depthwise{3, 3, 1, 16, 1, 1, 1, 1, true};
    const models::ConvAttributes pointwise{1, 1, 1, 1, 0, 0, 0, 0, true};
    const int x = fused ? b.conv("dw", input, 16, depthwise) : input;
    const quant::IntegerGraph graph = quant::shape_only(b.finish(b.conv("pw", x, 8, pointwise)), {});
    for (const char* buffering : {"schedule.double_buffer=true", "schedule.double_buffer=false"}) {
      const DesignPoint design = design_with("trio_vit_zcu102", {buffering});
      const auto findings = check_program(design, graph, map_network(design, graph, 3));
      INFO(buffering << (fused ? " fused\n" : "\n") << text_of(findings));
      CHECK(findings.empty());
    }
  }
}

TEST_CASE(
    "check_program: rows that a stride leaves out are stored again only after those of the frame before") {
  models::GraphBuilder b("left_out");
  const int input = b.input({8, 8, 16});
  const int whole = b.conv("whole", input, 8, {3, 3, 1, 1, 1, 1, 1, 1, true});
  const quant::IntegerGraph graph =
      quant::shape_only(b.finish(b.conv("half", whole, 8, {1, 1, 2, 1, 0, 0, 0, 0, true})), {});
  size_t programs = 0, left_out = 0;
  for (int bytes = 128; bytes <= 1024; bytes += 64) {  // of the output buffer: tiles of one row and of more
    DesignPoint design = design_with("trio_vit_zcu102", {"mapping.search=none", "mapping.keep_tensors=false",
                                                         "mapping.fuse_blocks=false"});
    design.output_buffer.bytes = bytes;
    Program program;
    try {
      program = map_network(design, graph, 3);
    } catch (const Error&) {
      continue;  // no tile fits
    }
    ++programs;
    const auto findings = check_program(design, graph, program);
    INFO(bytes << " bytes\n" << text_of(findings));
    CHECK(findings.empty());
    left_out += std::any_of(program.commands.begin(), program.commands.end(),
                            [&](const Command& c) {
                              return c.out.first_row == 7 && c.stride == 1;  // a tile of the last row alone
                            })
                    ? 1
                    : 0;
  }
  CHECK(programs > 0);
  CHECK(left_out > 0);
}

TEST_CASE("check_program: EfficientViT-B1 at 224, three frames, is legal and soon checked") {
  const DesignPoint design = design_with("trio_vit_zcu102", {});
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b1_r224"), {});
  const Program program = map_network(design, graph, 3);
  const auto start = std::chrono::steady_clock::now();
  const auto findings = check_program(design, graph, program);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  INFO(text_of(findings));
  CHECK(findings.empty());
  std::printf("check_program: %zu instructions in %.3f s\n", program.instructions.size(), seconds.count());
}

TEST_CASE("check_program: a program of another graph is a defect of the caller") {
  const DesignPoint design = design_with("trio_vit_zcu102", {});
  const quant::IntegerGraph graph = quant::shape_only(odd_network(), {});
  CHECK_THROWS_AS(check_program(design, graph, Program{}), std::logic_error);
}
