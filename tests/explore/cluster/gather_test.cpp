#include "explore/cluster/gather.h"

#include <catch2/catch.hpp>

#include "base/file.h"
#include "explore/sweep/recorder.h"
#include "explore/sweep/shard_file.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;
using tridex::test::TempFolder;

namespace {

struct Ended {
  std::string status, time;
};

PointRow row_of(const std::string& hash, const Ended& ended) {
  PointRow row;
  row.hash = hash;
  row.network_hash = "n";
  row.status = ended.status;
  row.reason = ended.status + " at " + ended.time;
  row.time = ended.time;
  return row;
}

std::string line_of(const std::string& hash, const Ended& ended) {
  return point_line(row_of(hash, ended), ended.status == "ok" ? R"({"cycles":7,"layers":[1]})" : "");
}

std::string reason_in(const std::filesystem::path& folder) {
  const auto rows = Store::open_existing(folder).rows();
  REQUIRE(rows.size() == 1);
  return rows[0].reason;
}

}  // namespace

TEST_CASE("gathering: ok beats failed, a later failure an earlier one, whatever the order") {
  const Ended ok{"ok", "2026-01-02T00:00:00Z"}, failed{"error", "2026-01-01T00:00:00Z"},
      later{"timeout", "2026-01-03T00:00:00Z"};
  struct Case {
    Ended first, second;
    std::string kept;
  };
  for (const auto& [first, second, kept] : {Case{ok, failed, "ok"}, Case{ok, later, "ok"},
                                            Case{failed, later, "timeout"}, Case{failed, failed, "error"}}) {
    for (const bool turned : {false, true}) {
      for (const bool at_once : {false, true}) {
        CAPTURE(first.status, second.status, turned, at_once);
        const TempFolder folder;
        folder.write("shards/1-of-1.jsonl", line_of("a", turned ? second : first));
        if (!at_once) {
          CHECK(gather(folder.path()).added == 1);
        }
        folder.write("shards/1-of-1.2.jsonl", line_of("a", turned ? first : second));
        const GatherSummary summary = gather(folder.path());
        CHECK(summary.lines == 2);
        CHECK(summary.added == (at_once ? 1 : 0));
        CHECK_THAT(reason_in(folder.path()), Contains(kept));
        const GatherSummary again = gather(folder.path());
        CHECK(again.added + again.replaced == 0);
        CHECK_THAT(reason_in(folder.path()), Contains(kept));
      }
    }
  }
}

TEST_CASE("gathering keeps a result's text with its layers, and says what it leaves out") {
  const TempFolder folder;
  const std::string a = line_of("a", {"ok", "1"}), b = line_of("b", {"ok", "1"});
  folder.write("shards/1-of-2.jsonl", a + "garbage\n" + b.substr(0, 30));
  folder.write("shards/2-of-2.jsonl", line_of("c", {"error", "1"}));
  const GatherSummary summary = gather(folder.path());
  CHECK(summary.files == 2);
  CHECK(summary.added == 2);
  REQUIRE(summary.remarks.size() == 2);
  CHECK_THAT(summary.remarks[0], Contains("1-of-2.jsonl: 1 of its lines"));
  CHECK_THAT(summary.remarks[1], Contains("torn (30 bytes)"));
  CHECK(Store::open_existing(folder.path()).rows()[0].result ==
        nlohmann::json::parse(R"({"cycles":7,"layers":[1]})"));
  CHECK(summary.rows.size() == 2);
  CHECK(std::filesystem::exists(folder.path() / "points.csv"));
  const StoredList list = read_stored_list(folder.path());
  CHECK(list.ok == std::set<std::string>{"a"});
  CHECK(list.failed == std::set<std::string>{"c"});
}

TEST_CASE("an accuracy that shards have measured becomes that of the network's points, once") {
  const TempFolder folder;
  {
    Store store(folder.path() / "store.sqlite");
    store.put(row_of("a", {"ok", "1"}), "");
  }
  {
    const auto shard = make_shard_recorder(folder.path(), {1, 2});
    CHECK_FALSE(shard->accuracy("n", "d"));
    shard->put_accuracy("n", "d", {"miou", 62.5, 78, "integer"});
    CHECK(shard->accuracy("n", "d")->value == 62.5);
  }
  gather(folder.path());
  REQUIRE(Store::open_existing(folder.path()).rows()[0].accuracy);
  CHECK(make_shard_recorder(folder.path(), {2, 2})->accuracy("n", "d")->images == 78);
  Store::open_existing(folder.path()).set_dataset("n", "", "another sweep names none");
  gather(folder.path());
  CHECK_FALSE(Store::open_existing(folder.path()).rows()[0].accuracy);
}

TEST_CASE("a shard's recorder knows its own files and what the store has") {
  const TempFolder folder;
  folder.write("shards/1-of-2.jsonl", line_of("a", {"ok", "1"}) + line_of("b", {"error", "1"}) + "{\"ha");
  folder.write("shards/2-of-2.jsonl", line_of("c", {"ok", "1"}));
  write_stored_list(folder.path(), {{"d"}, {"e"}, {}});
  const auto shard = make_shard_recorder(folder.path(), {1, 2});
  CHECK(shard->finished(false) == std::set<std::string>{"a", "b", "d", "e"});
  CHECK(shard->finished(true) == std::set<std::string>{"a", "d"});
  shard->put(row_of("f", {"ok", "1"}), "{}");
  CHECK(shard->finished(true) == std::set<std::string>{"a", "d", "f"});
  CHECK(shard->rows().size() == 3);
  CHECK_THAT(read_text(folder.path() / "shards/1-of-2.2.jsonl"), Contains("\"f\""));
}

TEST_CASE("gathering a folder without shards is refused") {
  const TempFolder folder;
  CHECK_THROWS_WITH(gather(folder.path()), Contains("is not the output folder of a sweep's shards"));
}
