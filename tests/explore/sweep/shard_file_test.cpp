#include "explore/sweep/shard_file.h"

#include <catch2/catch.hpp>

#include "base/file.h"
#include "support/point_row.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;
using tridex::test::TempFolder;

namespace {

PointRow a_row(const std::string& hash) {
  PointRow row = test::point_row(hash);
  row.settings["result"] = "a,\"b\"";  // a key of the line
  row.dataset_key = "d1";
  return row;
}

std::vector<std::string> hashes_of(ShardReader& reader) {
  std::vector<std::string> hashes;
  reader.read([&](ShardLine&& line) { hashes.push_back(line.accuracy ? "accuracy" : line.point.hash); });
  return hashes;
}

}  // namespace

TEST_CASE("a shard's line gives back the row and the result's very text") {
  PointRow put = a_row("a");
  put.status = "crash";
  put.reason = "two\nlines";
  put.log = "\xff is no UTF-8";
  const std::string result = R"({"fps": 0.10,  "layers":[{"name":"a\"}\n"}]})";
  const std::string line = point_line(put, result);
  CHECK(line.find('\n') == line.size() - 1);
  const auto back = read_shard_line(line);
  REQUIRE(back);
  CHECK(back->result == result);
  CHECK_FALSE(back->accuracy);
  const PointRow& row = back->point;
  CHECK(row.log == "\xef\xbf\xbd is no UTF-8");
  PointRow same = row;
  same.log = put.log;
  CHECK(point_line(same, result) == line);  // so every field has come back
  CHECK(row.seed == put.seed);
  CHECK(row.settings == put.settings);
  CHECK(row.seconds == put.seconds);

  const auto accuracy = read_shard_line(accuracy_line({"n", "d", {"miou", 62.1, 78, "integer"}}));
  REQUIRE((accuracy && accuracy->accuracy));
  CHECK(accuracy->accuracy->network_hash == "n");
  CHECK(accuracy->accuracy->dataset_key == "d");
  CHECK(accuracy->accuracy->accuracy.value == 62.1);
  CHECK(accuracy->accuracy->accuracy.images == 78);
}

TEST_CASE("no beginning of a shard's line is taken for a line") {
  const std::string line = point_line(a_row("a"), R"({"fps":1})");
  for (size_t size = 0; size + 1 < line.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read_shard_line(line.substr(0, size)));
  }
  CHECK(read_shard_line(line.substr(0, line.size() - 1)));
  for (const char* text :
       {"[]", "7", "null", "{}", R"({"hash":"a","status":"ok"})", R"({"accuracy_of":"n"})"}) {
    CHECK_FALSE(read_shard_line(text));
  }
}

TEST_CASE("a reader follows a file that grows, and counts what it leaves out") {
  const TempFolder folder;
  const std::string a = point_line(a_row("a"), ""), b = point_line(a_row("b"), "");
  std::string text = a + b.substr(0, 20);
  ShardReader reader(folder.write("1-of-2.jsonl", text));
  CHECK(hashes_of(reader) == std::vector<std::string>{"a"});
  CHECK(reader.torn_bytes() == 20);
  CHECK(hashes_of(reader).empty());
  folder.write("1-of-2.jsonl", text += b.substr(20));
  CHECK(hashes_of(reader) == std::vector<std::string>{"b"});
  CHECK(reader.torn_bytes() == 0);
  CHECK(reader.damaged() == 0);
  folder.write("1-of-2.jsonl", text += b.substr(0, 20) + "\n" + a + accuracy_line({"n", "d", {}}));
  CHECK(hashes_of(reader) == std::vector<std::string>{"a", "accuracy"});
  CHECK(reader.damaged() == 1);
}

TEST_CASE("each process that runs a shard has a file of its own, made with the first line") {
  const TempFolder folder;
  const Shard shard{2, 3};
  const auto shards = shards_folder(folder.path());
  ShardWriter first(folder.path(), shard);
  CHECK(shard_files(folder.path()).empty());
  first.append("1\n");
  ShardWriter second(folder.path(), shard);
  second.append("2\n");
  first.append("3\n");
  ShardWriter other(folder.path(), {2, 30});
  other.append("4\n");
  CHECK(read_text(shards / "2-of-3.jsonl") == "1\n3\n");
  CHECK(read_text(shards / "2-of-3.2.jsonl") == "2\n");
  for (const char* name : {"stored.jsonl", "2-of-3.jsonl.tmp-abc", "2-of-3", "x-of-3.jsonl", "2-of-.jsonl",
                           "2-of-3..jsonl", "2-of-3.x.jsonl"}) {
    folder.write(std::string("shards/") + name, "");
  }
  CHECK(shard_files(folder.path(), shard) ==
        std::vector<std::filesystem::path>{shards / "2-of-3.2.jsonl", shards / "2-of-3.jsonl"});
  CHECK(shard_files(folder.path()).size() == 3);
}

TEST_CASE("the list of what the store has comes back; a broken one is refused") {
  const TempFolder folder;
  CHECK(read_stored_list(folder.path()).ok.empty());
  write_stored_list(folder.path(), {{"a", "b"}, {"c"}, {{"n", "d", {"top1", 70.5, 10, "integer"}}}});
  const StoredList list = read_stored_list(folder.path());
  CHECK(list.ok == std::set<std::string>{"a", "b"});
  CHECK(list.failed == std::set<std::string>{"c"});
  REQUIRE(list.accuracies.size() == 1);
  CHECK(list.accuracies[0].accuracy.value == 70.5);
  folder.write("shards/stored.jsonl", "{\"hash\":\"a\",\"ok\":true}\n{\"hash\":\n");
  CHECK_THROWS_WITH(read_stored_list(folder.path()),
                    Contains("stored.jsonl:2: ") && Contains("tridex gather"));
}
