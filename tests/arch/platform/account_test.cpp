#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "arch/mapping/mapper.h"
#include "arch/platform/account.h"
#include "arch/platform/platform.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "support/child.h"
#include "support/monitored_run.h"
#include "support/prepared_network.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::test;

namespace {

arch::DesignPoint trio_vit(const std::vector<std::string>& overrides = {}) {
  return arch::read_design(arch::find_config("trio_vit_zcu102", "designs"), overrides);
}

nlohmann::json timed(const arch::DesignPoint& design, const std::string& network, int frames,
                     const quant::Recipe& recipe = {}) {
  const quant::IntegerGraph graph = quant::shape_only(models::build_network(network), recipe);
  return nlohmann::json::parse(run_in_child([&] {
    arch::RunOptions options;
    options.frames = frames;
    return to_json(monitored_run(design, graph, options).result).dump();
  }));
}

}  // namespace

TEST_CASE("account: the cycles of every engine add up to the time of the run") {
  const auto result = timed(trio_vit(), "efficientvit_b1_r224", 1);
  for (const auto& module : result["modules"]) {
    int64_t sum = module["busy_cycles"].get<int64_t>();
    for (const auto& [cause, cycles] : module["stalls"].items()) {
      CHECK(cycles.get<int64_t>() >= 0);
      sum += cycles.get<int64_t>();
    }
    INFO(module["name"]);
    CHECK(sum == result["cycles"].get<int64_t>());
  }
}

TEST_CASE(
    "account: on random machines all cycles of modules and layers have a cause, in parts and as a whole") {
  test::Random random("account parts");
  for (int i = 0; i < 6; ++i) {
    const auto one_of = [&](const std::string& key, const std::vector<std::string>& values) {
      return key + "=" + values[static_cast<size_t>(random.integer(0, static_cast<int>(values.size()) - 1))];
    };
    const std::vector<std::string> machine{one_of("ports.count", {"1", "2", "4"}),
                                           one_of("ports.width_bits", {"32", "128", "512"}),
                                           one_of("ports.outstanding", {"1", "8"}),
                                           one_of("copies", {"1", "3", "16"}),
                                           one_of("memory.controller", {"fcfs", "fr_fcfs"}),
                                           one_of("memory.channels", {"1", "2"}),
                                           one_of("buffers.output.width_bits", {"16", "128"}),
                                           one_of("schedule.double_buffer", {"true", "false"})};
    INFO("case " << i);
    const int frames = random.integer(1, 2);
    const auto result = timed(trio_vit(machine), "efficientvit_b0_r224", frames);
    const auto sums = [](const nlohmann::json& item) {
      int64_t whole = 0;
      int64_t parts = 0;
      for (const auto& [cause, cycles] : item["stalls"].items()) {
        int64_t of_cause = 0;
        for (const auto& [part, share] : item["stall_parts"].items()) {
          of_cause += part == cause || part.rfind(cause + ".", 0) == 0 ? share.get<int64_t>() : 0;
        }
        CHECK(of_cause == cycles.get<int64_t>());
        CHECK(cycles.get<int64_t>() > (cause == "idle" ? -1 : 0));
        whole += cycles.get<int64_t>();
      }
      for (const auto& [part, share] : item["stall_parts"].items()) {
        parts += share.get<int64_t>();
      }
      CHECK(whole == parts);
      return whole;
    };
    std::set<int64_t> totals;
    for (const auto& module : result["modules"]) {
      totals.insert(module["busy_cycles"].get<int64_t>() + sums(module));
    }
    CHECK(totals.size() == 1);
    for (const auto& layer : result["layers"]) {
      const std::string engines = layer["engine"];
      const int64_t length = layer["end_cycle"].get<int64_t>() - layer["start_cycle"].get<int64_t>();
      CHECK(layer["busy_cycles"].get<int64_t>() + sums(layer) ==
            (1 + std::count(engines.begin(), engines.end(), '+')) * length);
    }
  }
}

TEST_CASE("account: causes that are known") {
  const auto part = [](const nlohmann::json& result, const std::string& name) {
    int64_t cycles = 0;
    for (const std::string of : {"input.", "weights.", "output."}) {
      cycles += result["stall_parts"].value(of + name, int64_t{0});
    }
    return cycles;
  };
  const auto all = [](const nlohmann::json& result) {
    int64_t cycles = 0;
    for (const auto& [cause, stall] : result["stall_parts"].items()) {
      cycles += stall.get<int64_t>();
    }
    return cycles;
  };
  const auto run = [](const std::vector<std::string>& machine) {
    return timed(trio_vit(machine), "efficientvit_b0_r224", 1);
  };
  const auto plain = run({});
  CHECK(part(plain, "refresh") > 0);
  CHECK(plain["stall_parts"].value("buffer_port", 0) > 0);
  CHECK(plain["stall_parts"].value("bank_conflict", 0) > 0);
  const auto wide = run({"buffers.input.banks=256", "buffers.weight.banks=256", "buffers.output.banks=256"});
  CHECK(wide["stall_parts"].value("bank_conflict", 0) == 0);
  CHECK(wide["cycles"] < plain["cycles"]);
  const auto unrefreshed = run({"memory.refresh=false"});
  CHECK(part(unrefreshed, "refresh") == 0);
  CHECK(unrefreshed["dram"]["refreshes"] == 0);
  const auto ideal = run({"memory.ideal=true"});
  for (const char* name : {"refresh", "row_miss", "turnaround", "bandwidth", "port", "latency"}) {
    INFO(name);
    CHECK(part(ideal, name) == 0);
  }
  const auto narrow = run({"ports.count=1", "ports.width_bits=32"});
  CHECK(part(narrow, "port") * 2 > all(narrow));
  // Every line in a row of its own, of one bank.
  const auto thrash =
      run({"memory.bank_groups=1", "memory.banks_per_group=1", "memory.mapping=bank group column row"});
  CHECK(part(thrash, "row_miss") * 3 > all(thrash));
  CHECK(part(thrash, "row_miss") > 10 * part(thrash, "bandwidth"));
  const auto slow = run({"memory.bus_bits=16", "memory.row_bytes=2048"});
  CHECK(part(slow, "bandwidth") * 2 > all(slow));
  const auto starved = run({"buffers.output.width_bits=8", "buffers.output.banks=1"});
  CHECK(starved["stall_parts"].value("buffer_port", 0) > 10 * plain["stall_parts"].value("buffer_port", 0));
  // Bursts and activates are counted: every line is in one burst.
  const auto& dram = plain["dram"];
  CHECK(dram["read_bursts"].get<int64_t>() + dram["write_bursts"].get<int64_t>() ==
        dram["row_hits"].get<int64_t>() + dram["row_misses"].get<int64_t>());
  CHECK(dram["read_bursts"].get<int64_t>() * 64 >= dram["read_bytes"].get<int64_t>());
  CHECK(dram["write_bursts"].get<int64_t>() * 64 >= dram["write_bytes"].get<int64_t>());
  CHECK(dram["activates"].get<int64_t>() >= dram["row_misses"].get<int64_t>());
}

TEST_CASE("account: one engine that shares its buffers with nobody has no bank conflict") {
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b0_r224"), {});
  const arch::DesignPoint design = arch::read_design(arch::find_config("mat_only_zcu102", "designs"),
                                                     {"memory.ideal=true", "buffers.output.banks=1"});
  const auto result = nlohmann::json::parse(run_in_child([&] {
    arch::RunOptions options;
    options.frames = 1;
    return to_json(arch::run(design, graph, options).result).dump();
  }));
  CHECK(result["stalls"].value("buffer_port", 0) > 0);
  CHECK(result["stalls"].value("bank_conflict", 0) == 0);
}

#ifndef __SANITIZE_ADDRESS__
// AddressSanitizer does not know the stack any more once the kernel's threads have had theirs: what is thrown
// then by this one is an error to it (github.com/google/sanitizers/issues/189).
TEST_CASE("account: a command that took another time than its account says is found") {
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b0_r224"), {});
  const arch::DesignPoint design = trio_vit();
  const arch::Program program = arch::map_network(design, graph, 1);
  arch::Platform platform("machine", design, program, false);
  sc_core::sc_start();
  const auto account_as = [&](const arch::DesignPoint& told) {
    arch::RunResult result;
    arch::account(told, graph, program, platform, false, result);
    return result.stalls;
  };
  CHECK(account_as(design).at("bank_conflict") > 0);
  arch::DesignPoint other = design;
  other.engines[0].pipeline_depth += 1;
  CHECK_THROWS_AS(account_as(other), std::logic_error);
  other = design;
  other.weight_buffer.banks -= 1;
  CHECK_THROWS_AS(account_as(other), std::logic_error);
  other = design;
  other.vector.lanes -= 1;
  CHECK_THROWS_AS(account_as(other), std::logic_error);
}
#endif

TEST_CASE("account: the layers do all multiply-accumulates of the network, once") {
  const auto result = timed(trio_vit(), "efficientvit_b1_r224", 1);
  int64_t macs = 0;
  for (const auto& layer : result["layers"]) {
    macs += layer["macs"].get<int64_t>();
    const int64_t length = layer["end_cycle"].get<int64_t>() - layer["start_cycle"].get<int64_t>();
    CHECK(length > 0);
    int64_t waited = 0;  // of all its engines
    for (const auto& [cause, cycles] : layer["stalls"].items()) {
      waited += cycles.get<int64_t>();
    }
    INFO(layer["name"]);
    const std::string engines = layer["engine"];
    const auto count = 1 + std::count(engines.begin(), engines.end(), '+');
    CHECK(layer["busy_cycles"].get<int64_t>() + waited == count * length);
  }
  // 519,214,592: MACs of B1-R224 (published 0.52 G; counted from the MIT definitions)
  CHECK(macs == 519214592);
}

TEST_CASE("account: the timeline has the bandwidth of the DRAM, whose integral is its bytes") {
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b0_r224"), {});
  const arch::DesignPoint design = trio_vit();
  const auto parsed = nlohmann::json::parse(run_in_child([&] {
    arch::RunOptions options;
    options.timeline = true;
    const auto result = arch::run(design, graph, options).result;
    return nlohmann::json{{"result", to_json(result)}, {"trace", timeline_json(result, design.clock_mhz)}}
        .dump();
  }));
  const auto& dram = parsed["result"]["dram"];
  for (const auto& [name, bytes] : {std::pair{"DRAM read GB/s", dram["read_bytes"].get<double>()},
                                    std::pair{"DRAM write GB/s", dram["write_bytes"].get<double>()}}) {
    INFO(name);
    double sum = 0;
    double last = 0;
    double value = 0;
    int points = 0;
    for (const auto& event : parsed["trace"]["traceEvents"]) {
      const double at = event.value("ts", 0.0);  // microseconds
      if (event["ph"] == "C" && event["name"] == name) {
        CHECK(at >= last);
        sum += value * (at - last) * 1e3;
        last = at;
        value = event["args"]["value"].get<double>();
        CHECK(value >= 0);
        CHECK(value <=
              design.dram.peak_bandwidth() * 1e-9 * 1.5);  // a window's share is even, its runs are not
        ++points;
      }
    }
    CHECK(points > 100);
    CHECK(value == 0);
    CHECK(sum == Approx(bytes).epsilon(1e-9));
  }
}

TEST_CASE("account: bytes of the layers are the bytes of the DRAM") {
  const auto result = timed(trio_vit(), "efficientvit_b0_r224", 1);
  int64_t read = 0;
  int64_t written = 0;
  for (const auto& layer : result["layers"]) {
    read += layer["read_bytes"].get<int64_t>();
    written += layer["write_bytes"].get<int64_t>();
  }
  CHECK(result["dram"]["read_bytes"] == read);
  CHECK(result["dram"]["write_bytes"] == written);
}

TEST_CASE("account: frames follow one another no slower than alone, and the first is the same") {
  const auto one = timed(trio_vit(), "efficientvit_b0_r224", 1);
  const auto three = timed(trio_vit(), "efficientvit_b0_r224", 3);
  CHECK(three["fps"].get<double>() >= one["fps"].get<double>());
  // The next frame's loads may share the DRAM with the end of the first one.
  CHECK(three["cycles"].get<double>() == Approx(one["cycles"].get<double>()).epsilon(0.02));
}

TEST_CASE("account: with a controller that reorders, runs are the same, and so are the bytes") {
  const auto fcfs = timed(trio_vit({"memory.controller=fcfs"}), "efficientvit_b0_r224", 2);
  const auto first = timed(trio_vit(), "efficientvit_b0_r224", 2);
  CHECK(first == timed(trio_vit(), "efficientvit_b0_r224", 2));
  CHECK(first["dram"]["read_bytes"] == fcfs["dram"]["read_bytes"]);
  CHECK(first["dram"]["write_bytes"] == fcfs["dram"]["write_bytes"]);
  CHECK(first["cycles"] != fcfs["cycles"]);
  CHECK(first["cycles"].get<double>() == Approx(fcfs["cycles"].get<double>()).epsilon(0.1));
}

TEST_CASE("mapping: the pipelines of the schedule are used where they are sooner") {
  const auto cycles = [](std::vector<std::string> machine, const std::string& off) {
    machine.insert(machine.end(), {"memory.ideal=true", "copies=1"});
    const auto with = timed(trio_vit(machine), "efficientvit_b0_r224", 1)["cycles"].get<int64_t>();
    machine.push_back(off);
    const auto without = timed(trio_vit(machine), "efficientvit_b0_r224", 1)["cycles"].get<int64_t>();
    return std::pair{with, without};
  };
  const auto inter = cycles({}, "schedule.inter_layer_pipeline=false");
  CHECK(static_cast<double>(inter.first) < 0.97 * static_cast<double>(inter.second));  // MAT helps without it
  // Equal engines share the heads of each product evenly, and nothing is left to gain; unequal ones cannot.
  const auto equal = cycles({}, "schedule.intra_layer_pipeline=false");
  CHECK(equal.first == equal.second);
  const auto unequal =
      cycles({"engines.0.lanes=16", "engines.0.post_lanes=8"}, "schedule.intra_layer_pipeline=false");
  CHECK(unequal.first < unequal.second);
}

TEST_CASE("account: an ideal memory takes no time and moves every byte") {
  const auto ideal = timed(trio_vit({"memory.ideal=true"}), "efficientvit_b0_r224", 1);
  const auto real = timed(trio_vit(), "efficientvit_b0_r224", 1);
  CHECK(ideal["cycles"].get<int64_t>() < real["cycles"].get<int64_t>());
  int64_t read = 0;
  for (const auto& layer : ideal["layers"]) {
    read += layer["read_bytes"].get<int64_t>();
  }
  CHECK(ideal["dram"]["read_bytes"] == read);
  CHECK(ideal["dram"]["write_bytes"] == real["dram"]["write_bytes"]);
  CHECK(ideal["dram"]["row_hits"] == 0);
  CHECK(ideal["dram"]["row_misses"] == 0);
  CHECK(ideal["dram"]["refreshes"] == 0);
  // Ports are part of it: the narrowest one is as good.
  const auto narrow = timed(trio_vit({"memory.ideal=true", "ports.count=1", "ports.width_bits=8",
                                      "ports.outstanding=1", "ports.latency_cycles=1000"}),
                            "efficientvit_b0_r224", 1);
  CHECK(narrow["cycles"] == ideal["cycles"]);
}

TEST_CASE("analytic: never above timed") {
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b0_r224"), {});
  for (const auto& machine : std::vector<std::vector<std::string>>{{},
                                                                   {"copies=1"},
                                                                   {"ports.count=1"},
                                                                   {"engines.0.lanes=32"},
                                                                   {"schedule.double_buffer=false"},
                                                                   {"memory.ideal=true"},
                                                                   {"memory.ideal=true", "copies=1"},
                                                                   {"memory.controller=fcfs"},
                                                                   {"memory.controller=fcfs", "copies=64"}}) {
    const arch::DesignPoint design = trio_vit(machine);
    arch::RunOptions options;
    options.fidelity = arch::Fidelity::kAnalytic;
    const auto bound = arch::run(design, graph, options).result;
    const auto result = timed(design, "efficientvit_b0_r224", 1);
    CHECK(bound.cycles > 0);
    CHECK(bound.cycles <= result["cycles"].get<int64_t>());
  }
}

TEST_CASE("account: a wide residual stream costs the vector unit's casts and their bytes") {
  const auto machine = trio_vit({"mapping.keep_tensors=false"});
  const auto plain = timed(machine, "efficientvit_b0_r224", 1);
  quant::Recipe recipe;
  recipe.residual_bits = 12;
  const auto wide = timed(machine, "efficientvit_b0_r224", 1, recipe);
  CHECK(wide["cycles"].get<int64_t>() > plain["cycles"].get<int64_t>());
  CHECK(wide["dram"]["write_bytes"].get<int64_t>() > plain["dram"]["write_bytes"].get<int64_t>());
  CHECK(wide["macs"] == plain["macs"]);
  arch::RunOptions options;
  options.fidelity = arch::Fidelity::kAnalytic;
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b0_r224"), recipe);
  CHECK(arch::run(trio_vit(), graph, options).result.cycles <= wide["cycles"].get<int64_t>());
}

TEST_CASE("mapping: what a machine cannot do is refused by name") {
  quant::Recipe recipe;
  const auto refused = [&](const std::vector<std::string>& machine, const std::string& message) {
    INFO(machine[0]);
    const quant::IntegerGraph graph =
        quant::shape_only(models::build_network("efficientvit_b1_r224"), recipe);
    arch::RunOptions options;
    CHECK_THROWS_WITH(arch::run(trio_vit(machine), graph, options), Catch::Matchers::Contains(message));
  };
  refused({"memory.rows=16"}, "bytes of DRAM");
  refused({"engines.1.kind=mat"}, "one MAT, one R-MAC");
  refused({"capabilities.per_channel_requant=false"}, "requantized per channel");
  refused({"capabilities.max_weight_bits=4"}, "weights of 8 bits");
  refused({"capabilities.max_activation_bits=4"}, "on 8 bits");
  refused({"capabilities.divisors=[exact]"}, "divides by 'log2_paper'");
  refused({"capabilities.requant=shift"}, "power_of_two_scales");
  recipe.weight_zero_point = true;
  refused({"copies=16"}, "weights of 9 bits");
  recipe.weight_zero_point = false;
  recipe.divisor = quant::Divisor::kReciprocal;
  recipe.reciprocal_table_bits = 9;
  refused({"copies=16"}, "divides by 'reciprocal'");
  refused({"capabilities.divisors=[reciprocal]"}, "capabilities.reciprocal_table_bits");
  recipe = {};
  recipe.residual_bits = 12;
  recipe.wide_operands = true;
  refused({"copies=16"}, "on 12 bits");
  recipe = {};
  refused({"buffers.input.kib=1"}, "no tile fits");
  refused({"buffers.weight.kib=1"}, "no tile fits");
  refused({"buffers.output.kib=1"}, "no tile fits");
}

TEST_CASE("monitor: changes no cycle and no byte, and finds nothing") {
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b0_r64"), {});
  for (const auto& machine :
       std::vector<std::vector<std::string>>{{}, {"ports.count=1"}, {"memory.controller=fr_fcfs"}}) {
    const auto result = [&](bool monitor) {
      return run_in_child([&] {
        arch::RunOptions options;
        options.monitor = monitor;
        const arch::Run run = arch::run(trio_vit(machine), graph, options);
        return to_json(run.result).dump() + std::to_string(run.violations.size());
      });
    };
    const std::string watched = result(true);
    CHECK(watched == result(false));
    CHECK(watched.back() == '0');
  }
}
