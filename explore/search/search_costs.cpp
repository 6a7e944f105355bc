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

std::vector<double> least_costs(const Search& search, const PointRow& bound) {
  const auto interval = [&](const std::string& name) {
    return interval_of(name, bound, search.sweep.frames);
  };
  double violation = 0;
  for (const auto& constraint : search.constraints) {
    const Interval values = interval(constraint.name);
    violation += constraint.violation(constraint.at_most ? values.low : values.high);
  }
  std::vector<double> values;
  for (const auto& objective : search.objectives) {
    const Interval range = interval(objective.name);
    values.push_back(objective.maximize ? range.high : range.low);
  }
  return costs_of(search.objectives, values, violation);
}

}  // namespace tridex::explore
