// Every design of configs/designs fits its device and runs a network; those whose engines are not Trio-ViT's
// compute every byte of it.
#include <catch2/catch.hpp>

#include "support/disagreement.h"

using namespace tridex;
using namespace tridex::test;

namespace {

/// Random weights for what the design's dividers do.
Prepared network_for(const arch::DesignPoint& design) {
  quant::Recipe recipe;
  recipe.y_max = 30;  // random weights make larger divisors than trained ones
  recipe.divisor = design.can.divisors.at(0) == "exact" ? quant::Divisor::kExact : quant::Divisor::kLog2Paper;
  return prepare_random("efficientvit_b0_r64", recipe);
}

arch::DesignPoint preset(const std::string& name, const std::vector<std::string>& overrides = {}) {
  return arch::read_design(arch::find_config(name, "designs"), overrides);
}

}  // namespace

TEST_CASE("designs: every one fits its device and runs a small network") {
  int designs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(arch::config_root() / "designs")) {
    const arch::DesignPoint design = arch::read_design(entry.path());
    INFO(design.name);
    const Prepared prepared = network_for(design);
    CHECK(run_in_child([&] {
            arch::RunOptions options;
            options.frames = 1;
            const arch::RunResult result = arch::run(design, prepared.graph, options).result;
            return !result.cost.fits ? result.cost.misfits.at(0) : result.cycles > 0 ? "runs" : "no cycles";
          }) == "runs");
    ++designs;
  }
  CHECK(designs >= 10);
}

TEST_CASE("designs: a systolic array computes what the reference computes, in the cycles of a timed run") {
  const Prepared prepared = network_for(preset("systolic_zcu102"));
  for (const auto& machine : std::vector<std::vector<std::string>>{
           {},
           {"engines.0.weight_double_buffer=false"},
           {"engines.0.accumulators=16"},
           {"engines.0.inputs=8", "engines.0.lanes=8", "copies=4", "buffers.input.kib=24",
            "buffers.output.kib=40", "buffers.weight.kib=48"}}) {
    INFO((machine.empty() ? "as it is" : machine[0]));
    CHECK(disagreement(preset("systolic_zcu102", machine), prepared) == "");
  }
}

TEST_CASE("designs: R-MAC alone and the predecessor's dividers compute what the reference computes") {
  for (const char* name : {"rmac_only_zcu102", "shao_iscas2024_zcu102"}) {
    INFO(name);
    CHECK(disagreement(preset(name), network_for(preset(name))) == "");
  }
}

TEST_CASE("designs: a systolic array is alone") {
  const Prepared prepared = network_for(preset("systolic_zcu102"));
  const auto two = preset("systolic_zcu102", {"engines=[{kind: systolic, lanes: 8, inputs: 8}, "
                                              "{kind: mat, lanes: 8, inputs: 8}]"});
  CHECK_THROWS_WITH(arch::run(two, prepared.graph, {}), Catch::Matchers::Contains("or one systolic array"));
}
