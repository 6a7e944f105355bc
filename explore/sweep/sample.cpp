#include "explore/sweep/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

namespace tridex::explore {
namespace {

/// A sample is given up after so many draws in a row that give no new point.
constexpr size_t kFruitlessDraws = 100'000;

/// How many points there are; none: more than kMostPoints.
std::optional<size_t> product(const std::vector<size_t>& sizes) {
  size_t points = 1;
  for (const size_t size : sizes) {
    if (points * size > kMostPoints) {
      return std::nullopt;
    }
    points *= size;
  }
  return points;
}

std::vector<Choice> all_points(const std::vector<size_t>& sizes,
                               const std::function<bool(const Choice&)>& allowed) {
  if (!product(sizes)) {
    fail("the axes cross to more than {} points: take a sample of them (sample: {{method, points}})",
         kMostPoints);
  }
  std::vector<Choice> result;
  Choice choice(sizes.size());
  do {
    if (allowed(choice)) {
      result.push_back(choice);
    }
  } while (to_next(choice, sizes));
  return result;
}

[[noreturn]] void fail_few(size_t found, const Sampling& sampling, const char* how) {
  throw TooFewPoints(fmt::format("{} points are asked for, {} {}; ask for fewer, or give axes more values",
                                 sampling.points, how, found));
}

/// Points that draw() gives, as far as they are new and allowed.
template <typename Draw>
std::vector<Choice> draw_points(const Sampling& sampling, const std::function<bool(const Choice&)>& allowed,
                                Draw&& draw) {
  std::vector<Choice> result;
  std::set<Choice> seen;
  for (size_t fruitless = 0; result.size() < sampling.points; ++fruitless) {
    if (fruitless > kFruitlessDraws) {
      fail_few(result.size(), sampling, "and draws find only");
    }
    Choice choice = draw();
    if (allowed(choice) && seen.insert(choice).second) {
      result.push_back(std::move(choice));
      fruitless = 0;
    }
  }
  return result;
}

std::vector<Choice> random_points(const std::vector<size_t>& sizes, const Sampling& sampling,
                                  const std::function<bool(const Choice&)>& allowed) {
  SplitMix random(sampling.seed);
  if (product(sizes)) {
    auto points = all_points(sizes, allowed);
    if (points.size() < sampling.points) {
      fail_few(points.size(), sampling, "and there are only");
    }
    shuffle(points, random, sampling.points);
    points.resize(sampling.points);
    return points;
  }
  return draw_points(sampling, allowed, [&] { return any_choice(sizes, random); });
}

std::vector<Choice> latin_points(const std::vector<size_t>& sizes, const Sampling& sampling,
                                 const std::function<bool(const Choice&)>& allowed) {
  if (const auto count = product(sizes); count && *count < sampling.points) {
    fail_few(*count, sampling, "and there are only");
  }
  SplitMix random(sampling.seed);
  std::vector<Choice> cube;
  return draw_points(sampling, allowed, [&] {
    if (cube.empty()) {
      cube = latin_hypercube(sizes, sampling.points, random);
    }
    Choice choice = std::move(cube.back());
    cube.pop_back();
    return choice;
  });
}

}  // namespace

bool to_next(Choice& choice, const std::vector<size_t>& sizes) {
  for (size_t a = sizes.size(); a-- > 0;) {
    if (++choice[a] < sizes[a]) {
      return true;
    }
    choice[a] = 0;
  }
  return false;
}

Choice any_choice(const std::vector<size_t>& sizes, SplitMix& random) {
  Choice choice;
  for (const size_t size : sizes) {
    choice.push_back(static_cast<size_t>(random.below(static_cast<int>(size))));
  }
  return choice;
}

std::vector<Choice> latin_hypercube(const std::vector<size_t>& sizes, size_t points, SplitMix& random) {
  std::vector<Choice> result(points, Choice(sizes.size()));
  std::vector<size_t> part(points);
  for (size_t a = 0; a < sizes.size(); ++a) {
    // Part p of n begins in value floor(p k / n) of k: a value has floor or ceil of n / k parts. Where there
    // are more values than parts, it is any one that begins in the part: from ceil(p k / n).
    const auto first_inside = [&](size_t p) { return (p * sizes[a] + points - 1) / points; };
    std::iota(part.begin(), part.end(), size_t{0});
    shuffle(part, random);
    for (size_t i = 0; i < points; ++i) {
      if (sizes[a] <= points) {
        result[i][a] = part[i] * sizes[a] / points;
        continue;
      }
      const size_t low = first_inside(part[i]), end = first_inside(part[i] + 1);
      result[i][a] = low + static_cast<size_t>(random.below(static_cast<int>(end - low)));
    }
  }
  return result;
}

std::vector<Choice> choose(const std::vector<size_t>& sizes, const Sampling& sampling,
                           const std::function<bool(const Choice&)>& allowed) {
  switch (sampling.method) {
    case Sampling::Method::kAll:
      return all_points(sizes, allowed);
    case Sampling::Method::kRandom:
      return random_points(sizes, sampling, allowed);
    case Sampling::Method::kLatinHypercube:
      return latin_points(sizes, sampling, allowed);
  }
  return {};
}

}  // namespace tridex::explore
