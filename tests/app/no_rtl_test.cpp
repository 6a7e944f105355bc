#include <catch2/catch.hpp>

#include "command_line.h"

using namespace tridex::test;
using Catch::Matchers::Contains;

TEST_CASE("without Verilated engines cosim and run say so, and what to do") {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"cosim", "trio_vit_zcu102", "--engine", "mat", "--model", "efficientvit_b0_r64"},
           {"run", "trio_vit_zcu102", "--model", "efficientvit_b0_r64", "--fidelity", "rtl", "--set",
            "engines.0.implementation=rtl"}}) {
    const Result result = run_tridex(arguments);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, Contains("built without Verilated engines") && Contains("-DTRIDEX_RTL=ON"));
  }
}
