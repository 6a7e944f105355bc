#include "app/accuracy_remark.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace tridex::app {
namespace {

struct Metric {
  std::set<int64_t> images;
  double error = 0;
};

}  // namespace

std::string accuracy_remark(const std::vector<const explore::PointRow*>& rows) {
  std::map<std::string, Metric> metrics;
  for (const auto* row : rows) {
    if (!row->accuracy) {
      continue;
    }
    const auto& accuracy = *row->accuracy;
    Metric& metric = metrics[accuracy.metric];
    metric.images.insert(accuracy.images);
    if (accuracy.metric == "top1") {
      const auto images = static_cast<double>(accuracy.images);
      const double share = (accuracy.value / 100 * images + 2) / (images + 4);
      metric.error = std::max(metric.error, 100 * std::sqrt(share * (1 - share) / (images + 4)));
    }
  }
  std::string text;
  for (const auto& [name, metric] : metrics) {
    const int64_t fewest = *metric.images.begin(), most = *metric.images.rbegin();
    text += fmt::format("accuracy: {} of {}{} image{}{}\n",
                        name == "top1"   ? "top-1"
                        : name == "miou" ? "mIoU"
                                         : name,
                        fewest == most ? "" : fmt::format("{} to ", fewest), most, most == 1 ? "" : "s",
                        metric.error > 0 ? fmt::format(" (standard error up to {:.2g})", metric.error) : "");
  }
  return text;
}

}  // namespace tridex::app
