#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace tridex::explore {

/// A value of each axis, by its index.
using Choice = std::vector<size_t>;

/// Which of the crossed values of a sweep's axes are points: all, or a sample.
struct Sampling {
  enum class Method { kAll, kRandom, kLatinHypercube };
  Method method = Method::kAll;
  size_t points = 0;  ///< of a sample
  uint64_t seed = 1;
};

/// A sample asks for more points than there are, or than can be found.
struct TooFewPoints : Error {
  using Error::Error;
};

constexpr size_t kMostPoints = 1'000'000;

/// Choices of axes with `sizes` values each, all different, that `allowed` takes.
///   kAll             in order, the last axis fastest
///   kRandom          each point as likely as any other
///   kLatinHypercube  of n points, each of n equal parts of an axis's range has one: a value of an axis of k
///                    values is in floor(n / k) or ceil(n / k) of them. Where points are refused or come
///                    twice, others of further hypercubes take their place.
/// The same with every compiler and on every machine. Errors: more than kMostPoints points of kAll;
/// TooFewPoints.
std::vector<Choice> choose(const std::vector<size_t>& sizes, const Sampling& sampling,
                           const std::function<bool(const Choice&)>& allowed);

/// The next choice in order, the last axis fastest; false after the last one, which is followed by the first.
bool to_next(Choice& choice, const std::vector<size_t>& sizes);
/// A choice, each as likely as any other.
Choice any_choice(const std::vector<size_t>& sizes, SplitMix& random);
/// One Latin hypercube: on each axis, a permutation of the parts of its range (kLatinHypercube).
std::vector<Choice> latin_hypercube(const std::vector<size_t>& sizes, size_t points, SplitMix& random);

/// A random order of `items` (a sequence with size() and []), or, of its first `count` places, a random
/// sample.
template <typename Items>
void shuffle(Items& items, SplitMix& random, size_t count = SIZE_MAX) {
  for (size_t i = 0; i < count && i + 1 < items.size(); ++i) {
    std::swap(items[i], items[i + static_cast<size_t>(random.below(static_cast<int>(items.size() - i)))]);
  }
}

}  // namespace tridex::explore
