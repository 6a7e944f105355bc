#include "explore/store/store.h"

#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/file.h"
#include "support/point_row.h"
#include "support/temp_folder.h"

using namespace tridex::explore;
using Catch::Matchers::Contains;
using tridex::test::TempFolder;

namespace {

PointRow row(const std::string& hash) {
  PointRow row = tridex::test::point_row(hash);
  row.result = {{"cycles", 123456789012},
                {"fps", 0.1},
                {"frames", 3},
                {"energy_mj", 0.0},
                {"power_w", 2.5},
                {"dram", {{"read_bytes", 3001}, {"write_bytes", 30}}},
                {"cost", {{"dsp", 1024}, {"fits", true}}},
                {"stalls", {{"dram", 7}}}};
  return row;
}

}  // namespace

TEST_CASE("a row comes back as it was put") {
  const TempFolder folder;
  {
    Store store(folder.path() / "store.sqlite");
    store.put(row("b"));
    store.put(row("a"));
    store.put(row("a"));
  }
  const auto rows = Store::open_existing(folder.path()).rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].hash == "a");
  const PointRow& back = rows[1];
  const PointRow put = row("b");
  CHECK(back.settings == put.settings);
  CHECK(back.seed == put.seed);
  CHECK(back.result == put.result);
  CHECK(back.design == put.design);
  CHECK(back.accuracy_note == "no weights");
  CHECK_FALSE(back.accuracy);
}

TEST_CASE("accuracy is of a network and a data set") {
  const TempFolder folder;
  Store store(folder.path() / "store.sqlite");
  store.put(row("a"));
  PointRow other = row("b");
  other.network_hash = "n2";
  store.put(other);
  store.put_accuracy("n1", "d", {"miou", 62.5, 78, "integer"});
  CHECK_FALSE(store.rows()[0].accuracy);
  store.set_dataset("n1", "d", "");
  const auto rows = store.rows();
  REQUIRE(rows[0].accuracy);
  CHECK(rows[0].accuracy->value == 62.5);
  CHECK(rows[0].accuracy->images == 78);
  CHECK(rows[0].accuracy_note.empty());
  CHECK_FALSE(rows[1].accuracy);
  CHECK(store.accuracy("n1", "d")->metric == "miou");
  CHECK_FALSE(store.accuracy("n1", "e"));
}

TEST_CASE("failed points are finished, unless they are to be tried again") {
  const TempFolder folder;
  Store store(folder.path() / "store.sqlite");
  store.put(row("a"));
  PointRow failed = row("b");
  failed.status = "crash";
  failed.result = nullptr;
  store.put(failed);
  CHECK(store.finished(false) == std::set<std::string>{"a", "b"});
  CHECK(store.finished(true) == std::set<std::string>{"a"});
}

TEST_CASE("processes that make one store at the same time all get it") {
  // Switching a new file to WAL needs it exclusively, and SQLite does not wait for that.
  const TempFolder folder;
  for (int round = 0; round < 25; ++round) {
    const auto file = folder.path() / fmt::format("{}.sqlite", round);
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      children.push_back(::fork());
      REQUIRE(children.back() >= 0);
      if (children.back() == 0) {
        int status = 0;
        try {
          Store(file).put(row(std::to_string(i)));
        } catch (const std::exception& error) {
          fmt::print(stderr, "{}\n", error.what());
          status = 1;
        }
        ::_exit(status);
      }
    }
    for (const pid_t child : children) {
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    CHECK(Store(file).size() == children.size());
  }
}

TEST_CASE("stalls by reason: parts of waits added up, whatever was awaited") {
  PointRow run = row("a");
  const auto number = [&](const std::string& name) {
    for (size_t i = 0; i < number_columns().size(); ++i) {
      if (name == number_columns()[i].name) {
        return numbers_in(run).at(i);
      }
    }
    throw std::logic_error("no column " + name);
  };
  CHECK(number("stall_row_miss").is_null());  // a result without parts
  run.result["stalls"] = {{"input", 30}, {"weights", 12}, {"fill", 5}, {"finished", 2}};
  CHECK(number("stall_fill") == 5);
  CHECK(number("stall_refresh").is_null());
  run.result["stall_parts"] = {{"input.row_miss", 10}, {"input.port", 20}, {"weights.row_miss", 7},
                               {"weights.blocked", 5}, {"fill", 5},        {"finished", 2}};
  CHECK(number("stall_row_miss") == 17);
  CHECK(number("stall_port") == 20);
  CHECK(number("stall_blocked") == 5);
  CHECK(number("stall_fill") == 5);
  CHECK(number("stall_refresh") == 0);
  CHECK(stall_reasons(run.result) ==
        tridex::arch::Stalls{{"row_miss", 17}, {"port", 20}, {"blocked", 5}, {"fill", 5}, {"finished", 2}});
  run.result["stalls"] = run.result["stall_parts"] = nlohmann::json::object();  // a bound
  CHECK(number("stall_row_miss").is_null());
}

TEST_CASE("a result without its layers, whatever stands in them") {
  const std::string layers = R"([{"name":"a]\"}[","list":[[1],[]],"stalls":{}},{"name":"b\\"}])";
  const auto whole = R"({"cycles":7,"energy_note":"no \"layers\":[ here","layers":)" + layers +
                     R"(,"macs":5,"modules":[{"name":"]"}]})";
  auto expected = nlohmann::json::parse(whole);
  REQUIRE(expected["layers"].size() == 2);
  expected.erase("layers");
  CHECK(parse_without_layers(whole) == expected);
  CHECK(parse_without_layers(R"({"layers":[]})") == nlohmann::json::object());
  CHECK(parse_without_layers(R"({"layers":[{"a":[]}],"cycles":7})") == nlohmann::json{{"cycles", 7}});
  CHECK(parse_without_layers(R"({"cycles":7})") == nlohmann::json{{"cycles", 7}});
  CHECK(parse_without_layers(R"( { "layers" : [ 1 ], "cycles": 7 } )") == nlohmann::json{{"cycles", 7}});
  CHECK(parse_without_layers(R"({"a":{"layers":[1]},"b":"layers","layers":2})") ==
        nlohmann::json::parse(R"({"a":{"layers":[1]},"b":"layers"})"));
  CHECK(parse_without_layers(R"([{"layers":[1]}])") == nlohmann::json::parse(R"([{"layers":[1]}])"));
  for (size_t end = 0; end < whole.size(); ++end) {
    CHECK_THROWS(parse_without_layers(whole.substr(0, end)));
  }

  const TempFolder folder;
  Store store(folder.path() / "store.sqlite");
  PointRow put = row("a");
  put.result = parse_without_layers(whole);
  store.put(put, whole);
  CHECK(store.rows(Store::Layers::kWithout)[0].result == expected);
  CHECK(store.rows()[0].result == nlohmann::json::parse(whole));
}

TEST_CASE("a store that lacks columns of numbers gets them, and keeps its rows") {
  const TempFolder folder;
  const auto file = folder.path() / "store.sqlite";
  { Store(file).put(row("a")); }
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "ALTER TABLE points DROP COLUMN stall_row_miss", nullptr, nullptr, nullptr) ==
          SQLITE_OK);
  sqlite3_close(db);
  PointRow later = row("b");
  later.result["stall_parts"] = {{"output.row_miss", 3}};
  Store(file).put(later);
  CHECK(Store(file).rows().size() == 2);
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  std::vector<std::string> found;
  REQUIRE(sqlite3_exec(
              db, "SELECT hash, stall_row_miss FROM points ORDER BY hash",
              [](void* to, int, char** values, char**) {
                static_cast<std::vector<std::string>*>(to)->push_back(
                    std::string(values[0]) + (values[1] == nullptr ? " null" : std::string(" ") + values[1]));
                return 0;
              },
              &found, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  CHECK(found == std::vector<std::string>{"a null", "b 3"});
}

TEST_CASE("a store of another schema is refused") {
  const TempFolder folder;
  const auto file = folder.path() / "store.sqlite";
  { const Store store(file); }
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "PRAGMA user_version = 99", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  CHECK_THROWS_WITH(Store(file), Contains("schema version 99"));
}

TEST_CASE("a folder without a store, and a store that is none") {
  const TempFolder folder;
  CHECK_THROWS_WITH(Store::open_existing(folder.path()), Contains("is not the output folder of a sweep"));
  tridex::write_file(folder.path() / "store.sqlite", std::string(5000, 'x'));
  CHECK_THROWS_WITH(Store::open_existing(folder.path()),
                    Contains("store.sqlite") && Contains("not a database"));
}

TEST_CASE("CSV: quoted where needed, empty where there is nothing, host and time last") {
  PointRow failed = row("b");
  failed.status = "timeout";
  failed.reason = "no result within 5 s";
  failed.result = nullptr;
  const std::string csv = points_csv({row("a"), failed});
  const std::string header = csv.substr(0, csv.find('\n'));
  CHECK_THAT(header, Contains("hash,sweep,model,recipe,copies,note,status,reason,cycles,") &&
                         Catch::Matchers::EndsWith(",host,time,seconds"));
  CHECK_THAT(csv, Contains("\na,s,m,w8a8,8,\"a,\"\"b\"\"\",ok,,123456789012,,0.1,"));
  // Energy 0 is not modelled; DRAM is a frame's, rounded down.
  CHECK_THAT(header, Contains(",energy_mj,power_w,dram_read_bytes,dram_write_bytes,"));
  CHECK_THAT(csv, Contains(",1,,2.5,1000,10,"));
  CHECK_THAT(csv, Contains("timeout,no result within 5 s,,,"));
  // A cause that is a reason, too, has one column.
  PointRow run = row("c");
  run.result["stalls"] = {{"input", 4}, {"fill", 5}};
  run.result["stall_parts"] = {{"input.refresh", 4}, {"fill", 5}};
  const std::string stalled = points_csv({run});
  CHECK_THAT(stalled, Contains(",stall_row_miss,stall_refresh,stall_buffer_port,stall_dependency,stall_fill,"
                               "stall_controller,stall_bank_conflict,stall_input,accuracy_metric,"));
  CHECK_THAT(stalled, Contains(",0,4,0,0,5,0,0,4,,"));
  // Every line has as many fields as the header.
  const auto fields = [](const std::string& line) {
    bool quoted = false;
    long count = 1;
    for (const char c : line) {
      quoted = quoted != (c == '"');
      count += c == ',' && !quoted;
    }
    return count;
  };
  for (size_t begin = 0, end = csv.find('\n'); end != std::string::npos; end = csv.find('\n', begin)) {
    CHECK(fields(csv.substr(begin, end - begin)) == fields(header));
    begin = end + 1;
  }
}
