#include "explore/sweep/sample.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

bool any(const Choice&) {
  return true;
}

std::vector<Choice> sample(Sampling::Method method, const std::vector<size_t>& sizes, size_t points,
                           uint64_t seed = 1) {
  return choose(sizes, {method, points, seed}, any);
}

constexpr auto kRandom = Sampling::Method::kRandom;
constexpr auto kLatin = Sampling::Method::kLatinHypercube;

}  // namespace

TEST_CASE("all: crossed, the last axis fastest, without what is not allowed") {
  const auto points = choose({2, 3}, {}, [](const Choice& c) { return c[0] != 1 || c[1] != 0; });
  CHECK(points == std::vector<Choice>{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}});
  CHECK(choose({}, {}, any) == std::vector<Choice>{{}});
  CHECK(choose({1000, 1000}, {}, [](const Choice& c) { return c[0] + c[1] == 0; }).size() == 1);
  CHECK_THROWS_WITH(choose({1000, 1001}, {}, any), Contains("1000000 points") && Contains("sample"));
}

TEST_CASE("samples: all different, the same for a seed, others for another") {
  for (const auto method : {kRandom, kLatin}) {
    for (const size_t side : {size_t{20}, size_t{100'000}}) {  // enumerated and drawn
      const std::vector<size_t> sizes{side, side, 3};
      const auto points = sample(method, sizes, 100);
      REQUIRE(points.size() == 100);
      CHECK(std::set<Choice>(points.begin(), points.end()).size() == 100);
      for (const auto& point : points) {
        for (size_t a = 0; a < sizes.size(); ++a) {
          CHECK(point[a] < sizes[a]);
        }
      }
      CHECK(points == sample(method, sizes, 100));
      CHECK(points != sample(method, sizes, 100, 2));
    }
  }
}

TEST_CASE("a Latin hypercube has every part of every axis once") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    // More points than values, as many, twice as many values, and many more.
    const std::vector<size_t> sizes{7, 60, 120, 10'000};
    const size_t n = 60;
    const auto points = sample(kLatin, sizes, n, seed);
    for (size_t a = 0; a < sizes.size(); ++a) {
      std::map<size_t, size_t> counts;
      std::set<size_t> parts;
      for (const auto& point : points) {
        ++counts[point[a]];
        parts.insert(point[a] * n / sizes[a]);
      }
      for (const auto& [value, count] : counts) {
        CHECK(count >= n / sizes[a]);
        CHECK(count <= (n + sizes[a] - 1) / sizes[a]);
      }
      CHECK(counts.size() == std::min(sizes[a], n));
      if (sizes[a] >= n) {
        CHECK(parts.size() == n);
      }
    }
  }
}

TEST_CASE("random sampling takes every point alike") {
  constexpr int kSeeds = 30'000, kOf = 12;
  std::map<Choice, int> counts;
  for (int seed = 0; seed < kSeeds; ++seed) {
    for (const auto& point : sample(kRandom, {3, 4}, 4, static_cast<uint64_t>(seed))) {
      ++counts[point];
    }
  }
  REQUIRE(counts.size() == kOf);
  for (const auto& [point, count] : counts) {
    CHECK(count > kSeeds * 4 / kOf * 95 / 100);  // six standard deviations of the binomial
    CHECK(count < kSeeds * 4 / kOf * 105 / 100);
  }
}

TEST_CASE("samples keep constraints, and exactly as many points as there are can be had") {
  const auto diagonal = [](const Choice& c) { return c[0] == c[1]; };
  for (const auto method : {kRandom, kLatin}) {
    const auto points = choose({50, 50}, {method, 50, 3}, diagonal);
    REQUIRE(points.size() == 50);
    for (const auto& point : points) {
      CHECK(point[0] == point[1]);
    }
    CHECK_THROWS_AS(choose({50, 50}, {method, 51, 3}, diagonal), TooFewPoints);
    CHECK(sample(method, {4, 5}, 20).size() == 20);
    CHECK_THROWS_WITH(sample(method, {4, 5}, 21), Contains("21 points are asked for") && Contains("20"));
    // Too many to be enumerated.
    CHECK_THROWS_AS(choose({2000, 2000}, {method, 5, 3}, [](const Choice&) { return false; }), TooFewPoints);
  }
}
