#include "explore/contents.h"

#include <fmt/format.h>

#include <limits>
#include <set>

#include "arch/cost/cost.h"
#include "base/names.h"
#include "explore/search/search_space.h"
#include "explore/sweep/point.h"
#include "explore/sweep/sweep_space.h"

namespace tridex::explore {
namespace {

std::string count_of(size_t count, const std::string& thing) {
  return count == std::numeric_limits<size_t>::max()
             ? "more than 10^19 " + thing + "s"
             : fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace

std::string contents(const arch::DesignPoint& design) {
  const arch::Cost cost = arch::estimate_cost(design);
  return cost.fits ? "" : "does not fit its device: " + join(cost.misfits);
}

std::string contents(const Sweep& sweep) {
  const SweepPoints all = expand(sweep);
  std::set<std::string> networks, points, none;
  std::string reason;
  for (const auto& point : all.points) {
    const NetworkVariant& network = all.networks[point.network];
    const DesignVariant& design = all.designs[point.design];
    PointRow row;
    row.settings = all.settings(point);
    row.network_hash = fmt::format("{} {} {} {}", network.model.name, network.weights.string(),
                                   network.calibration.string(), network.recipe.text);
    networks.insert(row.network_hash);
    const std::string hash = point_hash(row, design.design ? &*design.design : nullptr, sweep.design_file);
    points.insert(hash);
    if (!design.design) {
      none.insert(hash);
      reason = reason.empty() ? design.reason : reason;
    }
  }
  std::string text =
      fmt::format("up to {} of {}", count_of(points.size(), "point"), count_of(networks.size(), "network"));
  if (!none.empty()) {
    text += fmt::format("; {} without a valid design, which will fail: {}", none.size(), reason);
  }
  if (sweep.budget.points && *sweep.budget.points < points.size()) {
    text += fmt::format("; the budget takes {}", *sweep.budget.points);
  }
  if (all.excluded > 0) {
    text += fmt::format("; {} excluded by constraints", count_of(all.excluded, "combination"));
  }
  return text;
}

std::string contents(const Search& search) {
  SearchSpace space(search.sweep);
  space.check();
  return fmt::format("a space of {} of {}{}", count_of(space.points(), "point"),
                     count_of(space.network_count(), "network"),
                     search.sweep.constraints.empty() ? "" : ", those that constraints exclude among them");
}

}  // namespace tridex::explore
