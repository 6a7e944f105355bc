#include "arch/cost/cost.h"

#include <catch2/catch.hpp>
#include <cstdio>

#include "arch/cost/memory_blocks.h"
#include "arch/cost/packing.h"

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

int64_t lut_item(const Cost& cost, const std::string& name) {
  for (const auto& [key, count] : cost.lut_items) {
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
  CHECK(item(cost, "mat divisor scale") == 32);
  CHECK(item(cost, "rmac divisor scale") == 32);
  CHECK(item(cost, "vector unit") == 128);
  CHECK(cost.dsp == 1024 + 2 * (64 + 128) + 2 * 32 + 128);
  CHECK(cost.dsp == 1600);
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
    sum = 0;
    for (const auto& [name, count] : cost.lut_items) {
      CHECK(count > 0);
      sum += count;
    }
    CHECK(sum == cost.lut);
    CHECK(cost.fits);
  }
}

TEST_CASE("a mode of packing: products a DSP by operand widths, device and engine") {
  struct Case {
    int weight, activation;
    int64_t mat, rmac;      // DSPs of 1,024 multipliers each on a DSP48E2
    int64_t mat58, rmac58;  // on a DSP58
  };
  // MAT's lane of eight takes three dot products of three.
  for (const Case& c :
       {Case{8, 8, 512, 512, 384, 512}, Case{4, 8, 512, 512, 384, 512}, Case{8, 4, 512, 512, 384, 512},
        Case{4, 4, 256, 512, 256, 512}, Case{5, 4, 512, 512, 384, 512}, Case{9, 8, 1024, 1024, 384, 1024},
        Case{8, 9, 1024, 1024, 384, 1024}, Case{9, 9, 1024, 1024, 1024, 1024},
        Case{16, 16, 1024, 1024, 1024, 1024}}) {
    INFO(c.weight << " x " << c.activation);
    const std::vector<std::string> widths = {
        "capabilities.max_weight_bits=" + std::to_string(c.weight),
        "capabilities.max_activation_bits=" + std::to_string(c.activation)};
    const Cost e2 = estimate_cost(preset("trio_vit_zcu102", widths));
    CHECK(item(e2, "mat multipliers") == c.mat);
    CHECK(item(e2, "rmac multipliers") == c.rmac);
    const Cost v58 = estimate_cost(preset("trio_vit_vck190", widths));
    CHECK(item(v58, "mat multipliers") == c.mat58);
    CHECK(item(v58, "rmac multipliers") == c.rmac58);
    auto none = widths;
    none.emplace_back("packing=none");
    CHECK(multipliers(estimate_cost(preset("trio_vit_zcu102", none))) == 2048);
    CHECK(multipliers(estimate_cost(preset("trio_vit_vck190", none))) == 2048);
  }
}

TEST_CASE("packing: odd lanes, what depthwise allows, pairs of copies") {
  // An odd lane pairs with one of the next copy; the last one of all stays alone.
  CHECK(item(estimate_cost(preset("trio_vit_zcu102", {"engines.0.lanes=7"})), "mat multipliers") ==
        7 * 16 / 2 * 8);
  CHECK(item(estimate_cost(preset("trio_vit_zcu102", {"engines.0.lanes=7", "copies=1"})),
             "mat multipliers") == 4 * 8);
  const Cost alone = estimate_cost(preset("trio_vit_zcu102", {"depthwise_packing=1"}));
  CHECK(item(alone, "rmac multipliers") == 1024);
  CHECK(item(alone, "mat multipliers") == 512);
  // Four products: two weights by the pixels of two copies.
  const auto four_bits = [](std::vector<std::string> more) {
    more.insert(more.end(), {"capabilities.max_weight_bits=4", "capabilities.max_activation_bits=4"});
    return item(estimate_cost(preset("trio_vit_zcu102", more)), "mat multipliers");
  };
  CHECK(four_bits({"spread=pixels"}) == 256);
  CHECK(four_bits({"spread=channels"}) == 512);
  CHECK(four_bits({"copies=15"}) == 15 * 64 / 2);
  CHECK(four_bits({"engines.0.lanes=7"}) == 4 * 8 * 8);
}

TEST_CASE("packing: fields collide after the published numbers of products") {
  const auto terms = [](int weight, int activation) {
    const DesignPoint d =
        preset("trio_vit_zcu102", {"capabilities.max_weight_bits=" + std::to_string(weight),
                                   "capabilities.max_activation_bits=" + std::to_string(activation)});
    return cascade_terms(d, d.engines[0]);
  };
  CHECK(terms(8, 8) == 7);     // WP486
  CHECK(terms(4, 8) == 2047);  // eleven bits of guard
  CHECK(terms(4, 4) == 7);
  CHECK(terms(9, 8) > 1 << 20);
  // Literally: the lower field of so many largest products keeps its sign bit, one more overflows it.
  for (const auto& [weight, activation] : {std::pair{8, 8}, {4, 8}, {6, 7}, {2, 3}}) {
    const DesignPoint d = preset("trio_vit_zcu102",
                                 {"spread=channels", "capabilities.max_weight_bits=" + std::to_string(weight),
                                  "capabilities.max_activation_bits=" + std::to_string(activation)});
    const int64_t field = 27 - weight;
    const int64_t n = cascade_terms(d, d.engines[0]);
    const int64_t product = (int64_t{1} << (weight - 1)) << activation;
    CHECK(n * product < int64_t{1} << (field - 1));
    CHECK((n + 1) * product >= int64_t{1} << (field - 1));
  }
}

TEST_CASE("post-processing costs by results a cycle, divisors by their kind") {
  const Cost half = estimate_cost(preset("trio_vit_zcu102", {"engines.0.post_lanes=2"}));
  CHECK(item(half, "mat requantization") == 32);
  CHECK(item(half, "mat activation, shortcut, dividend") == 32);
  const Cost full = estimate_cost(preset("trio_vit_zcu102", {"engines.0.post_lanes=0"}));
  CHECK(item(full, "mat requantization") == 128);
  CHECK(item(half, "rmac requantization") == 128);
  const Cost paper = estimate_cost(preset("trio_vit_zcu102", {"capabilities.divisors=[log2_paper]"}));
  CHECK(item(paper, "mat divisor scale") == 0);
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

TEST_CASE("dividers are counted where quotients are made, and by themselves") {
  const auto exact = [](std::vector<std::string> more) {
    more.emplace_back("capabilities.divisors=[exact]");
    return estimate_cost(preset("trio_vit_zcu102", more));
  };
  const Cost all = exact({});
  const Cost few = exact({"engines.0.divide_lanes=3", "engines.1.divide_lanes=2"});
  CHECK(item(all, "mat wide dividend") == 64);
  CHECK(item(few, "mat wide dividend") == 48);
  CHECK(item(few, "rmac wide dividend") == 32);
  CHECK(lut_item(all, "mat divider") % 64 == 0);
  CHECK(lut_item(few, "mat divider") * 4 == lut_item(all, "mat divider") * 3);
  CHECK(lut_item(few, "rmac divider") * 4 == lut_item(all, "rmac divider"));
  CHECK(lut_item(estimate_cost(preset("trio_vit_zcu102")), "mat divider") == 0);
  CHECK(lut_item(estimate_cost(preset("shao_iscas2024_zcu102")), "mat divider") > 0);
}

TEST_CASE("a systolic array: pairs of columns, registers for moving weights, a memory of sums a column") {
  const Cost array = estimate_cost(preset("systolic_zcu102"));
  CHECK(multipliers(array) == 32 * 64 / 2);
  CHECK(array.bram36 == 720 + 64 / 2);
  CHECK(estimate_cost(preset("systolic_zcu102", {"engines.0.accumulators=513"})).bram36 == 720 + 64);
  const Cost single = estimate_cost(preset("systolic_zcu102", {"engines.0.weight_double_buffer=false"}));
  CHECK(array.ff - single.ff == int64_t{32} * 64 * 8);
}

TEST_CASE("LUTs are of the order of a published accelerator's") {
  // CoQMoE (arXiv 2506.08496), INT8, ZCU102: 1,754 DSP, 156.1 kLUT, 198.2 kFF; another design for another
  // network, so no more than an order: within a factor of two, a DSP each.
  const Cost cost = estimate_cost(preset("trio_vit_zcu102"));
  const double luts = static_cast<double>(cost.lut) / static_cast<double>(cost.dsp) / (156.1e3 / 1754);
  const double ffs = static_cast<double>(cost.ff) / static_cast<double>(cost.dsp) / (198.2e3 / 1754);
  std::printf("LUT a DSP: %.2f, FF a DSP: %.2f of CoQMoE's\n", luts, ffs);
  CHECK(luts > 0.5);
  CHECK(luts < 2);
  CHECK(ffs > 0.5);
  CHECK(ffs < 2);
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
