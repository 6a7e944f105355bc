#include "explore/report/report.h"

#include <catch2/catch.hpp>

#include "base/file.h"
#include "explore/report/effects.h"
#include "explore/report/page_data.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

PointRow point(const std::string& hash, double fps, int64_t dsp, std::optional<double> accuracy,
               bool fits = true) {
  PointRow row;
  row.hash = hash;
  row.sweep = "s";
  row.model = "m";
  row.recipe = "w8a8";
  row.design = "name: </script><b>\n";
  row.status = "ok";
  row.accuracy_note = accuracy ? "" : "no weights";
  row.result = {{"fps", fps},
                {"frames", 3},
                {"cycles", 100},
                {"latency_ms", 0.1},
                {"gops", 10.0},
                {"utilization", 0.5},
                {"energy_mj", 0.0},
                {"dram", {{"read_bytes", 3001}, {"write_bytes", 30}}},
                {"cost", {{"dsp", dsp}, {"fits", fits}}},
                {"stalls", {{"dram", 3}}},
                {"stall_parts", {{"input.row_miss", 2}, {"weights.row_miss", 1}}},
                {"layers",
                 {{{"name", "backbone.conv"},
                   {"macs", 1000},
                   {"start_cycle", 0},
                   {"end_cycle", 100},
                   {"read_bytes", 2048},
                   {"write_bytes", 512},
                   {"busy_cycles", 10},
                   {"stalls", {{"input", 2}, {"weights", 1}}},
                   {"stall_parts", {{"input.row_miss", 2}, {"weights.row_miss", 1}}}}}}};
  if (accuracy) {
    row.accuracy = Accuracy{"top1", *accuracy, 100, "integer"};
  }
  return row;
}

PointRow failed() {
  PointRow row = point("f", 0, 0, {});
  row.status = "crash";
  row.result = nullptr;
  return row;
}

}  // namespace

TEST_CASE("fronts take points that fit, each with what it has") {
  const Report report =
      make_report({point("a", 100, 1000, 80.0), point("b", 50, 500, 70.0), point("c", 40, 600, 90.0),
                   point("d", 30, 800, 60.0), point("e", 200, 500, 99.0, false), failed()});
  REQUIRE(report.models.size() == 1);
  const ModelFronts& fronts = report.models[0];
  CHECK(fronts.throughput_dsp == std::vector<size_t>{1, 0});
  CHECK(fronts.throughput_accuracy == std::vector<size_t>{2, 0});
  CHECK(fronts.front == std::vector<size_t>{2, 1, 0});
  CHECK(fronts.best == size_t{2});  // the others are faster, and more than a percent less accurate
  CHECK(fronts.fitting == 4);
  CHECK(fronts.misfits == 1);
  CHECK(fronts.failed == 1);
}

TEST_CASE("without accuracy the front is that of throughput and DSPs, and the page says null") {
  const Report report = make_report({point("a", 100, 1000, {}), point("b", 50, 2000, {})});
  CHECK(report.models[0].front == std::vector<size_t>{0});
  CHECK_FALSE(report.models[0].measured);
  const auto json = to_json(report);
  CHECK(json["points"][0]["accuracy"].is_null());
  CHECK(json["points"][0]["note"] == "no weights");
  CHECK(json["points"][0]["dram_read_bytes"] == 1000);  // a frame's
  CHECK(json["points"][0]["energy_mj"].is_null());
  CHECK(json["points"][0]["stall_row_miss"] == 3);
  CHECK(json["layers"]["a"][0]["stall_parts"]["input.row_miss"] == 2);
}

TEST_CASE("without accuracy a recipe is compared with itself only") {
  PointRow fast = point("a", 300, 500, {});
  fast.recipe = "w4a4";
  const Report unmeasured = make_report({fast, point("b", 50, 500, {}), point("c", 100, 1000, {}),
                                         point("d", 90, 2000, {}), point("e", 80, 900, {}, false)});
  CHECK(unmeasured.models[0].front == std::vector<size_t>{1, 2, 0});
  CHECK(unmeasured.models[0].throughput_dsp == unmeasured.models[0].front);
  CHECK(unmeasured.models[0].best == size_t{0});

  fast.accuracy = Accuracy{"top1", 10.0, 100, "integer"};
  const Report measured = make_report({fast, point("b", 50, 500, 80.0), point("c", 100, 1000, 80.0)});
  CHECK(measured.models[0].throughput_dsp == std::vector<size_t>{0});
  CHECK(measured.models[0].front == std::vector<size_t>{1, 2, 0});
}

TEST_CASE("settings that are the same in all rows") {
  Report report = make_report({point("a", 1, 1, {}), point("b", 1, 1, {}), point("c", 1, 1, {})});
  report.rows[0].settings = {{"copies", "4"}, {"ports", "2"}, {"lanes", "8"}};
  report.rows[1].settings = {{"copies", "8"}, {"ports", "2"}, {"lanes", "8"}};
  report.rows[2].settings = {{"copies", "8"}, {"ports", "2"}};
  CHECK(common_settings({&report.rows[0], &report.rows[1]}) ==
        std::map<std::string, std::string>{{"ports", "2"}, {"lanes", "8"}});
  CHECK(common_settings({&report.rows[0], &report.rows[1], &report.rows[2]}) ==
        std::map<std::string, std::string>{{"ports", "2"}});
  CHECK(common_settings({}).empty());
}

TEST_CASE("the page holds its data and no text ends its script") {
  // That it asks for nothing from anywhere is tested in a browser: tests/explore/report/page.
  const std::string page = report_page(make_report({point("a", 100, 1000, 80.0)}), {});
  for (const char* mark : {"@DATA@", "@STYLE@", "@CHARTS@", "@SCRIPT@"}) {
    CHECK_THAT(page, !Contains(mark));
  }
  CHECK_THAT(page, Contains("Licensed to the Apache Software Foundation"));
  const size_t begin = page.find("id=\"data\">") + 10;
  const auto data = nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  CHECK(data["designs"][0]["lines"] == nlohmann::json{"name: </script><b>", ""});
}

TEST_CASE("a store in which nothing fits is a report too") {
  const Report report = make_report({point("a", 1, 1, {}, false), failed()});
  CHECK_FALSE(report.models[0].best);
  CHECK(report_page(report, {}).size() > 1000);
}

TEST_CASE("search.json is read, and what it lacks is said") {
  const test::TempFolder folder;
  CHECK(read_search(folder.path()).is_null());
  const auto refused = [&](const std::string& text, const std::string& reason) {
    write_file(folder.path() / "search.json", text);
    CHECK_THROWS_WITH(read_search(folder.path()),
                      Contains("search.json: " + reason) && Contains("tridex search"));
  };
  refused("{", "is not JSON");
  refused("[]", "has no list 'objectives'");
  refused(R"({"objectives": [], "front": []})", "has no list 'generations'");
  refused(R"({"objectives": [], "front": [], "generations": [{"evaluations": 1}]})",
          "a generation has no number 'hypervolume'");
  write_file(
      folder.path() / "search.json",
      std::string(
          R"({"objectives": [], "front": [], "generations": [{"evaluations": 1, "hypervolume": 2}]})"));
  CHECK(read_search(folder.path())["generations"][0]["hypervolume"] == 2);
}

TEST_CASE("figures are drawn, or it is said why not") {
  const test::TempFolder folder;
  PointRow a = point("a", 100, 1000, 80.0), b = point("b", 50, 500, {}), c = point("c", 30, 400, 70.0);
  const std::string widths = "recipe.weight_bits[*stages.0*]";
  a.settings = {{"copies", "4"}, {widths, "4"}};
  b.settings = {{"copies", "8"}, {widths, "4"}};
  c.settings = {{"copies", "16"}, {widths, "8"}};
  const nlohmann::json search{{"name", "s"}, {"generations", {{{"evaluations", 10}, {"hypervolume", 0.5}}}}};
  const Figures figures = write_figures(make_report({a, b, c}), search, folder.path() / "figures");
  if (!figures.missing.empty()) {
    CHECK_THAT(figures.missing, Contains("gnuplot"));
    CHECK(figures.files.empty());
    return;
  }
  std::set<std::string> names;
  for (const auto& file : figures.files) {
    names.insert(file.filename());
  }
  std::set<std::string> expected;
  for (const char* name : {"m_throughput_dsp", "m_throughput_accuracy", "m_layers", "m_roofline", "m_traffic",
                           "m_effects_fps", "m_effects_accuracy", "m_parallel", "hypervolume"}) {
    expected.insert({std::string(name) + ".png", std::string(name) + ".svg"});
  }
  CHECK(names == expected);
  const auto data = [&](const std::string& name) {
    return read_text(folder.path() / "figures" / (name + ".dat"));
  };
  CHECK(data("m_layers") == "layer busy row_miss\n\"conv\" 10 3\n");
  CHECK(data("m_traffic") == "layer read written\n\"conv\" 2 0.5\n");
  CHECK(data("m_effects_fps") == "0 30 75\n1 30 100\n");
  CHECK(data("m_effects_accuracy") == "0 70 80\n");  // copies change no accuracy
  CHECK(data("hypervolume") == "10 0.5\n");
  // 1,000 MACs in 100 cycles of a clock of 1 MHz, 2,560 bytes; 10 GOPS at half of the peak.
  CHECK_THAT(data("m_roofline"), Contains("0.78125 0.02 7") && Contains(" 20\n"));
  for (const auto& file : figures.files) {
    const std::string content = read_text(file);
    CHECK(content.size() > 500);
    if (file.extension() == ".svg" && file.stem() == "m_throughput_dsp") {
      CHECK_THAT(content,
                 Contains("front of frames and DSPs only") && Contains("w8a8, accuracy not measured"));
    }
    if (file.extension() == ".svg" && file.stem() == "m_effects_fps") {
      CHECK_THAT(content, Contains(">weight_bits[*stages.0*]: 8 to 4<"));
    }
    CHECK(content.substr(0, 5) == (file.extension() == ".png" ? "\x89PNG\r" : "<?xml"));
  }
}

TEST_CASE("main effects: means of levels, the largest spread first") {
  std::vector<PointRow> rows;
  for (const char* copies : {"1", "2"}) {
    for (const char* ports : {"1", "2", "4"}) {
      rows.push_back(point(std::string(copies) + ports, 1, 1, {}));
      rows.back().settings = {{"copies", copies}, {"ports", ports}, {"same", "x"}};
    }
  }
  const auto effects = main_effects(make_report(rows), {0, 1, 2, 3, 4, 5}, {10, 20, 30, 14, 24, 34});
  REQUIRE(effects.size() == 2);  // neither the recipe nor what has one value
  CHECK(effects[0].axis == "ports");
  CHECK(effects[0].means ==
        std::vector<std::pair<std::string, double>>{{"1", 12.0}, {"2", 22.0}, {"4", 32.0}});
  CHECK(effects[0].spread() == 20);
  CHECK(effects[1].axis == "copies");
  CHECK(effects[1].means == std::vector<std::pair<std::string, double>>{{"1", 20.0}, {"2", 24.0}});
}
