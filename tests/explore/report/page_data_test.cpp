#include "explore/report/page_data.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace tridex::explore;
using nlohmann::json;

namespace {

/// Reads what explore/report/packed.h writes, as the page's scripts do.
std::vector<uint8_t> bytes_of(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') {
      break;
    }
    bits = bits << 6 | static_cast<uint32_t>(digits.find(c));
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<uint8_t>(bits >> count));
    }
  }
  return bytes;
}

std::vector<int64_t> whole_of(const std::string& text) {
  std::vector<int64_t> values;
  uint64_t value = 0;
  int shift = 0;
  for (const uint8_t byte : bytes_of(text)) {
    value |= static_cast<uint64_t>(byte & 127) << shift;
    shift += 7;
    if (byte < 128) {
      values.push_back(static_cast<int64_t>(value) - 1);
      value = 0;
      shift = 0;
    }
  }
  return values;
}

std::vector<double> doubles_of(const std::string& text) {
  const auto bytes = bytes_of(text);
  std::vector<double> values;
  for (size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    uint64_t bits = 0;
    for (size_t k = 0; k < 8; ++k) {
      bits |= static_cast<uint64_t>(bytes[i + k]) << (8 * k);
    }
    values.push_back(std::bit_cast<double>(bits));
  }
  return values;
}

std::string choice_of(const json& column, size_t at) {
  const int64_t code = whole_of(column["codes"])[at];
  return code < 0 ? "(none)" : column["values"][static_cast<size_t>(code)].get<std::string>();
}

std::string design_of(const json& data, int64_t point) {
  for (const json& form : data["designs"]) {
    int64_t next = 0;
    size_t place = 0;
    for (const int64_t distance : whole_of(form["points"])) {
      next += distance;
      if (next++ == point) {
        std::string text;
        for (const json& line : form["lines"]) {
          text += (text.empty() && &line == &form["lines"][0] ? "" : "\n") +
                  (line.is_string() ? line.get<std::string>() : choice_of(line, place));
        }
        return text;
      }
      ++place;
    }
  }
  return "(no design)";
}

PointRow point(const std::string& hash, double fps, int64_t dsp, int64_t busy) {
  PointRow row;
  row.hash = hash;
  row.model = "m";
  row.recipe = "r";
  row.status = "ok";
  row.settings = {{"copies", hash}};
  row.design = "name: x\ncopies: " + hash + "\n";
  row.result = {{"fps", fps},
                {"latency_ms", 1000 / fps},
                {"frames", 1},
                {"dram", {{"read_bytes", 1500}, {"write_bytes", 500}}},
                {"cost", {{"dsp", dsp}, {"fits", true}}},
                {"layers",
                 {{{"name", "conv"},
                   {"macs", 7},
                   {"start_cycle", 3},
                   {"end_cycle", 90},
                   {"busy_cycles", busy},
                   {"read_bytes", 1500},
                   {"write_bytes", 500},
                   {"stalls", {{"input", 5}}},
                   {"stall_parts", {{"input.row_miss", 5}}}}}}};
  return row;
}

}  // namespace

TEST_CASE("columns of the page's data: whole numbers, doubles, none, choices") {
  PointRow failed = point("c", 1, 1, 1);
  failed.status = "error";
  failed.result = nullptr;
  failed.settings.clear();
  PointRow second = point("b", 0.1, 200, 1);
  second.accuracy = Accuracy{"top1", 90.25, 100, "integer"};
  const json data = page_data(make_report({point("a", 2.5, 100, 1), second, failed}), {});
  CHECK(whole_of(data["numbers"]["dsp"]["whole"]) == std::vector<int64_t>{100, 200, -1});
  CHECK(whole_of(data["numbers"]["fits"]["whole"]) == std::vector<int64_t>{1, 1, -1});
  const auto fps = doubles_of(data["numbers"]["fps"]["doubles"]);
  REQUIRE(fps.size() == 3);
  CHECK(fps[0] == 2.5);
  CHECK(fps[1] == 0.1);
  CHECK(std::isnan(fps[2]));
  CHECK(doubles_of(data["numbers"]["traffic_mb"]["doubles"])[0] == 0.002);
  CHECK(doubles_of(data["numbers"]["accuracy"]["doubles"])[1] == 90.25);
  CHECK(choice_of(data["settings"]["copies"], 1) == "b");
  CHECK(choice_of(data["settings"]["copies"], 2) == "(none)");
  CHECK(choice_of(data["choices"]["status"], 2) == "error");
  CHECK(data["search"].is_null());
}

TEST_CASE("designs of the page's data are the rows' designs") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::vector<PointRow> rows;
  for (int i = 0; i < 300; ++i) {
    PointRow row = point(std::to_string(1000 + i), 1, 1, 1);
    row.design = "";
    const int lines = static_cast<int>(random() % 4);
    for (int line = 0; line < lines; ++line) {
      row.design += "k" + std::to_string(line) + ": " + std::to_string(random() % 5) + "\n";
    }
    row.design += random() % 2 == 0 ? "end" : "";
    rows.push_back(row);
  }
  const Report report = make_report(rows);
  const json data = page_data(report, {});
  for (size_t i = 0; i < rows.size(); ++i) {
    CHECK(design_of(data, static_cast<int64_t>(i)) == report.rows[i].design);
  }
}

TEST_CASE("layers are kept for the points that matter most, as many as there is room for") {
  // b is the fastest, c has the fewest DSPs, a is behind both, d behind all.
  const std::vector<PointRow> rows{point("a", 10, 100, 1), point("b", 20, 100, 2), point("c", 5, 50, 3),
                                   point("d", 1, 200, 4)};
  const Report report = make_report(rows);
  REQUIRE(report.models[0].best == size_t{1});
  const auto order = by_interest(report);
  CHECK(order.size() == 4);
  CHECK(order[0] == 1);
  CHECK(order[1] == 2);

  const json all = page_data(report, {})["detail"];
  CHECK(all["points"].size() == 4);
  CHECK(all["tables"] == json{{{"conv", "", "", "", 7}}});
  const std::string packed = all["points"]["1"]["layers"];
  CHECK(all["causes"] == json{"input.row_miss"});
  CHECK(whole_of(packed) == std::vector<int64_t>{3, 90, 2, 1500, 500, 1, 0, 5});

  PageSources sources;
  const auto kept = [&](size_t bytes) {
    sources.layer_bytes = bytes;
    std::vector<std::string> points;
    const json detail = page_data(report, sources)["detail"];
    for (const auto& [point, layers] : detail["points"].items()) {
      points.push_back(point);
    }
    return points;
  };
  CHECK(kept(0) == std::vector<std::string>{"1"});
  CHECK(kept(2 * packed.size() - 1) == std::vector<std::string>{"1"});
  CHECK(kept(2 * packed.size()) == std::vector<std::string>{"1", "2"});
}

TEST_CASE("layers come from the source where the rows were read without") {
  const PointRow whole = point("a", 10, 100, 42);
  PointRow row = whole;
  row.result.erase("layers");
  PageSources sources;
  CHECK(page_data(make_report({row}), sources)["detail"]["points"].empty());
  sources.result = [&](const std::string& hash) { return hash == "a" ? whole.result : json(); };
  CHECK(whole_of(page_data(make_report({row}), sources)["detail"]["points"]["0"]["layers"])[2] == 42);
}
