#pragma once
#include <functional>
#include <vector>

#include "explore/search/search_evaluator.h"

namespace tridex::explore {

/// What a search begins with, best first: points of warm_start's store, then corners of the space and points
/// that are far apart on the front of the analytic bounds, which NSGA-II looks for (no point is run for it).
/// `turn` is called between its generations and may throw. Fewer than a population.
std::vector<Choice> first_choices(const Search& search, SearchSpace& space, SearchEvaluator& evaluator,
                                  const std::function<void()>& turn);

/// `count` of the points, far from each other: the best of each cost first, then always the one that is
/// farthest from all taken (costs scaled to their ranges). Indices.
std::vector<size_t> spread(const std::vector<Costs>& points, size_t count);

}  // namespace tridex::explore
