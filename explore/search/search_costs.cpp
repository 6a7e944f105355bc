#include "explore/search/search_costs.h"

namespace tridex::explore {

RowCosts costs_of_row(const Search& search, const PointRow& row) {
  RowCosts result{costs_of_failure(search.objectives.size()), {}, false};
  if (row.result.is_null()) {
    return result;
  }
  result.complete = true;
  std::vector<double> values;
  for (const auto& objective : search.objectives) {
    result.values.push_back(figure_of(objective.name, row));
    result.complete = result.complete && result.values.back();
    values.push_back(result.values.back().value_or(0));
  }
  double violation = 0;
  for (const auto& constraint : search.constraints) {
    const auto value = figure_of(constraint.name, row);
    result.complete = result.complete && value;
    violation += constraint.violation(value.value_or(0));
  }
  if (result.complete) {
    result.costs = costs_of(search.objectives, values, violation);
  }
  return result;
}

std::vector<Interval> intervals_of(const Search& search, const PointRow& bound) {
  std::vector<Interval> result;
  for (const auto& objective : search.objectives) {
    result.push_back(interval_of(objective.name, bound, search.sweep.frames));
  }
  for (const auto& constraint : search.constraints) {
    result.push_back(interval_of(constraint.name, bound, search.sweep.frames));
  }
  return result;
}

std::vector<double> least_costs(const Search& search, const std::vector<Interval>& intervals,
                                const Interval& accuracy) {
  size_t next = 0;
  const auto interval = [&](const std::string& name) {
    const Interval& its = intervals[next++];
    return name == "accuracy" ? accuracy : its;
  };
  std::vector<double> values;
  for (const auto& objective : search.objectives) {
    const Interval range = interval(objective.name);
    values.push_back(objective.maximize ? range.high : range.low);
  }
  double violation = 0;
  for (const auto& constraint : search.constraints) {
    const Interval range = interval(constraint.name);
    violation += constraint.violation(constraint.at_most ? range.low : range.high);
  }
  return costs_of(search.objectives, values, violation);
}

}  // namespace tridex::explore
