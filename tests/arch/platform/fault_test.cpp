// The comparison finds what is planted: it names the layer, the tile and the element.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "arch/platform/run.h"
#include "support/child.h"
#include "support/monitored_run.h"
#include "support/prepared_network.h"

using namespace tridex;
using namespace tridex::test;

namespace {

arch::DesignPoint trio_vit() {
  return arch::read_design(arch::find_config("trio_vit_zcu102", "designs"), {"mapping.keep_tensors=false"});
}

std::string found(const Prepared& prepared, const std::optional<arch::Fault>& fault) {
  return run_in_child([&] {
    arch::RunOptions options = functional(prepared);
    options.fault = fault;
    options.check_program = false;  // it would be refused before it runs
    const arch::Run run = monitored_run(trio_vit(), prepared.graph, options);
    if (!run.difference) {
      return std::string("nothing");
    }
    const auto& d = *run.difference;
    const auto& node = *std::find_if(prepared.graph.nodes.begin(), prepared.graph.nodes.end(),
                                     [&](const auto& n) { return n.name == d.layer; });
    const auto& codes = prepared.reference[static_cast<size_t>(node.id)];
    const bool inside = d.c < codes.shape.c && d.y < codes.shape.h && d.x < codes.shape.w && d.tile >= 0;
    const int64_t expected =
        codes.data[(static_cast<size_t>(d.c) * codes.shape.h + static_cast<size_t>(d.y)) * codes.shape.w +
                   static_cast<size_t>(d.x)];
    if (!inside || expected != d.expected || d.got == d.expected) {
      return std::string("a difference that is none");
    }
    return fmt::format("{} tile {}", d.layer, d.tile);
  });
}

}  // namespace

TEST_CASE("faults: without one nothing is found") {
  CHECK(found(prepare_random("efficientvit_b0_r64"), std::nullopt) == "nothing");
}

TEST_CASE("faults: a flipped byte of the first layer's weights") {
  const Prepared prepared = prepare_random("efficientvit_b0_r64");
  const std::string layer = prepared.graph.node(1).name;
  CHECK(found(prepared, arch::Fault{arch::Fault::Kind::kFlipDramByte, 4}).rfind(layer + " tile ", 0) == 0);
}

TEST_CASE("faults: a dropped load and two swapped tiles") {
  const Prepared prepared = prepare_random("efficientvit_b0_r64");
  CHECK(found(prepared, arch::Fault{arch::Fault::Kind::kDropLoad, 0}) ==
        prepared.graph.node(1).name + " tile 0");
  const std::string dropped = found(prepared, arch::Fault{arch::Fault::Kind::kDropLoad, 9});
  CHECK(dropped.find(" tile ") != std::string::npos);
  const Prepared larger = prepare_random("efficientvit_b0_r224");
  const std::string swapped = found(larger, arch::Fault{arch::Fault::Kind::kSwapTileAddresses, 1});
  CHECK(swapped == larger.graph.node(1).name + " tile 1");
}

TEST_CASE("faults: a program with one is refused where programs are checked, a flipped byte is none") {
  const Prepared prepared = prepare_random("efficientvit_b0_r224");
  const auto refused = [&](arch::Fault::Kind kind) {
    return run_in_child([&] {
      arch::RunOptions options = functional(prepared);
      options.fault = arch::Fault{kind, 1};
      try {
        return std::string(arch::run(trio_vit(), prepared.graph, options).difference ? "differs" : "equal");
      } catch (const std::logic_error& error) {
        return std::string(error.what());
      }
    });
  };
  CHECK(refused(arch::Fault::Kind::kDropLoad).find("is not legal") != std::string::npos);
  CHECK(refused(arch::Fault::Kind::kDropLoad).find("moves 0 rows") != std::string::npos);
  CHECK(refused(arch::Fault::Kind::kSwapTileAddresses).find("content: instruction ") != std::string::npos);
  CHECK(refused(arch::Fault::Kind::kFlipDramByte) == "differs");
}
