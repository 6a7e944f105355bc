#include "app/accuracy_remark.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/names.h"

namespace tridex::app {

std::string accuracy_remark(const std::vector<const explore::PointRow*>& rows) {
  std::set<std::string> metrics;
  std::set<int64_t> images;
  double error = 0;
  for (const auto* row : rows) {
    if (!row->accuracy) {
      continue;
    }
    metrics.insert(row->accuracy->metric == "miou" ? "mIoU" : "top-1");
    images.insert(row->accuracy->images);
    const double share = row->accuracy->value / 100;
    if (row->accuracy->metric == "top1" && row->accuracy->images > 0) {
      const double variance = share * (1 - share) / static_cast<double>(row->accuracy->images);
      error = std::max(error, 100 * std::sqrt(std::max(variance, 0.0)));
    }
  }
  if (metrics.empty()) {
    return "";
  }
  const std::string count = images.size() == 1 ? fmt::format("{}", *images.begin())
                                               : fmt::format("{} to {}", *images.begin(), *images.rbegin());
  return fmt::format("accuracy: {} of {} image{}{}\n", join({metrics.begin(), metrics.end()}, " and "), count,
                     *images.rbegin() == 1 ? "" : "s",
                     error == 0 ? "" : fmt::format(", standard error up to {:.1f} points", error));
}

}  // namespace tridex::app
