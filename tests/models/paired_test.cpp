#include "models/paired.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/random.h"
#include "models/dataset.h"

using namespace tridex;
using namespace tridex::models;

namespace {

PairedTally image(bool ours, bool reference) {
  return {{{ours ? 1 : 0}, {1}}, {{reference ? 1 : 0}, {1}}};
}

/// Images of which the reference has 80 % right; ours loses 10 % of those and gains 20 % of the others: the
/// true difference is -0.8 * 10 + 0.2 * 20 = -4 points.
constexpr double kTrueDifference = -4;
std::vector<PairedTally> draw(SplitMix& random, size_t count) {
  std::vector<PairedTally> images;
  for (size_t i = 0; i < count; ++i) {
    const bool reference = random.unit() < 0.8;
    images.push_back(image(random.unit() < (reference ? 0.9 : 0.2), reference));
  }
  return images;
}

}  // namespace

TEST_CASE("paired: the interval is the normal one where there are many images") {
  SplitMix random(1);
  const auto images = draw(random, 4000);
  double sum = 0, squares = 0;
  for (const PairedTally& one : images) {
    const auto d = static_cast<double>(one.ours.part[0] - one.reference.part[0]);
    sum += d;
    squares += d * d;
  }
  const auto n = static_cast<double>(images.size());
  const double mean = sum / n, error = std::sqrt((squares / n - mean * mean) / n);
  const Difference difference = paired_bootstrap(images);
  CHECK(difference.value == Approx(100 * mean));
  CHECK(difference.low == Approx(100 * (mean - 1.96 * error)).margin(0.05));
  CHECK(difference.high == Approx(100 * (mean + 1.96 * error)).margin(0.05));
}

TEST_CASE("paired: 95 % of the intervals hold the true difference") {
  constexpr uint64_t kSeed = 7;
  constexpr int kTrials = 600;
  INFO("seed " << kSeed);
  SplitMix random(kSeed);
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Difference d = paired_bootstrap(draw(random, 300), 500, random.next());
    held += d.low <= kTrueDifference && kTrueDifference <= d.high ? 1 : 0;
  }
  // 95 % within 2.3 standard errors of 600 trials (0.9 %), and the grid of thirds of a point beside.
  CHECK(held >= kTrials * 92 / 100);
  CHECK(held <= kTrials * 98 / 100);
}

TEST_CASE(
    "paired: a seed fixes the interval; pairing makes it narrow; nothing differs, nothing is in doubt") {
  SplitMix random(3);
  const auto images = draw(random, 200);
  const Difference one = paired_bootstrap(images, 1000, 5), same = paired_bootstrap(images, 1000, 5),
                   other = paired_bootstrap(images, 1000, 6);
  CHECK(one.low == same.low);
  CHECK(one.high == same.high);
  CHECK((one.low != other.low || one.high != other.high));
  CHECK(one.seed == 5);
  CHECK(one.resamples == 1000);

  const Difference equal = paired_bootstrap({image(true, true), image(false, false)}, 100);
  CHECK(equal.value == 0);
  CHECK(equal.low == 0);
  CHECK(equal.high == 0);
  CHECK(paired_bootstrap({}).value == 0);
}

TEST_CASE("paired: means of shares leave out classes that are not there") {
  CHECK(mean_share({{1, 0, 3}, {2, 0, 4}}) == Approx(62.5));
  CHECK(mean_share({{0}, {0}}) == 0);
  // Class 1 is in the second image only: resamples of the first alone have one class.
  const std::vector<PairedTally> images = {{{{1, 0}, {2, 0}}, {{2, 0}, {2, 0}}},
                                           {{{1, 1}, {2, 4}}, {{1, 4}, {2, 4}}}};
  const Difference d = paired_bootstrap(images, 2000);
  CHECK(d.value == Approx((50 + 25) / 2.0 - (75 + 100) / 2.0));
  CHECK(d.low == Approx((50 + 25) / 2.0 - (50 + 100) / 2.0).margin(15));
}

TEST_CASE("paired: the score gathers the pairs of both tasks") {
  Score top(DatasetInfo{});
  Label label;
  label.class_index = 1;
  const Activation right{{2, 1, 1}, {0, 1}}, wrong{{2, 1, 1}, {1, 0}};
  top.compare(wrong, right, label);
  top.compare(right, right, label);
  CHECK(top.difference().value == Approx(-50));

  DatasetInfo info;
  info.task = Task::kSegmentation;
  info.ignore = 2;
  Score pixels(info), reference(info);
  label.height = label.width = 2;
  label.pixels = {0, 1, 1, 2};
  const auto map = [](std::vector<float> second) {
    return Activation{{2, 2, 2}, [&] {
                        std::vector<float> data;
                        for (const float x : second) {
                          data.push_back(1 - x);
                        }
                        data.insert(data.end(), second.begin(), second.end());
                        return data;
                      }()};
  };
  const Activation ours = map({0, 0, 1, 1}), theirs = map({0, 1, 1, 1});
  pixels.add(ours, label);
  pixels.compare(ours, theirs, label);
  reference.add(theirs, label);
  CHECK(pixels.difference().value == Approx(pixels.miou() - reference.miou()));
  CHECK(pixels.difference().value == Approx(-50));
}
