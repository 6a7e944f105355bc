#include <algorithm>
#include <cmath>

#include "base/registry.h"
#include "quant/range.h"

namespace tridex::quant {

namespace {

/// Leaves out (100 - recipe.percentile) percent of the values at each end; 0 included.
class Percentile : public RangeFinder {
 public:
  [[nodiscard]] Range find(const Histogram& values, CodeKind, int, const Recipe& recipe,
                           unsigned) const override {
    uint64_t total = 0;
    for (int i = 0; i < Histogram::kBins; ++i) {
      total += values.count(i);
    }
    const auto skip = static_cast<uint64_t>(static_cast<double>(total) * (1 - recipe.percentile / 100));
    int low = 0;
    int high = Histogram::kBins - 1;
    for (uint64_t seen = values.count(low); seen <= skip && low < high; seen += values.count(++low)) {
    }
    for (uint64_t seen = values.count(high); seen <= skip && high > low; seen += values.count(--high)) {
    }
    return {std::min(low == 0 ? values.range().low : values.centre(low), 0.0),
            std::max(high == Histogram::kBins - 1 ? values.range().high : values.centre(high), 0.0)};
  }
  [[nodiscard]] Range find(std::span<const double> values, CodeKind, int,
                           const Recipe& recipe) const override {
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const auto skip = static_cast<size_t>(static_cast<double>(sorted.size()) * (1 - recipe.percentile / 100));
    const size_t last = sorted.size() - 1;
    return {std::min(sorted[std::min(skip, last)], 0.0), std::max(sorted[last - std::min(skip, last)], 0.0)};
  }
};

const Registry<RangeFinder>::Entry percentile_entry("percentile",
                                                    [] { return std::make_unique<Percentile>(); });

}  // namespace

}  // namespace tridex::quant
