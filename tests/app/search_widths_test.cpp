// Searches over widths: networks that are made when they are needed, and accuracy that is predicted.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

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
                 "name: quick one\ncalibration_images: 8\ndepthwise_scales: true\nweight_range: min_max\n"
                 "activation_range: min_max\n");
    sweep = folder.write("sweep.yaml", kPoints);
    search = folder.write("search.yaml", kPoints + kSearch);
  }
  /// What a search into FOLDER/name writes. With networks and sensitivities of the search "first" there, if
  /// it has been: they need not be made again.
  json found(const std::string& name, const std::vector<std::string>& more = {}) const {
    const auto out = folder.path() / name, first = folder.path() / "first";
    if (std::filesystem::exists(first) && !std::filesystem::exists(out)) {
      std::filesystem::create_directory(out);
      std::filesystem::copy(first / "networks", out / "networks");
      std::filesystem::copy(first / "sensitivities.jsonl", out);
    }
    std::vector<std::string> arguments{"search", search, "-o", out, "--json", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run_tridex(arguments);
    INFO(result.err);
    REQUIRE(result.status == 0);
    return json::parse(result.out);
  }
};

/// Of "first": the fit of two networks whose accuracy falls as their noise grows is their accuracies.
void check_fits(const json& written) {
  const json& all = written["fits"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["settings"]["recipe.weight_bits"] == "8");
  CHECK(all[1]["settings"]["recipe.weight_bits"] == "3");
  CHECK(all[0]["noise"].get<double>() < all[1]["noise"].get<double>());
  CHECK(all[0]["accuracy"].get<double>() > all[1]["accuracy"].get<double>() + 5);
  for (const json& one : all) {
    CHECK(one["fitted"] == one["accuracy"]);
    CHECK(one["recipe"] == "quick");
  }
  const auto measured = [&](const json& point) {
    return point["figures"]["accuracy"] == all[0]["accuracy"] ||
           point["figures"]["accuracy"] == all[1]["accuracy"];
  };
  const json& points = written["front_points"];
  CHECK_FALSE(points.empty());
  CHECK(std::all_of(points.begin(), points.end(), measured));
}

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
  const Result again =
      run_tridex({"search", files.search, "-o", files.folder.path() / "search", "--set", "predict=false"});
  CHECK_THAT(again.out, Contains("\naccuracy: top-1 of 32 images (standard error up to "));
  CHECK_THAT(swept.out, Contains("\naccuracy: top-1 of 32 images (standard error up to "));
  // Only what is asked for is made.
  const json some = files.found("some", {"--set", "predict=false", "--set", "algorithm.evaluations=4"});
  CHECK(some["networks_made"] == 1);
}

TEST_CASE("new: from a point of a store, its design and how to run its network") {
  const Files files;
  const auto out = files.folder.path() / "out";
  const auto sweep = run_tridex({"sweep", files.sweep, "-o", out, "--set", "axes.copies=[4, 8]", "--set",
                                 "fidelity=timed", "--set", "networks.0.images=1", "--set", "seed=7"});
  INFO(sweep.err);
  REQUIRE(sweep.status == 0);
  for (const auto& row : explore::Store(out / "store.sqlite").rows()) {
    const std::string file = files.folder.path() / (row.hash + ".yaml");
    const std::string from = out.string() + "#" + row.hash.substr(0, 12);
    const Result made = run_tridex({"new", file, "--from", from, "--json", "-"});
    INFO(made.err);
    REQUIRE(made.status == 0);
    std::vector<std::string> words{"run", file, "--json", "-"};
    const json said = json::parse(made.out);
    words.insert(words.end(), said["run"].begin(), said["run"].end());
    REQUIRE(words.size() == 10);
    CHECK(std::vector(words.begin() + 6, words.end()) ==
          std::vector<std::string>{"--frames", "1", "--seed", "7"});
    const Result again = run_tridex(words);
    INFO(again.err);
    REQUIRE(again.status == 0);
    for (const char* key : {"cycles", "fps", "cost", "dram", "energy", "seed"}) {
      CAPTURE(key);
      REQUIRE(row.result.contains(key));
      CHECK(json::parse(again.out)[key] == row.result[key]);
    }
  }
  // A design beside a point runs what the point ran.
  const auto rows = explore::Store(out / "store.sqlite").rows();
  const std::string point = out.string() + "#" + rows.front().hash;
  const std::string own = files.folder.path() / (rows.front().hash + ".yaml");
  const auto difference = [&](const std::string& a, const std::string& b,
                              const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"diff", a, b, "--json", "-"};
    words.insert(words.end(), more.begin(), more.end());
    const Result result = run_tridex(words);
    INFO(result.err);
    REQUIRE(result.status == 0);
    return json::parse(result.out);
  };
  const auto keys = [](const json& found) {
    std::set<std::string> names;
    for (const auto& one : found["keys"]) {
      names.insert(one["key"]);
    }
    return names;
  };
  const json alike = difference(point, own);
  CHECK(alike["frame"]["a"] == alike["frame"]["b"]);
  CHECK(keys(alike) == std::set<std::string>{"name"});
  CHECK(keys(difference(own, point)) == std::set<std::string>{"name"});
  const json other = difference(point, own, {"--model", "efficientvit_b0_r64"});
  CHECK(keys(other) == std::set<std::string>{"name", "(network)", "(recipe)"});
  // So do results.
  std::filesystem::remove_all(out / "networks");
  const Result gone = run_tridex({"diff", point, own});
  CHECK(gone.status == 1);
  CHECK_THAT(gone.err, Contains("the network that it ran is not in its folder, say --net"));
}

TEST_CASE(
    "what is predicted to be dominated is left out, its network is not made, and the front is the same") {
  const Files files;
  const std::vector<std::string> margin{"--set", "prediction_margin=5"};
  const json with = files.found("first", margin);
  const json without = files.found("without", {"--set", "predict=false"});
  CHECK(with["front"] == without["front"]);
  // The first batch measures 8 bits, the second 3, which lose more than 5 points; 2 bits make more noise.
  CHECK(with["evaluations"] == 8);
  CHECK(with["predicted_out"] == 4);
  check_fits(with);
  CHECK(with["networks_made"] == 2);
  CHECK(with["end"] == "space");
  CHECK(std::filesystem::exists(files.folder.path() / "first" / "sensitivities.jsonl"));
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

TEST_CASE("a search that predicts asks for the same points whatever the jobs, and after a stop") {
  Files files;
  std::string text = kPoints;
  text.replace(text.find("analytic"), 8, "timed");
  text.replace(text.find("recipe.weight_bits: [8, 3, 2]"), 29,
               "recipe.weight_bits[*stages.0*]: [8, 3, 2]\n  recipe.weight_bits[*stages.1*]: [8, 3, 2]\n"
               "  recipe.weight_bits[*stages.2*]: [8, 3, 2]\n  recipe.percentile: [99, 99.9]");
  files.search = files.folder.write(
      "nsga2.yaml", text +
                        "objectives: [{maximize: fps}, {minimize: dsp}, {maximize: accuracy}]\n"
                        "constraints: [accuracy >= 70]\n"
                        "algorithm: {name: nsga2, evaluations: 20, population: 8, seed: 3}\n"
                        "prediction_margin: 1\n");
  const json one = files.found("first", {"--jobs", "1"});
  CHECK(one["networks"] == 54);
  CHECK(one["predicted_out"] > 0);
  CHECK(one["pruned"] > 0);
  CHECK(one["networks_made"] < 54);
  CHECK(files.found("three", {"--jobs", "3"}) == one);
  CHECK(csv_without_host(files.folder.path() / "three") == csv_without_host(files.folder.path() / "first"));
  CHECK(files.found("stopped", {"--set", "budget={points: 11}"})["evaluations"] == 11);
  json rest = files.found("stopped");
  CHECK(rest["already"] == 11);
  rest["already"] = 0;
  CHECK(rest == one);
  CHECK(csv_without_host(files.folder.path() / "stopped") == csv_without_host(files.folder.path() / "first"));
}

TEST_CASE("networks that the server has dropped are loaded again") {
  const TempFolder folder;
  const std::string text =
      "name: shapes\ndesign: trio_vit_zcu102\nfidelity: analytic\nframes: 1\n"
      "networks: [{model: efficientvit_b0_r64, recipes: [default]}]\n"
      "axes:\n  copies: [4, 8]\n  recipe.weight_bits: {from: 2, to: 8}\n  recipe.activation_bits: {from: 4, "
      "to: 8}\n";
  const Result swept = run_tridex({"sweep", folder.write("sweep.yaml", text), "-o", folder.path() / "sweep"});
  const Result found =
      run_tridex({"search",
                  folder.write("search.yaml",
                               text + "objectives: [{minimize: dsp}, {maximize: fps}]\n"
                                      "algorithm: {name: exhaustive, evaluations: 1000, population: 4}\n"),
                  "-o", folder.path() / "search", "--json", "-"});
  INFO(swept.err << found.err);
  REQUIRE(swept.status == 0);
  REQUIRE(found.status == 0);
  CHECK(json::parse(found.out)["networks_made"] == 35);
  CHECK(csv_without_host(folder.path() / "search") == csv_without_host(folder.path() / "sweep"));
}

TEST_CASE("a network that cannot be made costs its points, and the search goes on and says why") {
  Files files;
  std::string text = kPoints + kSearch;
  const std::string broken = files.folder.write("broken.yaml", "task: classification\nlayout: generated\n");
  text.replace(text.find("recipe.weight_bits: [8, 3, 2]"), 29,
               "network.calib: [scenes-calib, " + broken + ", scenes-test]");
  files.search = files.folder.write("some.yaml", text);
  const json some = files.found("some");
  CHECK(some["evaluations"] == 8);
  CHECK(some["excluded"] == 4);
  CHECK(some["networks_made"] == 2);
  CHECK_THAT(some["refused"].get<std::string>(), Contains("with network.calib=" + broken + ": " + broken));
  CHECK_THAT(run_tridex({"search", files.search, "-o", files.folder.path() / "some"}).out,
             Contains("have a network that cannot be made") && Contains(broken));
  // Where the first one cannot be made, that is an error.
  text.replace(text.find("[scenes-calib, " + broken), 15 + broken.size(), "[" + broken + ", scenes-calib");
  CHECK(run_tridex({"search", files.folder.write("none.yaml", text), "-o", files.folder.path() / "none"})
            .status == 1);
}
