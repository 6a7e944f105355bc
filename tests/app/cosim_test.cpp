#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "support/temp_folder.h"

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

TEST_CASE("cosim: waveforms, from the beginning and from a cycle on") {
  const TempFolder folder;
  const std::string whole = folder.path() / "whole.vcd", late = folder.path() / "late.vcd";
  REQUIRE(run_tridex(cosim({"--engine", "mat", "--waves", whole})).status == 0);
  REQUIRE(run_tridex(cosim({"--engine", "mat", "--waves", late, "--waves-from", "3000"})).status == 0);
  const std::string text = read_text(late);
  CHECK_THAT(text, Contains("$enddefinitions") && Contains("s_axis_narrow_tvalid"));
  CHECK(text.find("\n#") != std::string::npos);
  CHECK(std::filesystem::file_size(late) < std::filesystem::file_size(whole));
  const Result other = run_tridex(cosim({"--engine", "mat", "--waves", folder.path() / "f.xyz"}));
  CHECK(other.status == 1);
  CHECK_THAT(other.err, Contains("f.xyz") && Contains(".vcd"));
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
