#include "models/linear_classifier.h"

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace tridex;
using namespace tridex::models;

namespace {

/// Images of 3 x 4 x 4 noise in which class k is brighter by `lift` at the pixels of channel k; with
/// `hidden`, the sign of that lift is random, so that no linear rule finds it.
class Noise : public Dataset {
 public:
  Noise(size_t size, uint64_t seed, float lift, bool hidden,
        std::vector<std::string> classes = {"red", "green", "blue"})
      : size_(size), seed_(seed), lift_(lift), hidden_(hidden) {
    info_.classes = std::move(classes);
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] size_t size() const override { return size_; }
  [[nodiscard]] Sample load(size_t i) const override {
    SplitMix random(seed_ + 1000 * i);
    Sample sample;
    sample.label.class_index = random.below(3);
    sample.image = {{3, 4, 4}, std::vector<float>(48)};
    const float sign = hidden_ && random.below(2) == 0 ? -1.0f : 1.0f;
    for (size_t p = 0; p < 48; ++p) {
      sample.image.data[p] = static_cast<float>(random.between(-1, 1));
      if (p / 16 == static_cast<size_t>(sample.label.class_index)) {
        sample.image.data[p] += sign * lift_;
      }
    }
    return sample;
  }

 private:
  DatasetInfo info_;
  size_t size_;
  uint64_t seed_;
  float lift_;
  bool hidden_;
};

double top1(const LinearClassifier& linear, const Dataset& data) {
  Score score(data.info());
  for (size_t i = 0; i < data.size(); ++i) {
    const Sample sample = data.load(i);
    score.add(linear.run(sample.image), sample.label);
  }
  return score.top1();
}

}  // namespace

TEST_CASE("a linear classifier finds what is linear, and only that") {
  // The mean of a channel's 16 pixels is 0 or `lift`, with a deviation of 0.58 / 4: far apart.
  const LinearClassifier seen(Noise(4000, 1, 1.0f, false), 4000, 20, 1);
  CHECK(top1(seen, Noise(1000, 2, 1.0f, false)) > 95);
  const LinearClassifier blind(Noise(4000, 1, 1.0f, true), 4000, 20, 1);
  CHECK(top1(blind, Noise(1000, 2, 1.0f, true)) < 45);
}

TEST_CASE("a linear classifier is the same on any number of threads") {
  const Noise data(600, 3, 0.3f, false);
  const Activation image = data.load(0).image;
  CHECK(LinearClassifier(data, 600, 2, 1).run(image).data ==
        LinearClassifier(data, 600, 2, 4).run(image).data);
}

TEST_CASE("a linear classifier wants to know its classes") {
  // What a folder with labels.csv alone does not say.
  CHECK_THROWS_WITH(LinearClassifier(Noise(10, 1, 1.0f, false, {}), 10, 1, 1),
                    Catch::Contains("says its classes"));
}
