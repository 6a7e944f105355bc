#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "models/image.h"
#include "models/scenes/scenes.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;

TEST_CASE("dataset: a folder of PNG files is a data set with the same images") {
  const TempFolder folder;
  const auto out = folder.path() / "scenes";
  REQUIRE(run_tridex({"dataset", "scenes-test", "--first", "5", "--images", "20", "-o", out}).status == 0);
  CHECK(files_in(out).size() == 21);
  CHECK_THAT(read_text(out / "labels.csv"),
             Contains("file,class_index\n000005.triangle.stripes.tiles.png,5\n") &&
                 Contains("000024.star.stripes.ripples.png,8\n"));
  CHECK(models::read_image(out / "000024.star.stripes.ripples.png").pixels ==
        models::draw_scene(1, models::SceneSplit::kTest, 24).image.pixels);
}

TEST_CASE("dataset: a sheet has a column per class") {
  const TempFolder folder;
  const auto file = folder.path() / "sheet.png";
  REQUIRE(run_tridex({"dataset", "scenes-test", "--images", "17", "--sheet", file}).status == 0);
  const models::Image sheet = models::read_image(file);
  CHECK(sheet.width == 16 * 66 - 2);
  CHECK(sheet.height == 2 * 66 - 2);
  const models::Image scene = models::draw_scene(1, models::SceneSplit::kTest, 16).image;
  for (size_t i = 0; i < 64 * 3; ++i) {
    REQUIRE(sheet.pixels[66 * static_cast<size_t>(sheet.width) * 3 + i] == scene.pixels[i]);
  }
}

TEST_CASE("dataset: records are what a trainer reads") {
  const Result result = run_tridex({"dataset", "scenes-train", "--images", "3", "--records", "-"});
  REQUIRE(result.status == 0);
  std::string wanted;
  for (uint64_t i = 0; i < 3; ++i) {
    const auto record = models::scene_record(models::draw_scene(1, models::SceneSplit::kTrain, i));
    wanted.append(record.begin(), record.end());
  }
  CHECK(result.out == wanted);
}

TEST_CASE("dataset: what cannot be written is refused") {
  const TempFolder folder;
  CHECK_THAT(run_tridex({"dataset", "scenes-test"}).err, Contains("nothing to write"));
  CHECK_THAT(run_tridex({"dataset", "scenes-test", "--records", "-", "--json", "-"}).err,
             Contains("--records") && Contains("--json"));
  const Result folder_set = run_tridex({"dataset", folder.path(), "--sheet", folder.path() / "s.png"});
  CHECK(folder_set.status == 1);
  CHECK_THAT(folder_set.err, Contains("only a generated data set"));
  CHECK_THAT(run_tridex({"dataset", "scenes-tset", "--sheet", "s.png"}).err, Contains("scenes-test"));
  const Result large =
      run_tridex({"dataset", "scenes-test", "--images", "1000000", "--sheet", folder.path() / "s.png"});
  CHECK(large.status == 1);
  CHECK_THAT(large.err, Contains("100,000"));
  const Result nowhere = run_tridex({"dataset", "scenes-test", "--images", "2", "--sheet", "/nowhere/s.png"});
  CHECK(nowhere.status == 1);
  CHECK_THAT(nowhere.err, Contains("/nowhere"));
}

TEST_CASE("ablation: part of the images, a linear baseline first, and the rows that scripts read") {
  const TempFolder folder;
  const std::string file = folder.path() / "a.json";
  const Result result =
      run_tridex({"ablation", "vanilla", "--model", "efficientvit_b0_r64", "--weights",
                  "efficientvit_b0_scenes.safetensors", "--calib", "scenes-calib", "--data", "scenes-test",
                  "--images", "48", "--linear", "scenes-train", "--linear-images", "64", "--json", file});
  INFO(result.err);
  REQUIRE(result.status == 0);
  const auto json = nlohmann::json::parse(read_text(file));
  CHECK(json["images"] == 48);
  REQUIRE(json["rows"].size() == 3);
  CHECK(json["rows"][0]["recipe"] == "linear on pixels");
  CHECK_FALSE(json["rows"][0].contains("logits_sqnr_db"));
  CHECK(json["rows"][1]["top1"].get<double>() > 80);  // 94.9 on 10,000
  CHECK(json["rows"][2].contains("logits_sqnr_db"));
}
