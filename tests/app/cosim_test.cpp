#include <fmt/format.h>

#include <bitset>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "support/temp_folder.h"
#include "support/vcd.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string kNetwork = TRIDEX_SOURCE_DIR "/configs/networks/tiny_cnn.yaml";

/// The Trio-ViT machine with the small arrays that every program with RTL has.
std::vector<std::string> cosim(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"cosim", "trio_vit_zcu102",    "--model", kNetwork,
                                        "--set", "copies=2",           "--set",   "engines.0.lanes=4",
                                        "--set", "engines.0.inputs=2", "--set",   "engines.0.post_lanes=2",
                                        "--set", "engines.1.lanes=4",  "--set",   "engines.1.inputs=4"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

constexpr int64_t kCycle = 5000;  // ps, of the design's 200 MHz

/// run_tridex() runs another program.
class InPlaceOfTridex {
 public:
  explicit InPlaceOfTridex(const char* program) { ::setenv("TRIDEX_BINARY", program, 1); }
  ~InPlaceOfTridex() { ::setenv("TRIDEX_BINARY", before_.c_str(), 1); }

 private:
  std::string before_ = std::getenv("TRIDEX_BINARY");
};

}  // namespace

TEST_CASE("cosim: all engines of a small network, layer by layer") {
  const TempFolder folder;
  const std::string file = folder.path() / "c.json";
  const Result result = run_tridex(cosim({"--engine", "all", "--json", file}));
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out,
             Contains("bit for bit equal") && Contains("cycles a second") && Contains("times faster"));
  const json c = json::parse(read_text(file));
  CHECK(c["total"]["equal"] == true);
  CHECK(c["total"]["beyond"] == 0);
  CHECK(c["differs_from_reference"].is_null());
  int64_t commands = 0, cycles = 0;
  for (const auto& layer : c["layers"]) {
    CHECK(layer["equal"] == true);
    CHECK_THAT(result.out, Contains(layer["layer"].get<std::string>()));
    commands += layer["commands"].get<int64_t>();
    cycles += layer["rtl_cycles"].get<int64_t>();
  }
  CHECK(commands == c["total"]["commands"]);
  CHECK(cycles == c["total"]["rtl_cycles"]);
  CHECK(cycles <= c["rtl_clocks"].get<int64_t>());
  CHECK(commands > 4);
}

TEST_CASE("cosim: waveforms, whole, from a cycle on, and of a window") {
  const TempFolder folder;
  const std::string whole = folder.path() / "whole.vcd", part = folder.path() / "part.vcd";
  const Result first = run_tridex(cosim({"--engine", "mat", "--waves", whole}));
  REQUIRE(first.status == 0);
  CHECK_THAT(first.out, Contains("waveforms of mat, from cycle 0 on: " + whole + "\n"));
  const std::string text = read_text(whole);
  CHECK_THAT(text, Contains("$enddefinitions") && Contains("s_axis_narrow_tvalid"));
  const Vcd all(text);
  // A cycle in the middle of the engine's first work.
  const int64_t from = *std::next(all.rises("clk").begin(), 20) / kCycle;
  const std::vector<std::string> late{"--engine", "mat",          "--waves",
                                      part,       "--waves-from", std::to_string(from)};
  const Result second = run_tridex(cosim(late));
  REQUIRE(second.status == 0);
  CHECK_THAT(second.out, Contains(fmt::format("waveforms of mat, from cycle {} on: {}\n", from, part)));
  CHECK(Vcd(read_text(part)).times() == all.times(from * kCycle, INT64_MAX));
  for (const int64_t cycles : {1, 2, 30}) {
    INFO(cycles << " cycles from " << from << " on");
    std::vector<std::string> window = late;
    window.insert(window.end(), {"--waves-cycles", std::to_string(cycles)});
    const Result third = run_tridex(cosim(window));
    REQUIRE(third.status == 0);
    CHECK_THAT(third.out,
               Contains(fmt::format("waveforms of mat, cycles {} to {}: {} (in place of an older file)", from,
                                    from + cycles - 1, part)));
    CHECK(Vcd(read_text(part)).times() == all.times(from * kCycle, (from + cycles) * kCycle));
  }
}

TEST_CASE("cosim: waveforms of several engines, of none, and what is refused") {
  const TempFolder folder;
  const std::string file = folder.path() / "f.vcd";
  const Result all = run_tridex(cosim({"--engine", "all", "--waves", file, "--waves-cycles", "9"}));
  REQUIRE(all.status == 0);
  for (const char* const engine : {"mat", "rmac"}) {
    const std::string name = (folder.path() / "f.").string() + engine + ".vcd";
    CHECK_THAT(all.out, Contains(fmt::format("waveforms of {}, cycles 0 to 8: {}\n", engine, name)));
    CHECK(std::filesystem::exists(name));
  }
  const Result none =
      run_tridex(cosim({"--engine", "mat", "--waves", file, "--waves-from", "1000000000000"}));
  CHECK(none.status == 0);
  CHECK_THAT(none.out, Contains("no waveforms of mat: its clock stands in from cycle 1,000,000,000,000 on"));
  const Result equal =
      run_tridex(cosim({"--engine", "mat", "--waves", file, "--waves-around-difference", "9"}));
  CHECK(equal.status == 0);
  CHECK_THAT(equal.out, Contains("no waveforms: there is no difference"));
  CHECK_FALSE(std::filesystem::exists(file));
  const Result other = run_tridex(cosim({"--engine", "mat", "--waves", folder.path() / "f.xyz"}));
  CHECK(other.status == 1);
  CHECK_THAT(other.err, Contains("f.xyz") && Contains(".vcd"));
  CHECK(run_tridex(cosim({"--engine", "mat", "--waves-from", "9"})).status == 1);
  CHECK(run_tridex(cosim({"--engine", "mat", "--waves", file, "--waves-from", "9",
                          "--waves-around-difference", "9"}))
            .status == 1);
}

TEST_CASE("cosim: RTL that is wrong is exit status 1, and waveforms are around the first wrong result") {
  const TempFolder folder;
  const std::string file = folder.path() / "c.json", waves = folder.path() / "f.vcd";
  const InPlaceOfTridex planted(TRIDEX_PLANTED);
  const Result result = run_tridex(
      cosim({"--engine", "mat", "--json", file, "--waves", waves, "--waves-around-difference", "3"}));
  INFO(result.out << result.err);
  CHECK(result.status == 1);
  CHECK_THAT(result.out, Contains("DIFFER") && Contains("NOT EQUAL"));
  CHECK_THAT(result.err, Contains("the RTL of mat differs: layer "));
  const json c = json::parse(read_text(file));
  CHECK(c["total"]["equal"] == false);
  const json& first = c["total"]["difference"];
  CHECK(first["got"].get<int64_t>() == first["expected"].get<int64_t>() - 1);
  const std::string word = "; in cycle ";
  const size_t at = result.err.find(word);
  REQUIRE(at != std::string::npos);
  const int64_t cycle = std::stoll(result.err.substr(at + word.size()));
  REQUIRE(c["waves"].size() == 1);
  CHECK(c["waves"][0]["from"] == cycle - 3);
  CHECK(c["waves"][0]["to"] == cycle + 3);
  CHECK(c["waves"][0]["file"] == waves);
  const Vcd around(read_text(waves));
  CHECK(around.rises("clk").count(cycle * kCycle) == 1);
  CHECK(around.rises("clk").count((cycle - 3) * kCycle) == 1);
  CHECK(around.times((cycle - 3) * kCycle, (cycle + 4) * kCycle) == around.times());
  // At its edge the result leaves the engine.
  CHECK(around.before("m_axis_results_tvalid", cycle * kCycle) == "1");
  CHECK(around.before("m_axis_results_tready", cycle * kCycle) == "1");
  const std::string slot = std::bitset<64>(first["got"].get<int64_t>()).to_string();
  CHECK_THAT(std::string(256, '0') + around.before("m_axis_results_tdata", cycle * kCycle), Contains(slot));
  const Result bare = run_tridex(cosim({"--engine", "mat"}));
  CHECK(bare.status == 1);
  CHECK_THAT(bare.err, Contains("--waves-around-difference"));
  const Result unwritable = run_tridex(
      cosim({"--engine", "mat", "--waves", folder.path() / "no/f.vcd", "--waves-around-difference", "3"}));
  CHECK(unwritable.status == 1);
  CHECK_THAT(unwritable.out, Contains("NOT EQUAL"));
  CHECK_THAT(unwritable.err, Contains("the second run: ") && Contains("no/f.vcd: cannot be written"));
}

TEST_CASE("cosim: chosen layers") {
  const TempFolder folder;
  const std::string file = folder.path() / "c.json";
  const Result all = run_tridex(cosim({"--engine", "mat", "--json", file}));
  REQUIRE(all.status == 0);
  const std::string layer = json::parse(read_text(file))["layers"][0]["layer"];
  REQUIRE(run_tridex(cosim({"--engine", "mat", "--layers", layer, "--json", file})).status == 0);
  const json c = json::parse(read_text(file));
  REQUIRE(c["layers"].size() == 1);
  CHECK(c["layers"][0]["layer"] == layer);
}

TEST_CASE("cosim: what is wrong is named") {
  const Result engine = run_tridex(cosim({"--engine", "mac"}));
  CHECK(engine.status == 1);
  CHECK_THAT(engine.err, Contains("--engine mac") && Contains("mat, rmac"));
  const Result set =
      run_tridex(cosim({"--engine", "mat", "--set", "engines.0.lanes=6", "--set", "engines.0.post_lanes=3"}));
  CHECK(set.status == 1);
  CHECK_THAT(set.err, Contains("mat_6x2_copies2_post3_pack1") && Contains("TRIDEX_RTL_SETS"));
  const Result layer = run_tridex(cosim({"--engine", "mat", "--layers", "nothing"}));
  CHECK(layer.status == 1);
  CHECK_THAT(layer.err, Contains("unknown layer 'nothing'"));
}
