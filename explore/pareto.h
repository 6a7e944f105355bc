#pragma once
#include <cstddef>
#include <vector>

namespace tridex::explore {

/// Indices of the points that no other point dominates, in rising order of the first objective (ties: of the
/// second,
/// ..., then of the index). Every objective is to be made large; negate what is a cost. A point dominates
/// another when it is nowhere smaller and somewhere larger, so equal points stay together. All points have as
/// many objectives.
std::vector<size_t> pareto_front(const std::vector<std::vector<double>>& points);

}  // namespace tridex::explore
