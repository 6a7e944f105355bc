#include "arch/design/run_result.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

using namespace tridex;
using namespace tridex::arch;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [key, value] : object.items()) {
    names.insert(key);
  }
  return names;
}

RunResult example() {
  RunResult r;
  r.design = std::string("d");
  r.cycles = 7;
  r.stalls = {{"dram", 3}};
  r.cost.dsp = 5;
  r.cost.dsp_items = {{"mat multipliers", 5}};
  r.dram.read_bytes = 11;
  r.modules.push_back({"mat", 4, {{"input", 2}}, {{"input.row_miss", 2}}});
  LayerResult layer;
  layer.name = "stem";
  layer.start_cycle = 1;
  layer.end_cycle = 5;
  r.layers.push_back(layer);
  r.counters = {{"GB/s", {{0, 1.5}, {20, 0}}}};
  r.timeline = {{"mat", "stem", 10, 30}, {"dma", "load", 0, 10}, {"mat", "pw", 30, 31}};
  return r;
}

}  // namespace

TEST_CASE("names of fidelities go both ways") {
  for (const Fidelity f : {Fidelity::kAnalytic, Fidelity::kTimed, Fidelity::kFunctional, Fidelity::kRtl}) {
    CHECK(fidelity_by_name(fidelity_name(f)) == f);
  }
  CHECK_THROWS_WITH(fidelity_by_name("time"), Contains("did you mean 'timed'?") && Contains("functional"));
}

TEST_CASE("a result says how its program was made, a bound has none") {
  RunResult r = example();
  CHECK(to_json(r)["mapping"].is_null());
  r.mapping.programs = 4;
  r.mapping.machine = "weight buffer / 2";
  r.mapping.options.loop_order = MappingOptions::LoopOrder::kInputs;
  r.mapping.options.keep_in = MappingOptions::KeepIn::kPorts;
  MappedLayer conv;
  conv.name = "pw";
  conv.loop_order = "inputs";
  conv.blocks = 3;
  conv.tiles = 2;
  MappedLayer pair;
  pair.name = "pair";
  pair.fused = {"dw"};
  r.mapping.layers = {conv, pair};
  r.mapping.kept = {{"stem", "output", 640, "pair"}};
  const json mapping = to_json(r)["mapping"];
  CHECK(mapping["programs"] == 4);
  CHECK(mapping["machine"] == "weight buffer / 2");
  CHECK(mapping["options"]["loop_order"] == "inputs");
  CHECK(mapping["options"]["keep_in"] == "ports");
  CHECK(mapping["layers"][0] == json{{"name", "pw"},
                                     {"fused", json::array()},
                                     {"loop_order", "inputs"},
                                     {"weight_blocks", 3},
                                     {"tiles", 2},
                                     {"inputs_stay", false}});
  CHECK(mapping["layers"][1] == json{{"name", "pair"}, {"fused", {"dw"}}});
  CHECK(mapping["kept"][0] ==
        json{{"name", "stem"}, {"buffer", "output"}, {"bytes", 640}, {"last_read", "pair"}});
}

TEST_CASE("a result has the keys that scripts rely on") {
  const json j = to_json(example());
  CHECK(keys(j) ==
        std::set<std::string>{"design", "model",       "fidelity", "frames", "seed",        "version",
                              "cycles", "latency_ms",  "fps",      "gops",   "utilization", "macs",
                              "cost",   "energy_mj",   "power_w",  "energy", "energy_note", "dram",
                              "stalls", "stall_parts", "modules",  "layers", "mapping"});
  CHECK(keys(j["cost"]) == std::set<std::string>{"dsp", "bram36", "uram", "lut", "ff", "fits", "dsp_items",
                                                 "lut_items", "misfits"});
  CHECK(keys(j["dram"]) == std::set<std::string>{"read_bytes", "write_bytes", "row_hits", "row_misses",
                                                 "refreshes", "activates", "read_bursts", "write_bursts"});
  CHECK(keys(j["modules"][0]) == std::set<std::string>{"name", "busy_cycles", "stalls", "stall_parts"});
  CHECK(keys(j["layers"][0]) == std::set<std::string>{"name", "region", "op", "engine", "macs", "start_cycle",
                                                      "end_cycle", "busy_cycles", "stalls", "stall_parts",
                                                      "read_bytes", "write_bytes"});
  CHECK(j["cycles"] == 7);
  CHECK(j["stalls"]["dram"] == 3);
  CHECK(j["cost"]["dsp_items"]["mat multipliers"] == 5);
  CHECK(j["layers"][0]["end_cycle"] == 5);
}

TEST_CASE("a result's text is that of its JSON, byte by byte") {
  RunResult r = example();
  r.design = "a \"quoted\" \\ name,\n\x01 \xc3\xa4";
  r.seed = 18446744073709551615ULL;
  r.latency_ms = 0.1;
  r.fps = 100;
  r.gops = 1e-7;
  r.energy_mj = 1e22;
  r.energy_items = {{"mac", 2.5}, {"dram", 0.125}};
  r.cost.misfits = {"bram36: needs 1000", "dsp"};
  const auto without_mapping = [](const RunResult& result) {
    json whole = to_json(result);
    CHECK(whole.erase("mapping") == 1);
    return whole.dump();
  };
  CHECK(json_text(r) == without_mapping(r));
  CHECK(to_json(r)["design"] == r.design);
  CHECK(to_json(r)["seed"] == r.seed);
  CHECK(to_json(r)["energy_mj"] == 1e22);
  CHECK(to_json(r)["power_w"].is_null());
  CHECK(to_json(r)["energy"]["dram"] == 0.125);
  CHECK(json_text(RunResult()) == without_mapping(RunResult()));
}

TEST_CASE("an empty result has empty objects, not nulls") {
  const json j = to_json(RunResult());
  CHECK(j["stalls"].is_object());
  CHECK(j["modules"].is_array());
  CHECK(j["layers"].is_array());
  CHECK(j["cost"]["misfits"].is_array());
}

TEST_CASE("the timeline is a Chrome trace: a thread a module, microseconds") {
  const json j = timeline_json(example(), 200);
  std::set<std::string> threads;
  std::vector<json> counted;
  int spans = 0;
  for (const auto& event : j["traceEvents"]) {
    if (event["ph"] == "M") {
      threads.insert(event["args"]["name"]);
    } else if (event["ph"] == "C") {
      counted.push_back(event);
    } else {
      CHECK(event["ph"] == "X");
      ++spans;
    }
  }
  CHECK(threads == std::set<std::string>{"mat", "dma"});
  CHECK(spans == 3);
  REQUIRE(counted.size() == 2);
  CHECK(counted[0] ==
        json{{"ph", "C"}, {"name", "GB/s"}, {"pid", 1}, {"ts", 0.0}, {"args", {{"value", 1.5}}}});
  CHECK(counted[1]["ts"] == Approx(20 / 200.0));
  CHECK(counted[1]["args"]["value"] == 0);
  CHECK(j["traceEvents"][1]["name"] == "stem");
  CHECK(j["traceEvents"][1]["ts"] == Approx(10 / 200.0));
  CHECK(j["traceEvents"][1]["dur"] == Approx(20 / 200.0));
}
