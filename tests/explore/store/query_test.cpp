#include "explore/store/query.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

PointRow point(const std::string& hash, const std::string& copies, double fps, int64_t dsp) {
  PointRow row;
  row.hash = hash;
  row.model = "m";
  row.settings = {{"copies", copies}, {"spread", "best"}};
  row.status = "ok";
  row.seed = 1;
  row.result = {{"fps", fps}, {"frames", 1}, {"cost", {{"dsp", dsp}, {"fits", dsp <= 1000}}}};
  return row;
}

/// b is the fastest, a needs the fewest DSPs, d is worse than c in both; e failed.
std::vector<PointRow> points() {
  std::vector<PointRow> rows{point("a", "4", 100, 500), point("b", "16", 400, 2000),
                             point("c", "8", 300, 1000), point("d", "10", 250, 1001), point("e", "32", 0, 0)};
  rows[2].accuracy = Accuracy{"top1", 80, 50, "integer"};
  rows[4].status = "error";
  rows[4].reason = "no tile fits, \"here\"";
  rows[4].result = nullptr;
  rows[4].seed = 18446744073709551615ULL;
  return rows;
}

std::string hashes(const Query& asked) {
  const auto rows = points();
  std::string text;
  for (const auto* row : query(rows, asked).rows) {
    text += row->hash;
  }
  return text;
}

std::string where(const std::string& filter) {
  Query asked;
  asked.where = {filter};
  return hashes(asked);
}

std::string refusal(const Query& asked) {
  const auto rows = points();
  try {
    static_cast<void>(query(rows, asked));
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("query: relations hold at their bounds and no further") {
  CHECK(where("dsp < 1000") == "a");
  CHECK(where("dsp<=1000") == "ac");
  CHECK(where(" dsp > 1000 ") == "bd");
  CHECK(where("dsp >= 1001") == "bd");
  CHECK(where("dsp = 1000") == "c");
  CHECK(where("dsp == 1000.0") == "c");
  CHECK(where("dsp != 1000") == "abd");
  CHECK(where("dsp<1e3") == "a");
  CHECK(where("fits=1") == "ac");
}

TEST_CASE("query: axes are numbers where they read as such: 10 is more than 8") {
  CHECK(where("copies >= 8") == "bcde");
  CHECK(where("copies=8") == "c");
  CHECK(where("copies = 8.0") == "c");
  CHECK(where("spread=best") == "abcde");
  CHECK(where("spread!=best").empty());
  CHECK(where("spread = 8").empty());
}

TEST_CASE("query: texts, and values that are not there") {
  CHECK(where("status = error") == "e");
  CHECK(where("reason=no tile fits, \"here\"") == "e");
  CHECK(where("accuracy >= 80") == "c");
  CHECK(where("accuracy > 80").empty());
  CHECK(where("accuracy != 81") == "c");
  CHECK(where("accuracy=") == "abde");
  CHECK(where("accuracy !=") == "c");
  CHECK(where("reason !=") == "e");
}

TEST_CASE("query: seeds beyond 63 bits are neither negative nor rounded") {
  CHECK(where("seed > 1") == "e");
  CHECK(where("seed <= 9223372036854775807") == "abcd");
  CHECK(where("seed = 18446744073709551615") == "e");
  CHECK(where("seed = 18446744073709551614").empty());
  CHECK(where("seed < 18446744073709551615") == "abcd");
}

TEST_CASE("query: all filters hold; fronts are of what they leave; limits come last") {
  Query asked;
  asked.where = {"dsp > 500", "fps < 400"};
  CHECK(hashes(asked) == "cd");
  asked = {};
  asked.front = {"fps", "dsp"};
  CHECK(hashes(asked) == "acb");
  asked.sort = "fps";
  CHECK(hashes(asked) == "bca");
  asked.limit = 1;
  CHECK(hashes(asked) == "b");
  asked = {};
  asked.where = {"copies != 8"};
  asked.front = {"fps", "dsp"};
  CHECK(hashes(asked) == "adb");
  asked = {};
  asked.front = {"fps:min", "copies:max"};
  CHECK(hashes(asked) == "bda");
}

TEST_CASE("query: the best first, or the end that is named; rows without a value last") {
  const auto sorted = [](const std::string& by) {
    Query asked;
    asked.sort = by;
    return hashes(asked);
  };
  CHECK(sorted("") == "abcde");
  CHECK(sorted("fps") == "bcdae");
  CHECK(sorted("dsp") == "acdbe");
  CHECK(sorted("dsp:max") == "bdcae");
  CHECK(sorted("copies") == "acdbe");
  CHECK(sorted("copies:max") == "ebdca");
  CHECK(sorted("spread") == "abcde");
}

TEST_CASE("query: what cannot be read is refused by name") {
  const auto refused = [](const std::string& filter) {
    Query asked;
    asked.where = {filter};
    return refusal(asked);
  };
  CHECK_THAT(refused("dsps < 1000"),
             Contains("unknown column 'dsps', did you mean 'dsp'?") && Contains("--where"));
  CHECK_THAT(refused("dsp"), Contains("expected a column"));
  CHECK_THAT(refused(""), Contains("expected a column"));
  CHECK_THAT(refused("dsp ! 3"), Contains("expected a column"));
  CHECK_THAT(refused("dsp < many"), Contains("'many' is not a number"));
  CHECK_THAT(refused("dsp = 1e999"), Contains("'1e999' is not a number"));
  CHECK_THAT(refused("dsp = nan"), Contains("'nan' is not a number"));
  CHECK_THAT(refused("dsp <"), Contains("'' is not a number"));
  CHECK_THAT(refused("model < b"), Contains("= and != alone"));
  CHECK_THAT(refused("= 3"), Contains("unknown column ''"));
  Query asked;
  asked.columns = {"fpss"};
  CHECK_THAT(refusal(asked), Contains("--columns: unknown column 'fpss', did you mean 'fps'?"));
  asked = {};
  asked.sort = "fps:up";
  CHECK_THAT(refusal(asked), Contains("unknown column 'fps:up'"));
  asked = {};
  asked.front = {"fps", "copies"};
  CHECK_THAT(refusal(asked), Contains("--front fps,copies") && Contains("copies:min or copies:max"));
}

TEST_CASE("query: files hold what was asked for, in that order") {
  auto rows = points();
  Query asked;
  asked.columns = {"copies", "reason", "fps", "accuracy"};
  asked.where = {"copies >= 8"};
  const QueryResult result = query(rows, asked);
  CHECK(to_csv(result) ==
        "copies,reason,fps,accuracy\n16,,400,\n8,,300,80\n10,,250,\n32,\"no tile fits, \"\"here\"\"\",,\n");
  const json list = to_json(result);
  REQUIRE(list.size() == 4);
  CHECK(list[1] == json{{"copies", 8}, {"reason", ""}, {"fps", 300.0}, {"accuracy", 80.0}});
  CHECK(list[3]["fps"].is_null());

  const QueryResult all = query(rows, {});
  for (const char* name : {"hash", "copies", "spread", "design", "dsp", "stall_row_miss", "seconds"}) {
    CHECK(std::count(all.columns.begin(), all.columns.end(), name) == 1);
  }
  rows[0].settings["fps"] = "1";  // an axis that would hide a column
  const QueryResult hidden = query(rows, {});
  CHECK(std::count(hidden.columns.begin(), hidden.columns.end(), "fps") == 1);
  CHECK(query(std::vector<PointRow>{}, {}).rows.empty());
}
