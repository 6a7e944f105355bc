#pragma once
#include <string>
#include <utility>
#include <vector>

#include "explore/report/report.h"

namespace tridex::explore {

/// What the levels of one axis do to a figure: its mean over the points of each level.
struct MainEffect {
  std::string axis;                                   ///< a key of the settings, or "recipe"
  std::vector<std::pair<std::string, double>> means;  ///< level -> mean, in rising order; two at least
  [[nodiscard]] double spread() const { return means.back().second - means.front().second; }
};

/// Of the axes with two levels or more among these points; the largest spread first. values[k] is that of
/// report.rows[points[k]].
std::vector<MainEffect> main_effects(const Report& report, const std::vector<size_t>& points,
                                     const std::vector<double>& values);

}  // namespace tridex::explore
