#include "explore/store/pareto.h"

#include <algorithm>
#include <numeric>

namespace tridex::explore {
bool dominates(const std::vector<double>& a, const std::vector<double>& b) {
  bool larger = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) {
      return false;
    }
    larger = larger || a[i] > b[i];
  }
  return larger;
}

std::vector<size_t> pareto_front(const std::vector<std::vector<double>>& points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // In falling lexicographic order a point can only be dominated by an earlier one, and then also by one of
  // the front.
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return points[a] != points[b] ? points[a] > points[b] : a > b; });
  std::vector<size_t> front;
  for (const size_t candidate : order) {
    if (std::none_of(front.begin(), front.end(),
                     [&](size_t kept) { return dominates(points[kept], points[candidate]); })) {
      front.push_back(candidate);
    }
  }
  std::reverse(front.begin(), front.end());
  return front;
}

}  // namespace tridex::explore
