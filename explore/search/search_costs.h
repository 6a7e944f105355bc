#pragma once
#include <optional>
#include <vector>

#include "explore/search/search_spec.h"
#include "explore/store/store.h"

namespace tridex::explore {

/// What a search minimizes of a point that has run (search_figures.h): one cost an objective.
struct RowCosts {
  std::vector<double> costs;                  ///< of a failure where a figure is missing
  std::vector<std::optional<double>> values;  ///< of the objectives; empty: the point has no result
  bool complete = false;                      ///< no figure is missing
};
RowCosts costs_of_row(const Search& search, const PointRow& row);

/// What an analytic row says of the objectives and, behind them, of the constraints.
std::vector<Interval> intervals_of(const Search& search, const PointRow& bound);

/// Costs that no point is below of which these are the intervals, with `accuracy` in the place of accuracy's;
/// -infinity where nothing is known.
std::vector<double> least_costs(const Search& search, const std::vector<Interval>& intervals,
                                const Interval& accuracy);

}  // namespace tridex::explore
