#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "command_line.h"
#include "explore/store/store.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string kPoints =
    "name: points\ndesign: trio_vit_zcu102\nframes: 1\nnetworks:\n"
    "  - {model: efficientvit_b0_r64, recipes: [default]}\n"
    "axes:\n  copies: [1, 2, 4, 8]\n  ports.count: [1, 2, 4]\n  recipe.weight_bits: [4, 8]\n"
    "derived:\n  buffers.weight.kib: 96 * copies\n"
    "constraints: [copies * ports.count <= 8]\n";
constexpr size_t kSpace = 4 * 3 * 2, kExcluded = 3 * 2;  // 4 x 4, 8 x 2, 8 x 4, for each width
const std::string kAll =
    "objectives: [{maximize: fps}, {minimize: dsp}]\nbounds: false\n"
    "algorithm: {name: exhaustive, evaluations: 1000}\n";

std::set<std::string> hashes(const std::filesystem::path& folder) {
  std::set<std::string> all;
  for (const auto& row : explore::Store(folder / "store.sqlite").rows(explore::Store::Layers::kWithout)) {
    all.insert(row.hash);
  }
  return all;
}

}  // namespace

TEST_CASE("an exhaustive search runs the points that a sweep of the same keys runs") {
  const TempFolder folder;
  const auto sweep = folder.path() / "sweep", search = folder.path() / "search";
  const Result swept = run_tridex({"sweep", folder.write("sweep.yaml", kPoints), "-o", sweep});
  INFO(swept.err);
  REQUIRE(swept.status == 0);
  const Result searched =
      run_tridex({"search", folder.write("search.yaml", kPoints + kAll), "-o", search, "--json", "-"});
  INFO(searched.err);
  REQUIRE(searched.status == 0);
  const json found = json::parse(searched.out);
  CHECK(found["space"] == kSpace);
  CHECK(found["excluded"] == kExcluded);
  CHECK(found["evaluations"] == kSpace - kExcluded);
  CHECK(found["end"] == "space");
  const auto points = hashes(sweep);
  CHECK(points.size() == kSpace - kExcluded);
  CHECK(hashes(search) == points);
  // What is there is not run again, whoever ran it.
  const Result again = run_tridex({"search", folder.path() / "search.yaml", "-o", sweep, "--json", "-"});
  REQUIRE(again.status == 0);
  CHECK(json::parse(again.out)["already"] == kSpace - kExcluded);
}

TEST_CASE("two searches at a time in one folder: each point is run by one of them") {
  const TempFolder folder;
  const std::string file = folder.write("search.yaml", kPoints + kAll);
  const auto out = folder.path() / "out";
  std::array<pid_t, 2> children{};
  for (size_t i = 0; i < 2; ++i) {
    children[i] = start_tridex({"search", file, "-o", out, "--jobs", "1", "--json",
                                (folder.path() / (std::to_string(i) + ".json")).string()});
  }
  size_t run = 0;
  std::array<json, 2> ends;
  for (size_t i = 0; i < 2; ++i) {
    CHECK(wait_for(children[i]) == 0);
    ends[i] = json::parse(read_text(folder.path() / (std::to_string(i) + ".json")));
    CHECK(ends[i]["evaluations"] == kSpace - kExcluded);
    run += ends[i]["evaluations"].get<size_t>() - ends[i]["already"].get<size_t>();
  }
  CHECK(run == kSpace - kExcluded);
  CHECK(ends[0]["front"] == ends[1]["front"]);
  CHECK(hashes(out).size() == kSpace - kExcluded);
}

TEST_CASE("a search whose minutes are used up ends, and the same command goes on") {
  const TempFolder folder;
  const std::string file = folder.write("search.yaml", kPoints + kAll);
  const auto out = folder.path() / "out";
  const Result none = run_tridex({"search", file, "-o", out, "--json", "-", "--set", "budget={minutes: 0}"});
  INFO(none.err);
  REQUIRE(none.status == 0);
  CHECK(json::parse(none.out)["end"] == "minutes");
  CHECK(hashes(out).empty());
  const Result rest = run_tridex({"search", file, "-o", out, "--json", "-", "--set", "budget={minutes: 60}"});
  REQUIRE(rest.status == 0);
  CHECK(json::parse(rest.out)["evaluations"] == kSpace - kExcluded);
}
