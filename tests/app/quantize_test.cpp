// What `tridex quantize --report`, `sensitivity` and `mixed` print and write.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// A command on the network that ships.
Result run(const std::string& command, const std::string& recipe, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {command,     recipe,
                                        "--model",   "efficientvit_b0_r64",
                                        "--weights", "efficientvit_b0_scenes.safetensors",
                                        "--calib",   "scenes-calib"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_tridex(arguments);
}

std::string few_images(const TempFolder& folder) {
  return folder.write("few.yaml", "calibration_images: 2\nresidual_bits: 16\n");
}

size_t lines_of(const std::string& file) {
  const std::string text = read_text(file);
  size_t count = 0;
  for (size_t at = text.find('{'); at != std::string::npos; at = text.find("\n{", at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("quantize --report: a page, two tables, and the layers in the JSON") {
  const TempFolder folder;
  const std::string report = folder.path() / "report", file = folder.path() / "q.json";
  const Result result =
      run("quantize", few_images(folder),
          {"-o", folder.path() / "net.tdx", "--report", report, "--report-images", "1", "--json", file});
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("calibration images") && Contains("2 of 2048") &&
                             Contains("wider layers") && Contains("residual_bits: 16") &&
                             Contains("SQNR dB"));
  CHECK(files_in(report) == std::vector<std::string>{"histograms.csv", "layers.csv", "report.html"});
  CHECK_THAT(read_text(report + "/report.html"), Contains("<svg") && Contains("residual_bits: 16") &&
                                                     !Contains("http://") && !Contains("https://"));
  const json q = json::parse(read_text(file));
  CHECK(q["report_images"] == 1);
  CHECK(q["wider_layers"].size() > 5);
  CHECK(q["layers"].size() > 90);
  for (const char* key : {"name", "op", "bits", "scale", "zero", "range", "clipped", "sqnr_db", "cosine",
                          "weight_bits", "weight_sqnr_db"}) {
    CHECK(q["layers"][0].contains(key));
  }
}

TEST_CASE("sensitivity: goes on with what is measured, also behind a cut line") {
  const TempFolder folder;
  const std::string file = folder.path() / "s.jsonl";
  const auto measure = [&](const std::string& layers) {
    const Result result =
        run("sensitivity", few_images(folder),
            {"--bits", "4,8", "--images", "2", "--layers", layers, "-o", file, "--json", "-"});
    INFO(result.err);
    REQUIRE(result.status == 0);
    return json::parse(result.out)["layers"];
  };
  const json head = measure("head*");
  REQUIRE(head.size() >= 8);
  CHECK(head[0]["bits"] == 4);
  CHECK(head[1]["bits"] == 8);
  CHECK(head[0]["weights"]["relative"].get<double>() > head[1]["weights"]["relative"].get<double>());
  const size_t known = lines_of(file);
  CHECK(known == head.size());
  std::ofstream(file, std::ios::app) << "{\"key\": \"cut";
  CHECK(measure("head*") == head);
  CHECK(lines_of(file) == known + 1);
  const json more = measure("head.op_list.[02]*");
  CHECK(more.size() < head.size());
  CHECK(lines_of(file) == known + 1);

  const Result none = run("sensitivity", few_images(folder), {"--layers", "nothing*", "-o", file});
  CHECK(none.status == 1);
  CHECK_THAT(none.err, Contains("nothing*"));

  const Result whole = run("sensitivity", few_images(folder),
                           {"--bits", "4", "--images", "1", "--in-recipe", "--layers", "head.op_list.3*",
                            "-o", file, "--json", "-"});
  REQUIRE(whole.status == 0);
  CHECK(json::parse(whole.out)["layers"][0]["both"]["relative"].get<double>() > 0);
}

TEST_CASE("mixed: a recipe under the budget that quantize takes") {
  const TempFolder folder;
  const std::string recipe = folder.path() / "mixed.yaml", file = folder.path() / "m.json";
  const std::vector<std::string> common = {"--images", "1", "-o", recipe};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), common.begin(), common.end());
    return run("mixed", few_images(folder), more);
  };
  const Result result = with({"--budget", "size=55%", "--json", file});
  INFO(result.err);
  REQUIRE(result.status == 0);
  const json m = json::parse(read_text(file));
  CHECK(m["cost"].get<int64_t>() <= m["budget"].get<int64_t>());
  CHECK(m["cost"].get<int64_t>() > m["budget"].get<int64_t>() * 98 / 100);
  CHECK_THAT(read_text(recipe),
             Contains("layers:") && Contains("weight_bits: 4") && Contains("residual_bits: 16"));
  CHECK(run("quantize", recipe, {"-o", folder.path() / "net.tdx"}).status == 0);

  CHECK_THAT(with({"--budget", "size=10%"}).err, Contains("too small"));
  CHECK_THAT(with({"--budget", "weight=10%"}).err, Contains("size=AMOUNT"));
  CHECK_THAT(with({"--budget", "size=ten"}).err, Contains("'ten'"));
  CHECK_THAT(with({"--budget", "traffic=1kB"}).err, Contains("too small") && Contains("% of the widest"));
  CHECK_THAT(with({"--budget", "size=55"}).err, Contains("a unit"));
  CHECK(with({"--budget", "size=100%", "--candidates", "6"}).status == 0);
  CHECK_THAT(run("mixed", recipe, {"--budget", "size=50%", "--images", "1", "-o", recipe}).err,
             Contains("has `layers` already"));
}

TEST_CASE("ablation: the file of an experiment; options that belong to the other form are refused") {
  const TempFolder folder;
  const std::string spec = folder.write(
      "e.yaml",
      "rows:\n  - {name: few, recipe: vanilla, set: {calibration_images: 2}}\nnetworks:\n"
      "  - {name: scenes, model: efficientvit_b0_r64, weights: efficientvit_b0_scenes.safetensors,\n"
      "     calib: scenes-calib, data: scenes-test}\n");
  const std::string out = folder.path() / "out";
  const Result result = run_tridex({"ablation", spec, "-o", out, "--images", "16"});
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("scenes") && Contains("few") && Contains("against float"));
  CHECK(files_in(out) == std::vector<std::string>{"rows", "rows/scenes", "rows/scenes/few.json",
                                                  "rows/scenes/float.json", "table.csv", "table.json",
                                                  "table.md"});
  CHECK_THAT(run_tridex({"ablation", spec, "-o", out, "--model", "efficientvit_b0_r64"}).err,
             Contains("--model"));
  CHECK_THAT(run_tridex({"ablation", spec, spec, "-o", out}).err, Contains("one file"));
  CHECK_THAT(run_tridex({"ablation", "vanilla", "--model", "efficientvit_b0_r64"}).err,
             Contains("--weights"));
}
