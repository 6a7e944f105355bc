#include "arch/cost/energy.h"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "arch/cost/cost.h"
#include "base/error.h"

using namespace tridex;
using namespace tridex::arch;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

DesignPoint preset(const std::vector<std::string>& overrides = {}) {
  return read_design(find_config("trio_vit_zcu102", "designs"), overrides);
}

Activity some() {
  Activity a;
  a.engines = {{1000, 100, 10}, {2000, 200, 20}};
  a.vector_elements = 30;
  a.buffer_bytes = {4000, 5000, 6000};
  a.dram_read_bytes = 6400;
  a.dram_write_bytes = 3200;
  a.row_misses = 7;
  a.refreshes = 2;
  return a;
}

constexpr double kSeconds = 1e-3;

}  // namespace

TEST_CASE("energy: items sum to the total, nothing done leaves what time takes") {
  const Energy e = estimate_energy(preset(), some(), kSeconds);
  double sum = 0;
  for (const auto& [name, value] : e.items()) {
    INFO(name);
    CHECK(value > 0);
    sum += value;
  }
  CHECK(sum == Approx(e.total()));
  CHECK(e.items().size() == 12);
  const Energy idle = estimate_energy(preset(), {}, kSeconds);
  CHECK(idle.total() == Approx(idle.static_ + idle.clock + idle.dram_background));
  CHECK(estimate_energy(preset(), {}, 0).total() == 0);
}

TEST_CASE("energy: each count moves its own items, in proportion") {
  struct Case {
    const char* name;
    std::function<void(Activity&)> add;
    std::set<std::string> items;
  };
  const Case cases[] = {
      {"MACs", [](Activity& a) { a.engines[0].macs += 500; }, {"mac"}},
      {"R-MAC's MACs", [](Activity& a) { a.engines[1].macs += 500; }, {"mac"}},
      {"results", [](Activity& a) { a.engines[1].results += 50; }, {"post"}},
      {"elements", [](Activity& a) { a.vector_elements += 50; }, {"post"}},
      {"input", [](Activity& a) { a.buffer_bytes[0] += 50; }, {"input_buffer"}},
      {"weight", [](Activity& a) { a.buffer_bytes[1] += 50; }, {"weight_buffer"}},
      {"output", [](Activity& a) { a.buffer_bytes[2] += 50; }, {"output_buffer"}},
      {"reads", [](Activity& a) { a.dram_read_bytes += 64; }, {"dram_read"}},
      {"writes", [](Activity& a) { a.dram_write_bytes += 64; }, {"dram_write"}},
      {"rows", [](Activity& a) { ++a.row_misses; }, {"dram_activate"}},
      {"refreshes", [](Activity& a) { ++a.refreshes; }, {"dram_refresh"}},
  };
  const DesignPoint design = preset();
  const auto before = estimate_energy(design, some(), kSeconds).items();
  for (const Case& c : cases) {
    Activity more = some();
    c.add(more);
    const auto once = estimate_energy(design, more, kSeconds).items();
    c.add(more);
    const auto twice = estimate_energy(design, more, kSeconds).items();
    for (size_t i = 0; i < before.size(); ++i) {
      INFO(c.name << ": " << before[i].first);
      if (c.items.count(before[i].first) == 0) {
        CHECK(once[i].second == before[i].second);
      } else {
        CHECK(once[i].second > before[i].second);
        CHECK(twice[i].second - once[i].second == Approx(once[i].second - before[i].second).epsilon(1e-6));
      }
    }
  }
  const auto longer = estimate_energy(design, some(), 2 * kSeconds).items();
  for (size_t i = 0; i < before.size(); ++i) {
    INFO(before[i].first);
    const std::set<std::string> of_time{"static", "clock", "dram_background"};
    CHECK(longer[i].second == Approx(before[i].second * (of_time.count(before[i].first) != 0 ? 2 : 1)));
  }
}

TEST_CASE("energy: the DRAM's by hand") {
  // Ten mA a device and clock are 1 V * 10 mA * 4 devices * 1 ns = 0.04 nJ.
  const DesignPoint d =
      preset({"memory.vdd=1", "memory.devices=4", "memory.idd0=30", "memory.idd2n=10", "memory.idd3n=20",
              "memory.idd4r=120", "memory.idd4w=70", "memory.idd5b=220", "memory.tck_ns=1"});
  const Energy e = estimate_energy(d, some(), kSeconds);
  // tRC 56, tRAS 39: 30 * 56 - 20 * 39 - 10 * 17 = 730 mA clocks.
  CHECK(e.dram_activate == Approx(7 * 730 * 0.004e-6));
  CHECK(e.dram_read == Approx(100 * 4 * 100 * 0.004e-6));  // 100 lines of four clocks
  CHECK(e.dram_write == Approx(50 * 4 * 50 * 0.004e-6));
  CHECK(e.dram_refresh == Approx(2 * 421 * 200 * 0.004e-6));
  CHECK(e.dram_background == Approx(20e-3 * 4 * kSeconds * 1e3));
  CHECK(estimate_energy(preset({"memory.channels=2"}), some(), kSeconds).dram_background ==
        Approx(2 * estimate_energy(preset(), some(), kSeconds).dram_background));
}

TEST_CASE("energy: static and clock by hand, MACs by packing") {
  const Energy e = estimate_energy(preset(), some(), kSeconds);
  CHECK(e.static_ == Approx(preset().device.static_w * kSeconds * 1e3));
  const auto flops = static_cast<double>(estimate_cost(preset()).ff);
  CHECK(e.clock == Approx(flops * 200e6 * kSeconds * 0.01e-12 * 1e3));
  const auto mac = [&](const std::vector<std::string>& overrides) {
    return estimate_energy(preset(overrides), some(), kSeconds).mac;
  };
  CHECK(mac({"packing=none"}) > e.mac);
  CHECK(mac({"capabilities.max_weight_bits=4"}) < e.mac);  // longer cascades: fewer sums in LUTs
  CHECK(mac({"capabilities.max_weight_bits=4", "capabilities.max_activation_bits=4"}) < e.mac);
  CHECK(mac({"capabilities.max_weight_bits=16"}) > mac({"packing=none"}));
}

TEST_CASE("energy: a systolic column's memory of sums is read and written once for its rows") {
  const auto mac = [](int rows) {  // pJ
    const DesignPoint d =
        read_design(find_config("systolic_zcu102", "designs"), {"engines.0.inputs=" + std::to_string(rows)});
    Activity a;
    a.engines = {{1000, 0, 0}};
    return estimate_energy(d, a, kSeconds).mac * 1e9 / 1000;
  };
  // 9 bytes of a block RAM at 10 pJ / 8 bytes of 45 nm and 0.9 V, scaled to 16 nm, 0.85 V and an FPGA's 14;
  // the sums of more rows take fewer LUTs a MAC too, less than 0.1 pJ.
  const double column = 9 * 10.0 / 8 * 16 / 45 * (0.85 * 0.85) / (0.9 * 0.9) * 14;
  CHECK(mac(7) - mac(28) > column * (1.0 / 7 - 1.0 / 28));
  CHECK(mac(7) - mac(28) < column * (1.0 / 7 - 1.0 / 28) + 0.1);
}

TEST_CASE("energy: UltraRAM and block RAM differ") {
  const DesignPoint kv260 = read_design(find_config("trio_vit_kv260", "designs"));
  const Cost cost = estimate_cost(kv260);
  REQUIRE(!cost.uram_buffers.empty());
  const Energy in_uram = estimate_energy(kv260, some(), kSeconds);
  const Energy in_bram = estimate_energy(preset(), some(), kSeconds);
  REQUIRE(cost.uram_buffers[0] != "weight");
  CHECK((cost.uram_buffers[0] == "input" ? in_uram.input_buffer > in_bram.input_buffer
                                         : in_uram.output_buffer > in_bram.output_buffer));
}

TEST_CASE("energy: what is not known is said, not guessed") {
  CHECK(energy_gap(preset()).empty());
  const DesignPoint hbm = read_design(find_config("trio_vit_u50", "designs"));
  CHECK_THAT(energy_gap(hbm), Contains("memory 'hbm2' gives no currents") && Contains("idd0"));
  CHECK_THROWS_AS(estimate_energy(hbm, {}, 1), std::logic_error);
  CHECK_THAT(energy_gap(read_design(find_config("trio_vit_u250", "designs"))), Contains("static_w"));
  CHECK_THAT(energy_gap(preset({"memory.ideal=true"})), Contains("ideal memory"));
  CHECK_THROWS_WITH(preset({"memory.idd4r=20"}), Contains("memory: idd4r 20 is less than idd3n 43"));
  CHECK_THROWS_WITH(preset({"memory.name=hbm2", "memory.idd0=65"}),
                    Contains("memory: gives some of a memory's currents but not vdd devices idd2n"));
}
