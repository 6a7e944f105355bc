#include "models/scenes/scenes.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "base/file.h"
#include "base/hash.h"
#include "models/dataset.h"
#include "support/temp_folder.h"

using namespace tridex::models;
using Catch::Matchers::Contains;
using tridex::test::TempFolder;

namespace {

std::string hash_of(const Scene& scene) {
  return tridex::content_hash(std::span<const uint8_t>(scene.image.pixels));
}

/// One number for many images.
std::string hash_of_first(uint64_t seed, SceneSplit split, uint64_t count) {
  std::string all;
  for (uint64_t i = 0; i < count; ++i) {
    all += hash_of(draw_scene(seed, split, i));
  }
  return tridex::content_hash(all);
}

std::string yaml(const std::string& scenes, const std::string& more = {}) {
  return "task: classification\nlayout: generated\nscenes: " + scenes +
         "\nresize: {mode: none}\nnormalize: {divide: 255, mean: [0, 0, 0], std: [1, 1, 1]}\n" + more;
}

}  // namespace

TEST_CASE("scenes: every compiler and build draws these bytes") {
  // The network in models/zoo was trained on them: another hash means another data set. The test
  // scenes_compilers compares what g++ and clang++ draw, with and without optimization.
  CHECK(hash_of_first(1, SceneSplit::kTrain, 256) == "933bd2be40883010ea75cbf1bf5d298d");
  CHECK(hash_of_first(1, SceneSplit::kTest, 256) == "0c5217de8b0aa08b0a27965bca6e9d26");
  CHECK(hash_of_first(20260101, SceneSplit::kCalibration, 256) == "ce20491565e31d3c49e1b57884dc32a2");
}

TEST_CASE("scenes: an image is a function of seed, split and index, and no two are equal") {
  std::set<std::string> seen;
  size_t drawn = 0;
  for (const uint64_t seed : {1, 2}) {
    for (const auto split : {SceneSplit::kTrain, SceneSplit::kCalibration, SceneSplit::kTest}) {
      for (uint64_t i = 0; i < 500; ++i, ++drawn) {
        const Scene scene = draw_scene(seed, split, i);
        CHECK(scene.class_index == static_cast<int>(i % kSceneClasses));
        seen.insert(hash_of(scene));
      }
    }
  }
  CHECK(seen.size() == drawn);
  CHECK(hash_of(draw_scene(1, SceneSplit::kTest, 499)) == hash_of(draw_scene(1, SceneSplit::kTest, 499)));
}

TEST_CASE("scenes: neither colour nor brightness tells the class") {
  // The mean colour of a class is that of all within 4.5 standard errors: 48 comparisons, so that chance
  // alone breaks this for one seed in 3,000.
  constexpr int kImages = 3200;
  double sum[kSceneClasses][3] = {}, all[3] = {}, square[3] = {};
  for (int i = 0; i < kImages; ++i) {
    const Scene scene = draw_scene(7, SceneSplit::kTrain, static_cast<uint64_t>(i));
    double mean[3] = {};
    for (size_t p = 0; p < scene.image.pixels.size(); ++p) {
      mean[p % 3] += scene.image.pixels[p] / (64.0 * 64.0);
    }
    for (int c = 0; c < 3; ++c) {
      sum[scene.class_index][c] += mean[c];
      all[c] += mean[c];
      square[c] += mean[c] * mean[c];
    }
  }
  constexpr double kOfClass = static_cast<double>(kImages) / kSceneClasses;
  for (int c = 0; c < 3; ++c) {
    const double mean = all[c] / kImages, deviation = std::sqrt(square[c] / kImages - mean * mean);
    CHECK(deviation > 10);
    for (int k = 0; k < kSceneClasses; ++k) {
      CAPTURE(scene_class_name(k), c);
      CHECK(std::abs(sum[k][c] / kOfClass - mean) < 4.5 * deviation / std::sqrt(kOfClass));
    }
  }
}

TEST_CASE("scenes: names of classes") {
  const auto names = scene_class_names();
  CHECK(names.size() == kSceneClasses);
  CHECK(names.front() == "disc.stripes.ripples");
  CHECK(names[1] == "disc.stripes.tiles");
  CHECK(names.back() == "cross.dots.tiles");
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == kSceneClasses);
}

TEST_CASE("scenes: a data set YAML reads them, as the generator draws them") {
  const TempFolder folder;
  const auto file = folder.write("s.yaml", yaml("{split: train, seed: 5, images: 40}"));
  const auto data = open_dataset(file, {3, 64, 64});
  CHECK(data->size() == 40);
  CHECK(data->info().classes == scene_class_names());
  const Sample sample = data->load(33);
  CHECK(sample.label.class_index == 33 % kSceneClasses);
  const Scene scene = draw_scene(5, SceneSplit::kTrain, 33);
  for (size_t p = 0; p < 64 * 64; ++p) {
    for (size_t c = 0; c < 3; ++c) {
      REQUIRE(sample.image.data[c * 64 * 64 + p] ==
              static_cast<float>(scene.image.pixels[3 * p + c]) / 255.0f);
    }
  }
}

TEST_CASE("scenes: a part of them has every class equally often") {
  const TempFolder folder;
  const auto data = open_dataset(folder.write("s.yaml", yaml("{split: test, images: 640}")), {3, 64, 64});
  for (const bool calibrate : {false, true}) {
    int count[kSceneClasses] = {};
    for (const size_t i : calibrate ? calibration_indices(*data, 80) : evaluation_indices(*data, 80)) {
      ++count[data->load(i).label.class_index];
    }
    for (const int of_class : count) {
      CHECK(of_class == 5);
    }
  }
  const auto part = part_of(*data, 80);
  REQUIRE(part->size() == 80);
  CHECK(part->load(79).name == data->load(79).name);
  CHECK(part_of(*data, 1000)->size() == 640);
}

TEST_CASE("scenes: errors of the YAML name the line and the key") {
  const TempFolder folder;
  const auto error = [&](const std::string& text) {
    try {
      open_dataset(folder.write("s.yaml", text), {3, 64, 64});
    } catch (const std::exception& caught) {
      return std::string(caught.what());
    }
    return std::string("no error");
  };
  CHECK_THAT(error(yaml("{split: tset, images: 4}")),
             Contains("s.yaml:3") && Contains("split") && Contains("test"));
  CHECK_THAT(error(yaml("{split: test}")), Contains("images"));
  CHECK_THAT(error(yaml("{split: test, images: 0}")), Contains("s.yaml:3") && Contains("images"));
  CHECK_THAT(error(yaml("{split: test, images: 4, sed: 1}")), Contains("sed") && Contains("seed"));
  CHECK_THAT(error(yaml("{split: test, images: 4}", "root: here\n")), Contains("root"));
}

TEST_CASE("encode_png is read back as it was") {
  const TempFolder folder;
  const Image image = draw_scene(1, SceneSplit::kTest, 3).image;
  const auto png = encode_png(image);
  const auto file = folder.path() / "a.png";
  tridex::write_file(file, std::span<const uint8_t>(png));
  const Image back = read_image(file);
  CHECK(back.width == 64);
  CHECK(back.pixels == image.pixels);
}
