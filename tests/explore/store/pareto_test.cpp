#include "explore/store/pareto.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using tridex::explore::pareto_front;

namespace {

/// The definition, word for word.
std::vector<size_t> brute_force(const std::vector<std::vector<double>>& points) {
  std::vector<size_t> front;
  for (size_t i = 0; i < points.size(); ++i) {
    bool dominated = false;
    for (const auto& other : points) {
      bool nowhere_smaller = true, somewhere_larger = false;
      for (size_t k = 0; k < other.size(); ++k) {
        nowhere_smaller = nowhere_smaller && other[k] >= points[i][k];
        somewhere_larger = somewhere_larger || other[k] > points[i][k];
      }
      dominated = dominated || (nowhere_smaller && somewhere_larger);
    }
    if (!dominated) {
      front.push_back(i);
    }
  }
  return front;
}

}  // namespace

TEST_CASE("the front is that of the definition") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const size_t count = random() % 40, objectives = 1 + random() % 4;
    // Few values, so that there are ties and equal points.
    const unsigned values = round % 2 == 0 ? 4 : 1000;
    std::vector<std::vector<double>> points(count, std::vector<double>(objectives));
    for (auto& point : points) {
      for (auto& value : point) {
        value = static_cast<double>(random() % values);
      }
    }
    auto front = pareto_front(points);
    for (size_t i = 1; i < front.size(); ++i) {
      REQUIRE(points[front[i - 1]] <= points[front[i]]);
    }
    std::sort(front.begin(), front.end());
    REQUIRE(front == brute_force(points));
  }
}

TEST_CASE("equal points are in the front together") {
  CHECK(pareto_front({{1, 2}, {1, 2}, {0, 2}}) == std::vector<size_t>{0, 1});
  CHECK(pareto_front({}).empty());
}
