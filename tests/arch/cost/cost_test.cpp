#include "arch/cost/cost.h"

#include <catch2/catch.hpp>

#include "arch/cost/memory_blocks.h"

using namespace tridex::arch;
using Catch::Matchers::Contains;

namespace {

DesignPoint preset(const std::string& name, const std::vector<std::string>& overrides = {}) {
  return read_design(find_config(name, "designs"), overrides);
}

int64_t item(const Cost& cost, const std::string& name) {
  for (const auto& [key, count] : cost.dsp_items) {
    if (key == name) {
      return count;
    }
  }
  return 0;
}

int64_t multipliers(const Cost& cost) {
  int64_t sum = 0;
  for (const auto& [name, count] : cost.dsp_items) {
    sum += name.ends_with(" multipliers") ? count : 0;
  }
  return sum;
}

}  // namespace

TEST_CASE("the published array takes 1024 DSPs, the whole design fits the board") {
  const Cost cost = estimate_cost(preset("trio_vit_zcu102"));
  CHECK(item(cost, "mat multipliers") == 512);
  CHECK(item(cost, "rmac multipliers") == 512);
  CHECK(multipliers(cost) == 1024);
  CHECK(item(cost, "mat requantization") == 64);
  CHECK(item(cost, "rmac requantization") == 128);
  CHECK(item(cost, "divisor scale") == 32);
  CHECK(item(cost, "vector unit") == 128);
  CHECK(cost.dsp == 1024 + 2 * (64 + 128) + 32 + 128);
  CHECK(cost.fits);
  CHECK(cost.misfits.empty());
}

TEST_CASE("items sum to the total, and every preset fits its device") {
  for (const auto& entry : std::filesystem::directory_iterator(config_root() / "designs")) {
    const Cost cost = estimate_cost(read_design(entry.path()));
    INFO(entry.path().stem());
    int64_t sum = 0;
    for (const auto& [name, count] : cost.dsp_items) {
      CHECK(count > 0);
      sum += count;
    }
    CHECK(sum == cost.dsp);
    CHECK(cost.fits);
  }
}

TEST_CASE("packing pairs products that share an operand, of at most 8 bits") {
  CHECK(multipliers(estimate_cost(preset("trio_vit_zcu102", {"packing=none"}))) == 2048);
  CHECK(multipliers(estimate_cost(preset("trio_vit_zcu102", {"capabilities.max_weight_bits=4"}))) == 1024);
  CHECK(multipliers(estimate_cost(preset("trio_vit_zcu102", {"capabilities.max_activation_bits=9"}))) ==
        2048);
  // An odd lane pairs with one of the next copy; the last one of all stays alone.
  CHECK(item(estimate_cost(preset("trio_vit_zcu102", {"engines.0.lanes=7"})), "mat multipliers") ==
        7 * 16 / 2 * 8);
  CHECK(item(estimate_cost(preset("trio_vit_zcu102", {"engines.0.lanes=7", "copies=1"})),
             "mat multipliers") == 4 * 8);
}

TEST_CASE("a DSP58 adds three products of a MAT lane, R-MAC pairs") {
  const Cost cost = estimate_cost(preset("trio_vit_vck190"));
  CHECK(item(cost, "mat multipliers") == 16 * 8 * 3);
  CHECK(item(cost, "rmac multipliers") == 16 * 8 * 8 / 2);
  // Where three do not come together, pairs are better: one input a lane.
  CHECK(item(estimate_cost(preset("trio_vit_vck190", {"engines.0.inputs=1"})), "mat multipliers") ==
        16 * 8 / 2);
}

TEST_CASE("post-processing costs by results a cycle, divisors by their kind") {
  const Cost half = estimate_cost(preset("trio_vit_zcu102", {"engines.0.post_lanes=2"}));
  CHECK(item(half, "mat requantization") == 32);
  CHECK(item(half, "mat activation, shortcut, dividend") == 32);
  const Cost full = estimate_cost(preset("trio_vit_zcu102", {"engines.0.post_lanes=0"}));
  CHECK(item(full, "mat requantization") == 128);
  CHECK(item(half, "rmac requantization") == 128);
  const Cost paper = estimate_cost(preset("trio_vit_zcu102", {"capabilities.divisors=[log2_paper]"}));
  CHECK(item(paper, "divisor scale") == 0);
  const Cost exact = estimate_cost(preset("trio_vit_zcu102", {"capabilities.divisors=[exact]"}));
  CHECK(item(exact, "mat wide dividend") == 64);
  CHECK(exact.lut > paper.lut);
  const Cost table = estimate_cost(preset("trio_vit_zcu102", {"capabilities.divisors=[reciprocal]"}));
  CHECK(item(table, "mat reciprocal") == 64);
  CHECK(item(table, "rmac reciprocal") == 128);
  CHECK(table.lut > paper.lut);
  CHECK(table.lut < exact.lut);
  CHECK(table.bram36 == paper.bram36);
  const Cost large = estimate_cost(preset(
      "trio_vit_zcu102", {"capabilities.divisors=[reciprocal]", "capabilities.reciprocal_table_bits=10"}));
  CHECK(large.bram36 == table.bram36 + 4);
}

TEST_CASE("requantization costs multipliers, or adders; a table of channels costs registers") {
  const Cost multiplier = estimate_cost(preset("trio_vit_zcu102"));
  const Cost shift = estimate_cost(preset("trio_vit_zcu102", {"capabilities.requant=shift"}));
  CHECK(shift.dsp == multiplier.dsp - 64 - 128);
  CHECK(shift.lut > multiplier.lut);
  const Cost tensor = estimate_cost(preset("trio_vit_zcu102", {"capabilities.per_channel_requant=false"}));
  CHECK(tensor.ff < multiplier.ff);
  CHECK(tensor.dsp == multiplier.dsp);
}

TEST_CASE("block RAMs by shape, as FINN's rules") {
  CHECK(bram18_blocks(1, 16384) == 1);
  CHECK(bram18_blocks(1, 16385) == 2);
  CHECK(bram18_blocks(2, 8193) == 2);
  CHECK(bram18_blocks(4, 4096) == 1);
  CHECK(bram18_blocks(8, 4096) == 2);
  CHECK(bram18_blocks(9, 2048) == 1);
  CHECK(bram18_blocks(18, 1024) == 1);
  CHECK(bram18_blocks(36, 512) == 1);
  CHECK(bram18_blocks(36, 513) == 2);
  CHECK(bram18_blocks(128, 512) == 4);
  CHECK(bram18_blocks(128, 4096) == 32);
  CHECK(bram36_blocks(128, 4096) == 16);
  CHECK(bram36_blocks(36, 512) == 1);
  CHECK(uram_blocks(72, 4096) == 1);
  CHECK(uram_blocks(73, 4096) == 2);
  CHECK(uram_blocks(72, 4097) == 2);
}

TEST_CASE("buffers cost by the geometry of their banks; UltraRAM takes what fits it better") {
  const Cost cost = estimate_cost(preset("trio_vit_zcu102"));
  CHECK(cost.bram36 == 16 * 16 + 16 * 12 + 16 * 16 + 4 * 2 * 2);
  CHECK(cost.uram == 0);
  // The same bytes in more and narrower banks take more blocks.
  CHECK(estimate_cost(preset("trio_vit_zcu102", {"buffers.input.banks=256"})).bram36 > cost.bram36);
  const Cost kv260 = estimate_cost(preset("trio_vit_kv260"));
  CHECK(kv260.uram > 0);
  CHECK(kv260.uram <= 64);
}

TEST_CASE("what does not fit is named with what is there") {
  const Cost cost = estimate_cost(preset("trio_vit_zcu102", {"copies=64", "buffers.input.kib=4096"}));
  CHECK_FALSE(cost.fits);
  REQUIRE(cost.misfits.size() >= 2);
  CHECK_THAT(cost.misfits[0], Contains("dsp: needs ") && Contains("xczu9eg has 2520"));
  CHECK_THAT(cost.misfits[1], Contains("bram36: needs ") && Contains("xczu9eg has 912"));
}

TEST_CASE("more of anything never costs less") {
  const Cost base = estimate_cost(preset("trio_vit_zcu102", {"engines.0.post_lanes=0"}));
  for (const char* more : {"copies=17", "engines.0.lanes=9", "engines.1.inputs=9", "vector.lanes=65",
                           "buffers.output.kib=2048", "ports.count=5", "ports.width_bits=256"}) {
    const Cost cost = estimate_cost(preset("trio_vit_zcu102", {"engines.0.post_lanes=0", more}));
    INFO(more);
    CHECK(cost.dsp >= base.dsp);
    CHECK(cost.bram36 >= base.bram36);
    CHECK(cost.lut >= base.lut);
    CHECK(cost.ff >= base.ff);
    CHECK(cost.dsp + cost.bram36 + cost.lut + cost.ff > base.dsp + base.bram36 + base.lut + base.ff);
  }
}
