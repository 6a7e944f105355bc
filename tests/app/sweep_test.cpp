#include <signal.h>
#include <unistd.h>

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

namespace {

/// 36 points, of which some are nonsense.
std::string sweep_file(const TempFolder& folder, const std::string& more = {}) {
  return folder.write("s.yaml",
                      "design: trio_vit_zcu102\n"
                      "networks:\n"
                      "  - model: efficientvit_b0_r64\n"
                      "    recipes: [default, w4a8]\n"
                      "axes:\n"
                      "  copies: [4, 8, -1]\n"
                      "  ports.count: [1, 2, 4]\n"
                      "  buffers.input.kib: [1, 1024]\n" +
                          more);
}

constexpr size_t kSweepPoints = 36;

size_t stored(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / "store.sqlite") ? explore::Store(folder / "store.sqlite").size()
                                                          : 0;
}

/// Waits until the sweep has stored some points.
void wait_for_points(const std::filesystem::path& folder, size_t count) {
  for (int i = 0; i < 15000; ++i) {  // sanitizers on a busy machine are slow
    if (stored(folder) >= count) {
      return;
    }
    ::usleep(10'000);
  }
  FAIL("the sweep stores nothing");
}

}  // namespace

TEST_CASE("one worker and two give the same points.csv") {
  const TempFolder folder;
  const std::string sweep = sweep_file(folder);
  const Result one = run_tridex({"sweep", sweep, "-o", folder.path() / "one", "--jobs", "1"});
  const Result two = run_tridex({"sweep", sweep, "-o", folder.path() / "two", "--jobs", "2"});
  INFO(one.err);
  REQUIRE(one.status == 0);
  REQUIRE(two.status == 0);
  const auto lines = csv_without_host(folder.path() / "one");
  CHECK(lines.size() == kSweepPoints + 1);
  CHECK(lines == csv_without_host(folder.path() / "two"));
  CHECK_THAT(one.out, Contains("Pareto front of efficientvit_b0_r64") && Contains("not measured"));
}

TEST_CASE("nonsense points are rows with their reason") {
  const TempFolder folder;
  const Result result = run_tridex({"sweep", sweep_file(folder), "-o", folder.path() / "out"});
  REQUIRE(result.status == 0);
  CHECK_THAT(result.err, Contains("failed, 12 of the points: ") && Contains("-1 is outside 1 to"));
  size_t refused = 0, tight = 0;
  for (const auto& row : explore::Store(folder.path() / "out" / "store.sqlite").rows()) {
    CAPTURE(row.settings, row.reason);
    if (row.settings.at("copies") == "-1") {
      CHECK(row.status == "error");
      CHECK_THAT(row.reason, Contains("copies") && Contains("outside"));
      ++refused;
    } else if (row.settings.at("buffers.input.kib") == "1") {
      CHECK(row.status == "error");
      CHECK_FALSE(row.reason.empty());
      ++tight;
    } else {
      CHECK(row.status == "ok");
      CHECK(row.result["layers"].size() > 10);
    }
  }
  CHECK(refused == 12);
  CHECK(tight == 12);
}

TEST_CASE("points that take too long are rows, and run again only when asked to") {
  const TempFolder folder;
  const std::string sweep =
      folder.write("s.yaml",
                   "design: trio_vit_zcu102\ntimeout_seconds: 0.01\nframes: 1000\nnetworks:\n"
                   "  - {model: efficientvit_b3_r512, recipes: [default]}\n");
  const std::string out = folder.path() / "out";
  REQUIRE(run_tridex({"sweep", sweep, "-o", out}).status == 1);  // not one point has a result
  const auto rows = explore::Store(folder.path() / "out" / "store.sqlite").rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].status == "timeout");
  CHECK_THAT(rows[0].reason, Contains("0.01 s"));
  const Result again = run_tridex({"sweep", sweep, "-o", out});
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains("0 run now"));
  CHECK_THAT(run_tridex({"sweep", sweep, "-o", out, "--retry"}).out, Contains("1 run now"));
}

TEST_CASE("killed in the middle, a sweep goes on and runs every point once") {
  const TempFolder folder;
  const std::string sweep = sweep_file(folder);
  const auto whole = folder.path() / "whole";
  REQUIRE(run_tridex({"sweep", sweep, "-o", whole, "--jobs", "1"}).status == 0);
  const std::string held = explore::Store(whole / "store.sqlite").rows().front().hash;
  for (const int signal : {SIGKILL, SIGINT}) {
    CAPTURE(signal);
    const auto out = folder.path() / std::to_string(signal);
    std::filesystem::create_directory(out);
    {
      // As if another sweep ran one of the points: this one waits for it, however fast it is.
      explore::Store other(out / "store.sqlite");
      REQUIRE(other.claim(held, false) == explore::Claim::kMine);
      const pid_t child = start_tridex({"sweep", sweep, "-o", out, "--jobs", "1"});
      wait_for_points(out, 3);
      ::kill(child, signal);
      CHECK(wait_for(child) == (signal == SIGINT ? 130 : 128 + SIGKILL));
    }
    const size_t before = stored(out);
    CHECK(before >= 3);
    REQUIRE(before < kSweepPoints);
    const Result rest = run_tridex({"sweep", sweep, "-o", out, "--json", folder.path() / "s.json"});
    REQUIRE(rest.status == 0);
    const auto json = nlohmann::json::parse(read_text(folder.path() / "s.json"));
    CHECK(json["points"] == kSweepPoints);
    CHECK(json["already"] == before);
    CHECK(json["ok"].get<size_t>() + json["failed"].get<size_t>() == kSweepPoints - before);
    CHECK(csv_without_host(out) == csv_without_host(whole));
  }
}

TEST_CASE("shards together are the whole, gathered once or twice, of one division or of two") {
  const TempFolder folder;
  const std::string sweep = sweep_file(folder);
  const auto out = folder.path() / "shards";
  const auto run = [&](const std::string& shard, const std::string& said) {
    const Result result = run_tridex({"sweep", sweep, "-o", out, "--shard", shard});
    INFO(result.err);
    REQUIRE(result.status <= 1);  // 1: all points of the shard are nonsense
    CHECK_THAT(result.out, Contains(said));
  };
  REQUIRE(run_tridex({"sweep", sweep, "-o", folder.path() / "whole"}).status == 0);
  const auto whole = csv_without_host(folder.path() / "whole");
  run("2/3", " run now");
  run("1/3", " run now");
  CHECK_FALSE(std::filesystem::exists(out / "store.sqlite"));
  run("2/3", " 0 run now");  // by the shard's own lines
  REQUIRE(run_tridex({"gather", out}).status == 0);
  CHECK(csv_without_host(out).size() < whole.size());
  std::filesystem::remove(out / "shards" / "2-of-3.jsonl");
  run("2/3", " 0 run now");  // by what the store has
  run("3/3", " run now");
  run("1/1", " run now");  // the points of 3/3, which are not gathered yet, once more
  std::filesystem::resize_file(out / "shards" / "3-of-3.jsonl",
                               std::filesystem::file_size(out / "shards" / "3-of-3.jsonl") - 1);
  const Result first = run_tridex({"gather", out});
  REQUIRE(first.status == 0);
  CHECK_THAT(first.err, Contains("3-of-3.jsonl: its last line is torn ("));
  CHECK(csv_without_host(out) == whole);
  const std::string bytes = read_text(out / "points.csv");
  const Result second = run_tridex({"gather", out});
  CHECK_THAT(second.out, Contains(" 0 points are new, 0 replace failed ones; 36 points"));
  CHECK(read_text(out / "points.csv") == bytes);
}

TEST_CASE("in any order, a sweep has the same points") {
  const TempFolder folder;
  const std::string sweep = sweep_file(folder);
  REQUIRE(run_tridex({"sweep", sweep, "-o", folder.path() / "plain"}).status == 0);
  REQUIRE(run_tridex({"sweep", sweep, "-o", folder.path() / "shuffled", "--shuffle", "7"}).status == 0);
  CHECK(csv_without_host(folder.path() / "plain") == csv_without_host(folder.path() / "shuffled"));
}

TEST_CASE("a budget of points is of the sweep, one of minutes of a command; constraints take points away") {
  const TempFolder folder;
  const std::string sweep = sweep_file(folder, "constraints: [copies > 0 and buffers.input.kib > 1]\n");
  const auto run = [&](const char* name, const std::vector<std::string>& more) {
    std::vector<std::string> words{"sweep", sweep, "-o", folder.path() / name};
    words.insert(words.end(), more.begin(), more.end());
    const Result result = run_tridex(words);
    INFO(result.err);
    REQUIRE(result.status == 0);
    return result;
  };
  CHECK_THAT(run("some", {"--set", "budget={points: 5}"}).out, Contains("5 points: 5 run now"));
  CHECK_THAT(run("some", {"--set", "budget={points: 5}"}).out, Contains("5 points: 0 run now"));
  CHECK_THAT(run("some", {"--set", "budget={points: 6}"}).out, Contains("6 points: 1 run now"));
  for (const char* shard : {"1/2", "2/2"}) {
    run("shards", {"--set", "budget={points: 6}", "--shard", shard});
  }
  REQUIRE(run_tridex({"gather", folder.path() / "shards"}).status == 0);
  CHECK(stored(folder.path() / "shards") == 6);
  CHECK(csv_without_host(folder.path() / "shards") == csv_without_host(folder.path() / "some"));
  const Result none = run("none", {"--set", "budget={minutes: 0}"});
  CHECK_THAT(none.out, Contains("12 points: 0 run now") && Contains("24 combinations are excluded"));
  CHECK_THAT(none.err, Contains("budget of 0 minutes is used up, 12 points have not run"));
  CHECK(stored(folder.path() / "none") == 0);
}

TEST_CASE("bit widths of a sweep's recipe are networks of their own, in the store and in the fronts") {
  const TempFolder folder;
  const std::string sweep = folder.write("s.yaml",
                                         "design: trio_vit_zcu102\nframes: 1\nnetworks:\n"
                                         "  - {model: efficientvit_b0_r64, recipes: [default]}\n"
                                         "axes:\n  copies: [4, 8]\n  recipe.weight_bits: [4, 8]\n"
                                         "  recipe.activation_bits[*depth_conv*]: [8, 6]\n");
  const Result result = run_tridex({"sweep", sweep, "-o", folder.path() / "out"});
  INFO(result.err);
  REQUIRE(result.status == 0);
  std::set<std::string> networks;
  for (const auto& row : explore::Store(folder.path() / "out" / "store.sqlite").rows()) {
    CHECK(row.status == "ok");
    CHECK(row.settings.count("recipe.activation_bits[*depth_conv*]") == 1);
    networks.insert(row.network_hash);
  }
  CHECK(networks.size() == 4);
  // Accuracy is not measured: each width has a front of its own.
  CHECK_THAT(result.out, Contains(": 8 of 8 points"));
}

TEST_CASE("a network file in a sweep: rows go by its name, its content decides what is run again") {
  const TempFolder folder;
  const std::string sweep = folder.write("sub/s.yaml",
                                         "design: trio_vit_zcu102\nframes: 1\nnetworks:\n"
                                         "  - {model: nets/mine.yaml, recipes: [default]}\n"
                                         "axes:\n  copies: [4, 8]\n");
  const auto net = [&](const std::string& comment, int kernel) {
    folder.write("sub/nets/mine.yaml",
                 "# " + comment +
                     "\ntridex_network: 1\nname: my_net\ninput: {shape: [3, 32, 32]}\noutput: fc\nnodes:\n"
                     "  - {name: conv, op: conv, inputs: [input], channels: 16, padding: 1, kernel: " +
                     std::to_string(kernel) +
                     "}\n  - {name: pool, op: global_avg_pool, inputs: [conv]}\n"
                     "  - {name: fc, op: conv, inputs: [pool], channels: 10, kernel: 1}\n");
  };
  const auto out = folder.path() / "out";
  const auto run = [&](const std::string& said) {
    const Result result = run_tridex({"sweep", sweep, "-o", out});
    INFO(result.err);
    REQUIRE(result.status == 0);
    CHECK_THAT(result.out, Contains(said));
  };
  net("first", 3);
  run("2 points: 2 run now, 0 failed");
  for (const auto& row : explore::Store(out / "store.sqlite").rows()) {
    CHECK(row.model == "my_net");
    CHECK(row.status == "ok");
  }
  run("0 run now");
  net("another comment", 3);
  run("0 run now");
  net("another comment", 5);
  run("2 points: 2 run now, 0 failed");
  CHECK(stored(out) == 4);
  CHECK(run_tridex({"report", out}).status == 0);
}

TEST_CASE("report writes a page from the store") {
  const TempFolder folder;
  const auto out = folder.path() / "out";
  REQUIRE(run_tridex({"sweep", sweep_file(folder), "-o", out}).status == 0);
  const Result result = run_tridex({"report", out});
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("report.html"));
  CHECK(read_text(out / "report.html").size() > 10'000);
}
