#include "explore/search/search_front.h"

#include <algorithm>
#include <cmath>

#include "explore/store/pareto.h"

namespace tridex::explore {

// Costs are to be made small: the one that is dominated comes first.

void SearchFront::add(const Costs& costs, const PointRow& row) {
  if (!can_reach(costs)) {
    return;
  }
  std::erase_if(points_, [&](const Point& point) { return dominates(point.costs, costs); });
  points_.push_back({costs, row});
}

bool SearchFront::can_reach(const Costs& bound) const {
  return are_feasible(bound) && std::none_of(points_.begin(), points_.end(), [&](const Point& point) {
           return dominates(bound, point.costs);
         });
}

void SearchFront::choose_reference(const std::vector<Costs>& batch) {
  Costs worst, best;
  for (const Costs& costs : batch) {
    if (!are_feasible(costs)) {
      continue;
    }
    if (worst.empty()) {
      worst = best = costs;
    }
    for (size_t i = 0; i < costs.size(); ++i) {
      worst[i] = std::max(worst[i], costs[i]);
      best[i] = std::min(best[i], costs[i]);
    }
  }
  for (size_t i = 0; i < worst.size(); ++i) {
    const double range = worst[i] > best[i] ? worst[i] - best[i] : std::max(1.0, std::abs(worst[i]));
    const auto& said = search_.reference[i];
    reference_.push_back(said ? (search_.objectives[i].maximize ? -*said : *said) : worst[i] + range / 10);
  }
}

double SearchFront::volume() const {
  if (reference_.empty()) {
    return 0;
  }
  std::vector<Costs> costs;
  for (const Point& point : points_) {
    costs.push_back(point.costs);
  }
  double unit = 1;
  for (const double value : reference_) {
    unit *= value == 0 ? 1 : std::abs(value);
  }
  return hypervolume(costs, reference_) / unit;
}

}  // namespace tridex::explore
