// Searches over widths: networks that are made when they are needed, and accuracy that is predicted.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "explore/store/store.h"
#include "points_csv.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// Machines in batches of four, all of a width's in one; narrower from batch to batch.
const std::string kPoints =
    "name: widths\ndesign: trio_vit_zcu102\nfidelity: analytic\nframes: 1\nnetworks:\n"
    "  - {model: efficientvit_b0_r64, weights: efficientvit_b0_scenes.safetensors, calib: scenes-calib,\n"
    "     data: scenes-test, images: 32, recipes: [quick.yaml]}\n"
    "axes:\n  recipe.weight_bits: [8, 3, 2]\n  copies: [2, 4, 8, 16]\n";
const std::string kSearch =
    "objectives: [{minimize: dsp}, {maximize: accuracy}]\n"
    "algorithm: {name: exhaustive, evaluations: 1000, population: 4}\n";

struct Files {
  TempFolder folder;
  std::string sweep, search;
  Files() {
    folder.write("quick.yaml",
                 "calibration_images: 8\ndepthwise_scales: true\nweight_range: min_max\n"
                 "activation_range: min_max\n");
    sweep = folder.write("sweep.yaml", kPoints);
    search = folder.write("search.yaml", kPoints + kSearch);
  }
  /// What a search writes.
  json found(const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"search", search, "-o", folder.path() / name, "--json", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run_tridex(arguments);
    INFO(result.err);
    REQUIRE(result.status == 0);
    return json::parse(result.out);
  }
};

}  // namespace

TEST_CASE("networks that are made when they are needed: the rows of a sweep") {
  const Files files;
  const Result swept = run_tridex({"sweep", files.sweep, "-o", files.folder.path() / "sweep"});
  INFO(swept.err);
  REQUIRE(swept.status == 0);
  const json all = files.found("search", {"--set", "predict=false"});
  CHECK(all["evaluations"] == 12);
  CHECK(all["networks"] == 3);
  CHECK(all["networks_made"] == 3);
  CHECK(all["predicted_out"] == 0);
  CHECK(csv_without_host(files.folder.path() / "search") == csv_without_host(files.folder.path() / "sweep"));
  CHECK(files_in(files.folder.path() / "search" / "networks") ==
        files_in(files.folder.path() / "sweep" / "networks"));
  CHECK_FALSE(std::filesystem::exists(files.folder.path() / "search" / "sensitivities.jsonl"));
  // Only what is asked for is made.
  const json first = files.found("first", {"--set", "predict=false", "--set", "algorithm.evaluations=4"});
  CHECK(first["networks_made"] == 1);
}

TEST_CASE(
    "what is predicted to be dominated is left out, its network is not made, and the front is the same") {
  const Files files;
  const std::vector<std::string> margin{"--set", "prediction_margin=5"};
  const json with = files.found("with", margin);
  const json without = files.found("without", {"--set", "predict=false"});
  CHECK(with["front"] == without["front"]);
  // The first batch measures 8 bits, the second 3, which lose more than 5 points; 2 bits make more noise.
  CHECK(with["evaluations"] == 8);
  CHECK(with["predicted_out"] == 4);
  CHECK(with["networks_made"] == 2);
  CHECK(with["end"] == "space");
  CHECK(std::filesystem::exists(files.folder.path() / "with" / "sensitivities.jsonl"));
  // With a margin of everything, nothing is left out.
  const json wide = files.found("wide", {"--set", "prediction_margin=100"});
  CHECK(wide["evaluations"] == 12);
  CHECK(wide["predicted_out"] == 0);
  CHECK(csv_without_host(files.folder.path() / "wide") == csv_without_host(files.folder.path() / "without"));

  // The same points whatever the jobs, what is there already, and after a stop.
  CHECK(files.found("one", {margin[0], margin[1], "--jobs", "1"}) == with);
  json among = files.found("without", margin);
  CHECK(among["already"] == 8);
  among["already"] = 0;
  CHECK(among == with);
  const json some = files.found("stopped", {margin[0], margin[1], "--set", "budget={points: 6}"});
  CHECK(some["evaluations"] == 6);
  json rest = files.found("stopped", margin);
  CHECK(rest["already"] == 6);
  rest["already"] = 0;
  CHECK(rest == with);
}
