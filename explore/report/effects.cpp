#include "explore/report/effects.h"

#include <algorithm>
#include <map>

namespace tridex::explore {

std::vector<MainEffect> main_effects(const Report& report, const std::vector<size_t>& points,
                                     const std::vector<double>& values) {
  struct Sum {
    double sum = 0;
    int count = 0;
  };
  std::map<std::string, std::map<std::string, Sum>> axes;
  for (size_t k = 0; k < points.size(); ++k) {
    const PointRow& row = report.rows[points[k]];
    const auto add = [&](const std::string& axis, const std::string& level) {
      Sum& sum = axes[axis][level];
      sum.sum += values[k];
      ++sum.count;
    };
    add("recipe", row.recipe);
    for (const auto& [key, level] : row.settings) {
      add(key, level);
    }
  }
  std::vector<MainEffect> effects;
  for (const auto& [axis, levels] : axes) {
    if (levels.size() < 2) {
      continue;
    }
    MainEffect effect{axis, {}};
    for (const auto& [level, sum] : levels) {
      effect.means.emplace_back(level, sum.sum / sum.count);
    }
    std::stable_sort(effect.means.begin(), effect.means.end(),
                     [](const auto& a, const auto& b) { return a.second < b.second; });
    effects.push_back(std::move(effect));
  }
  std::stable_sort(effects.begin(), effects.end(),
                   [](const MainEffect& a, const MainEffect& b) { return a.spread() > b.spread(); });
  return effects;
}

}  // namespace tridex::explore
