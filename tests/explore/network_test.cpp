#include "explore/network.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace tridex;
using namespace tridex::explore;

namespace {

/// Images that say their number.
class Numbered : public models::Dataset {
 public:
  explicit Numbered(size_t size) : size_(size) {}
  [[nodiscard]] const models::DatasetInfo& info() const override { return info_; }
  [[nodiscard]] size_t size() const override { return size_; }
  [[nodiscard]] models::Sample load(size_t i) const override {
    return {"", {{1, 1, 1}, {static_cast<float>(i)}}, {}};
  }

 private:
  models::DatasetInfo info_;
  size_t size_;
};

std::vector<int> numbers(const std::vector<models::Activation>& images) {
  std::vector<int> result;
  for (const models::Activation& image : images) {
    result.push_back(static_cast<int>(image.data[0]));
  }
  return result;
}

}  // namespace

TEST_CASE("images to calibrate on and images to measure on are others, together the first of the data set") {
  struct Case {
    size_t size;
    int calibrate, measure;
    size_t calibrated, measured;
  };
  for (const Case& c :
       {Case{1000, 64, 8, 64, 8}, Case{72, 64, 8, 64, 8}, Case{32, 64, 8, 24, 8}, Case{10, 64, 8, 8, 2},
        Case{2, 64, 8, 1, 1}, Case{100, 8, 64, 8, 64}, Case{71, 8, 64, 54, 17}}) {
    INFO(c.size << ", " << c.calibrate << " + " << c.measure);
    const CalibrationSplit split = split_calibration(Numbered(c.size), c.calibrate, c.measure);
    CHECK(split.calibration.size() == c.calibrated);
    CHECK(split.measured.size() == c.measured);
    std::vector<int> all = numbers(split.calibration);
    for (const int number : numbers(split.measured)) {
      all.push_back(number);
    }
    std::sort(all.begin(), all.end());
    for (size_t i = 0; i < all.size(); ++i) {
      CHECK(all[i] == static_cast<int>(i));
    }
    CHECK(numbers(split_calibration(Numbered(c.size), c.calibrate, c.measure).measured) ==
          numbers(split.measured));
  }
  const CalibrationSplit only = split_calibration(Numbered(1), 64, 8);
  CHECK(numbers(only.calibration) == std::vector<int>{0});
  CHECK(numbers(only.measured) == std::vector<int>{0});
  // Neither an end nor a stride.
  const std::vector<int> drawn = numbers(split_calibration(Numbered(1000), 64, 64).measured);
  CHECK(std::count_if(drawn.begin(), drawn.end(), [](int number) { return number % 2 == 0; }) > 16);
  CHECK(std::count_if(drawn.begin(), drawn.end(), [](int number) { return number % 2 == 1; }) > 16);
  CHECK(std::count_if(drawn.begin(), drawn.end(), [](int number) { return number < 64; }) > 16);
}
