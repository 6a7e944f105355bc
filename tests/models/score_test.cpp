#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "models/dataset.h"

using namespace tridex::models;

namespace {

Activation logits(const std::vector<float>& values) {
  return {{static_cast<int>(values.size()), 1, 1}, values};
}

Label class_label(int index) {
  Label label;
  label.class_index = index;
  return label;
}

/// One class map of 2 x 2 pixels as logits: 1 for the class, 0 for others.
Activation class_logits(int classes, const std::vector<int>& map) {
  Activation a{{classes, 2, 2}, std::vector<float>(static_cast<size_t>(4 * classes), 0.0f)};
  for (size_t i = 0; i < 4; ++i) {
    a.channel(map[i])[i] = 1;
  }
  return a;
}

Label pixel_label(const std::vector<uint8_t>& pixels) {
  Label label;
  label.height = 2;
  label.width = 2;
  label.pixels = pixels;
  return label;
}

}  // namespace

TEST_CASE("score: top 1 and top 5") {
  Score score(DatasetInfo{});
  score.add(logits({0, 9, 1, 2, 3, 4, 5}), class_label(1));
  score.add(logits({0, 9, 1, 2, 3, 4, 5}), class_label(3));  // fifth
  score.add(logits({0, 9, 1, 2, 3, 4, 5}), class_label(2));  // sixth
  const float nan = std::numeric_limits<float>::quiet_NaN();
  score.add(logits({nan, nan, nan, nan, nan, nan, nan}), class_label(0));
  CHECK(score.images() == 4);
  CHECK(score.top1() == Approx(25));
  CHECK(score.top5() == Approx(50));
  CHECK_THROWS_AS(score.add(logits({1, 2}), class_label(2)), tridex::Error);
  CHECK_THROWS_AS(score.add(logits({1, 2}), class_label(-1)), tridex::Error);
  CHECK(Score(DatasetInfo{}).top1() == 0);
}

TEST_CASE("score: segmentation with a class map and void") {
  DatasetInfo info;
  info.task = Task::kSegmentation;
  info.classes = {"a", "b", "never"};
  info.ignore = 3;
  info.class_map = {0, 1, 1, 2};
  Score score(info);
  score.add(class_logits(4, {0, 1, 2, 0}), pixel_label({0, 1, 1, 3}));  // all right, one void
  score.add(class_logits(4, {0, 0, 2, 2}), pixel_label({0, 1, 1, 0}));  // two wrong
  CHECK(score.images() == 2);
  CHECK(score.pixel_accuracy() == Approx(100.0 * 5 / 7));
  const auto iou = score.class_iou();
  CHECK(iou[0] == Approx(50));
  CHECK(iou[1] == Approx(60));
  CHECK(std::isnan(iou[2]));
  CHECK(score.miou() == Approx(55));
  CHECK_THROWS_AS(score.add(class_logits(3, {0, 1, 2, 0}), pixel_label({0, 1, 1, 3})), tridex::Error);
  CHECK_THROWS_AS(score.add(class_logits(4, {0, 1, 2, 0}), pixel_label({0, 1, 1, 4})), tridex::Error);
}

TEST_CASE("score: logits are resized to the label") {
  DatasetInfo info;
  info.task = Task::kSegmentation;
  Score score(info);
  Label label;
  label.height = 4;
  label.width = 6;
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 6; ++x) {
      label.pixels.push_back(x < 3 ? 0 : 1);
    }
  }
  score.add(class_logits(2, {0, 1, 0, 1}), label);
  CHECK(score.pixel_accuracy() == Approx(100));
  CHECK(score.miou() == Approx(100));
}

TEST_CASE("score: agreement and SQNR against a reference") {
  Score score(DatasetInfo{});
  CHECK_FALSE(score.compared());
  score.compare(logits({3, 0}), logits({3, 0}), class_label(0));
  CHECK(std::isinf(score.sqnr_db()));
  score.compare(logits({0, 1}), logits({1, 0}), class_label(0));
  CHECK(score.compared());
  CHECK(score.agreement() == Approx(50));
  CHECK(score.sqnr_db() == Approx(10 * std::log10(10.0 / 2)));
  CHECK_THROWS_AS(score.compare(logits({1}), logits({1, 2}), class_label(0)), tridex::Error);

  DatasetInfo info;
  info.task = Task::kSegmentation;
  Score pixels(info);
  pixels.compare(class_logits(2, {0, 1, 0, 1}), class_logits(2, {0, 1, 1, 1}), pixel_label({0, 0, 0, 0}));
  CHECK(pixels.agreement() == Approx(75));
}
