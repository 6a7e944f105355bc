#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "base/file.h"
#include "base/random.h"
#include "command_line.h"
#include "explore/store/store.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// The front, counts and generations that a search writes.
json search(const std::string& file, const std::filesystem::path& out, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"search", file, "-o", out, "--json", "-"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Result result = run_tridex(arguments);
  INFO(result.err);
  REQUIRE(result.status <= 1);
  const json written = json::parse(read_text(out / "search.json"));
  CHECK(result.status == (written["front"].empty() ? 1 : 0));
  CHECK(written == json::parse(result.out));
  REQUIRE(written["front_points"].size() == written["front"].size());
  for (size_t i = 0; i < written["front"].size(); ++i) {
    CHECK(written["front_points"][i]["hash"] == written["front"][i]);
    CHECK(written["front_points"][i]["figures"].size() == written["objectives"].size());
  }
  return written;
}

/// Some of the values, in order; at least one.
std::string some_of(SplitMix& random, const std::vector<std::string>& values) {
  std::string text;
  while (text.empty()) {
    for (const auto& value : values) {
      if (random.below(2) == 1) {
        text += (text.empty() ? "" : ", ") + value;
      }
    }
  }
  return "[" + text + "]\n";
}

/// A space of 1 to 72 machines, two or three objectives, and perhaps constraints.
std::string random_search(SplitMix& random) {
  std::string text = "design: trio_vit_zcu102\nframes: " + std::to_string(1 + random.below(3)) +
                     "\nnetworks:\n  - {model: efficientvit_b0_r64, recipes: [default]}\naxes:\n";
  text += "  copies: " + some_of(random, {"1", "4", "16"});
  text += "  ports.count: " + some_of(random, {"1", "4"});
  text += "  engines.0.lanes: " + some_of(random, {"4", "16"});
  text += "  buffers.input.kib: " + some_of(random, {"16", "256", "4096"});
  text += "  vector.lanes: " + some_of(random, {"8", "64"});
  const std::vector<std::string> wanted{"{minimize: dsp}", "{minimize: bram}", "{minimize: traffic}",
                                        "{minimize: latency}", "{maximize: gops}"};
  text += "objectives: [{maximize: fps}, " + wanted[static_cast<size_t>(random.below(3))];
  text += random.below(2) == 1 ? ", " + wanted[static_cast<size_t>(3 + random.below(2))] : std::string();
  text += "]\nconstraints: " + std::string(random.below(2) == 1 ? "[fits, fps >= 500]\n" : "[dsp <= 1800]\n");
  return text + "algorithm: {name: exhaustive, evaluations: 1000, population: 8}\n";
}

const std::string kSmall =
    "design: trio_vit_zcu102\nframes: 2\nnetworks:\n"
    "  - {model: efficientvit_b0_r64, recipes: [default, w4a8]}\n"
    "axes:\n  copies: [1, 2, 4, 8, 12, 16]\n  ports.count: [1, 2, 4]\n  engines.0.lanes: [4, 8, 16]\n"
    "objectives: [{maximize: fps}, {minimize: dsp}]\nconstraints: [fits]\n"
    "algorithm: {population: 8, evaluations: 24, seed: 3}\n";

}  // namespace

TEST_CASE("what bounds leave out is in no front: exhaustive searches of random spaces, with and without") {
  const uint64_t seed = std::getenv("TRIDEX_SEED") != nullptr
                            ? std::strtoull(std::getenv("TRIDEX_SEED"), nullptr, 10)
                            : std::random_device()();
  std::printf("TRIDEX_SEED=%llu\n", static_cast<unsigned long long>(seed));
  SplitMix random(seed);
  size_t pruned = 0;
  for (int i = 0; i < 8; ++i) {
    const TempFolder folder;
    const std::string text = random_search(random);
    CAPTURE(seed, text);
    const std::string file = folder.write("s.yaml", text);
    const json with = search(file, folder.path() / "with", {});
    const json without = search(file, folder.path() / "without", {"--set", "bounds=false"});
    CHECK(with["front"] == without["front"]);
    CHECK(with["end"] == "space");
    CHECK(without["pruned"] == 0);
    CHECK(without["evaluations"].get<size_t>() == without["space"].get<size_t>());
    CHECK(with["evaluations"].get<size_t>() + with["pruned"].get<size_t>() == with["space"].get<size_t>());
    pruned += with["pruned"].get<size_t>();
  }
  CHECK(pruned > 0);
}

TEST_CASE("a search asks for the same points whatever the jobs, and after being stopped") {
  const TempFolder folder;
  const std::string file = folder.write("s.yaml", kSmall);
  json whole = search(file, folder.path() / "one", {"--jobs", "1"});
  CHECK(whole["evaluations"] == 24);
  CHECK(whole["already"] == 0);
  CHECK(whole["end"] == "evaluations");
  CHECK(explore::Store(folder.path() / "one" / "store.sqlite").size() == 24);
  const auto& generations = whole["generations"];
  REQUIRE(generations.size() > 1);
  for (size_t g = 1; g < generations.size(); ++g) {
    CHECK(generations[g]["hypervolume"] >= generations[g - 1]["hypervolume"]);
    CHECK(generations[g]["evaluations"] > generations[g - 1]["evaluations"]);
  }
  CHECK(search(file, folder.path() / "three", {"--jobs", "3"}) == whole);

  const json some = search(file, folder.path() / "again", {"--set", "budget={points: 10}"});
  CHECK(some["evaluations"] == 10);
  CHECK(some["end"] == "points");
  json rest = search(file, folder.path() / "again", {});
  CHECK(rest["already"] == 10);
  rest["already"] = 0;
  CHECK(rest == whole);
}

TEST_CASE("Ctrl-C keeps what is there, and the same command goes on") {
  const TempFolder folder;
  const std::string file = folder.write("s.yaml", kSmall);
  const auto out = folder.path() / "out";
  const json whole = search(file, folder.path() / "whole", {});
  const auto stored = [&] { return explore::Store(out / "store.sqlite").size(); };
  std::filesystem::create_directory(out);
  {
    // As if another search ran a point of the front: this one waits for it, however fast it is.
    explore::Store other(out / "store.sqlite");
    REQUIRE(other.claim(whole["front"][0], false) == explore::Claim::kMine);
    const pid_t child = start_tridex({"search", file, "-o", out, "--jobs", "1"});
    for (int i = 0; i < 15000 && stored() < 3; ++i) {  // sanitizers on a busy machine are slow
      ::usleep(10'000);
    }
    ::kill(child, SIGINT);
    CHECK(wait_for(child) == 130);
  }
  const size_t before = stored();
  CHECK(before >= 3);
  CHECK(std::filesystem::exists(out / "search.json"));
  json rest = search(file, out, {});
  CHECK(rest["already"] == before);
  rest["already"] = 0;
  CHECK(rest == whole);
}

TEST_CASE("a warm start begins with the best points of another folder") {
  const TempFolder folder;
  const std::string file = folder.write("s.yaml", kSmall);
  const json all = search(
      file, folder.path() / "all",
      {"--set", "algorithm.name=exhaustive", "--set", "algorithm.evaluations=1000", "--set", "bounds=false"});
  const std::string start = "warm_start=" + (folder.path() / "all").string();
  const auto first = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> settings{"--set", "bounds=false", "--set", "budget={points: 4}"};
    settings.insert(settings.end(), more.begin(), more.end());
    return search(file, folder.path() / name, settings)["front"];
  };
  const auto hits = [&](const json& front) {
    size_t count = 0;
    for (const auto& hash : front) {
      count += std::count(all["front"].begin(), all["front"].end(), hash) > 0 ? 1 : 0;
    }
    return count;
  };
  CHECK(hits(first("warm", {"--set", start})) == 4);
  CHECK(hits(first("cold", {})) < 4);
}

TEST_CASE("searches that cannot be are errors that say why") {
  const TempFolder folder;
  const std::string head =
      "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r64, recipes: [default]}\n";
  const auto refused = [&](const std::string& text) {
    const Result result =
        run_tridex({"search", folder.write("s.yaml", head + text), "-o", folder.path() / "out"});
    CHECK(result.status == 1);
    return result.err;
  };
  CHECK_THAT(refused("axes: {copis: [1, 2]}\nobjectives: [{maximize: fps}, {minimize: dsp}]\n"),
             Contains("s.yaml:4: axes.copis: no value of this axis gives a design") && Contains("copies"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out"));  // told before anything is quantized
  CHECK_THAT(refused("fidelity: analytic\naxes: {copies: [1, 2]}\n"
                     "objectives: [{maximize: fps}, {minimize: energy}]\n"),
             Contains("s.yaml:6: objectives.1") && Contains("no point has 'energy_mj'") &&
                 Contains("analytic run counts no traffic"));
  CHECK_THAT(run_tridex({"search", "--help"}).out, Contains("objectives:") && Contains("Example:"));
}

TEST_CASE("a search over machines that cannot run the network has rows that say why, and goes on") {
  TempFolder folder;
  const auto file = folder.path() / "s.yaml";
  write_file(
      file,
      "design: trio_vit_zcu102\nframes: 2\nnetworks:\n  - {model: efficientvit_b0_r64, recipes: [default]}\n"
      "axes:\n  capabilities.max_weight_bits: [4, 8]\n  copies: [2, 4, 8, 16]\n"
      "objectives: [{maximize: fps}, {minimize: dsp}]\nalgorithm: {population: 8, evaluations: 8}\n");
  for (const std::string algorithm : {"nsga2", "exhaustive"}) {
    const auto out = folder.path() / algorithm;
    const json found = search(file, out, {"--set", "algorithm.name=" + algorithm});
    CHECK(!found["front"].empty());
    size_t failed = 0;
    for (const auto& row : explore::Store::open_existing(out).rows()) {
      failed += row.status != "ok" ? 1 : 0;
      CHECK((row.status == "ok") == (row.settings.at("capabilities.max_weight_bits") == "8"));
      CHECK((row.status == "ok" || row.reason.find("capabilities.max_weight_bits") != std::string::npos));
    }
    CHECK(failed > 0);
    CHECK_THAT(run_tridex({"search", file, "-o", out, "--set", "algorithm.name=" + algorithm}).out,
               Contains("a reason for failures: ") && Contains("capabilities.max_weight_bits"));
  }
}

TEST_CASE("a search of one point") {
  TempFolder folder;
  const auto file = folder.path() / "s.yaml";
  write_file(
      file,
      "design: trio_vit_zcu102\nframes: 2\nnetworks:\n  - {model: efficientvit_b0_r64, recipes: [default]}\n"
      "axes:\n  copies: [4]\nobjectives: [{maximize: fps}, {minimize: dsp}]\n"
      "algorithm: {name: nsga2, population: 8, evaluations: 8}\n");
  CHECK(search(file, folder.path() / "out", {})["front"].size() == 1);
}
