#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "explore/store/store.h"
#include "support/random.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;

namespace {

constexpr int kFewKills = 4;                // TRIDEX_KILLS asks for more
constexpr int kLongestMilliseconds = 1000;  // from a sweep's start to its end by SIGKILL

/// Two sweeps that share half of their points; some fail.
std::array<std::string, 2> two_sweeps(const TempFolder& folder) {
  const auto sweep = [&](const char* name, const char* copies) {
    return folder.write(name, std::string("design: trio_vit_zcu102\nframes: 1\nnetworks:\n"
                                          "  - {model: efficientvit_b0_r64, recipes: [default, w4a8]}\n"
                                          "axes:\n  engines.0.lanes: {powers_of_two: [4, 16]}\n"
                                          "  ports.count: [1, 4]\n  buffers.input.kib: [1, 512, 1024]\n"
                                          "  copies: ") +
                                  copies + "\n");
  };
  return {sweep("a.yaml", "{from: 1, to: 8}"), sweep("b.yaml", "{from: 5, to: 12}")};
}

constexpr size_t kPoints = 2 * 3 * 2 * 3 * 12;  // of both

std::vector<std::string> command(const std::string& sweep, const std::filesystem::path& out) {
  return {"sweep", sweep, "-o", out, "--jobs", "1"};
}

/// What the first row of a query says.
std::string asked(const std::filesystem::path& store, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(store.c_str(), &db) == SQLITE_OK);
  std::string answer;
  CHECK(sqlite3_exec(
            db, sql,
            [](void* to, int, char** values, char**) {
              *static_cast<std::string*>(to) += values[0];
              return 0;
            },
            &answer, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  return answer;
}

/// All that a row says, but for which sweep ran it, where and when.
std::vector<nlohmann::json> content(const std::filesystem::path& store) {
  std::vector<nlohmann::json> rows;
  for (const auto& r : explore::Store(store).rows()) {
    rows.push_back({r.hash, r.design, r.settings, r.model, r.recipe, r.network_hash, r.dataset_key,
                    r.accuracy_note, r.fidelity, r.tool_version, r.frames, r.seed, r.status, r.reason, r.log,
                    r.result});
  }
  return rows;
}

}  // namespace

TEST_CASE(
    "two sweeps killed at random moments leave a whole store, and go on until every point is there once") {
  const char* asked_for = std::getenv("TRIDEX_KILLS");
  const int kills = asked_for != nullptr ? std::atoi(asked_for) : kFewKills;
  REQUIRE(kills > 0);
  Random random("sweep_kill_test");
  const TempFolder folder;
  const auto sweeps = two_sweeps(folder);
  const auto whole = folder.path() / "whole";
  for (const auto& sweep : sweeps) {
    REQUIRE(run_tridex(command(sweep, whole)).status == 0);
  }
  const auto expected = content(whole / "store.sqlite");
  REQUIRE(expected.size() == kPoints);

  for (int killed = 0, round = 0; killed < kills; ++round) {
    const auto out = folder.path() / std::to_string(round);
    for (int before = -1; killed < kills && before != killed;) {
      before = killed;
      const std::array<pid_t, 2> children{start_tridex(command(sweeps[0], out)),
                                          start_tridex(command(sweeps[1], out))};
      // Each by itself, so that one dies while the other writes.
      const auto first = static_cast<size_t>(random.integer(0, 1));
      int moments[2] = {random.integer(0, kLongestMilliseconds), random.integer(0, kLongestMilliseconds)};
      std::sort(moments, moments + 2);
      ::usleep(static_cast<useconds_t>(moments[0]) * 1000);
      ::kill(children[first], SIGKILL);
      ::usleep(static_cast<useconds_t>(moments[1] - moments[0]) * 1000);
      ::kill(children[1 - first], SIGKILL);
      for (const pid_t child : children) {
        killed += wait_for(child) == 128 + SIGKILL;  // else it was through before
      }
      if (std::filesystem::exists(out / "store.sqlite")) {
        REQUIRE(asked(out / "store.sqlite", "PRAGMA integrity_check") == "ok");
      }
    }
    const std::array<pid_t, 2> last{start_tridex(command(sweeps[0], out)),
                                    start_tridex(command(sweeps[1], out))};
    for (const pid_t child : last) {
      CHECK(wait_for(child) == 0);
    }
    CHECK(asked(out / "store.sqlite", "PRAGMA integrity_check") == "ok");
    CHECK(asked(out / "store.sqlite", "SELECT count(*) FROM points") == std::to_string(kPoints));
    CHECK((content(out / "store.sqlite") == expected));
  }
}

TEST_CASE("two sweeps at a time: points that both have are run by one of them") {
  const TempFolder folder;
  const auto sweeps = two_sweeps(folder);
  const auto out = folder.path() / "out";
  std::array<pid_t, 2> children{};
  for (size_t i = 0; i < 2; ++i) {
    auto words = command(sweeps[i], out);
    words.insert(words.end(), {"--json", folder.path() / (std::to_string(i) + ".json")});
    children[i] = start_tridex(words);
  }
  size_t run = 0;
  for (size_t i = 0; i < 2; ++i) {
    CHECK(wait_for(children[i]) == 0);
    const auto json = nlohmann::json::parse(read_text(folder.path() / (std::to_string(i) + ".json")));
    CHECK(json["points"] == kPoints * 2 / 3);
    CHECK(json["ok"].get<size_t>() + json["failed"].get<size_t>() + json["already"].get<size_t>() ==
          kPoints * 2 / 3);
    run += json["ok"].get<size_t>() + json["failed"].get<size_t>();
  }
  CHECK(run == kPoints);
  CHECK(asked(out / "store.sqlite", "SELECT count(*) FROM claims") == "0");
}
