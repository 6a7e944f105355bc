#pragma once
#include <cstddef>
#include <vector>

namespace tridex::explore {

/// Whether a is nowhere smaller than b and somewhere larger. Every objective is to be made large; negate what
/// is a cost, or swap the two. Both have as many objectives.
bool dominates(const std::vector<double>& a, const std::vector<double>& b);

/// Indices of the points that no other point dominates, in rising order of the first objective (ties: of the
/// second, ..., then of the index). Equal points stay together.
std::vector<size_t> pareto_front(const std::vector<std::vector<double>>& points);

}  // namespace tridex::explore
