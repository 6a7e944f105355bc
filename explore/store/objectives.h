#pragma once
#include <optional>
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::explore {

/// A figure of a point that one wants much, or little, of: what the report's fronts are made of.
struct Objective {
  const char* name;   ///< as a column of points.csv, but for traffic_mb
  const char* label;  ///< for people
  const char* unit;   ///< "" for a count
  bool larger_is_better;
};
const std::vector<Objective>& objectives();

/// A figure of a point that has run, of a truth value 0 or 1; none where it was not measured or is not
/// modelled. A column of number_columns(), "accuracy" (percent) or "traffic_mb" (DRAM bytes a frame, both
/// ways, in 10^6); std::logic_error for any other name.
std::optional<double> figure_of(const std::string& name, const PointRow& row);
/// In the order of objectives(), the same.
std::vector<std::optional<double>> objectives_of(const PointRow& row);

}  // namespace tridex::explore
