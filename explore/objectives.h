#pragma once
#include <optional>
#include <string>
#include <vector>

#include "explore/store.h"

namespace tridex::explore {

/// A figure of a point that one wants much, or little, of: what the report's fronts are made of.
struct Objective {
  const char* name;   ///< as a column of points.csv, but for traffic_mb
  const char* label;  ///< for people
  const char* unit;   ///< "" for a count
  bool larger_is_better;
};
const std::vector<Objective>& objectives();

/// In the order of objectives(), of a point that has run; none where it was not measured or is not modelled.
std::vector<std::optional<double>> objectives_of(const PointRow& row);

}  // namespace tridex::explore
