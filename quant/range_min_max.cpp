#include <algorithm>

#include "base/registry.h"
#include "quant/range.h"

namespace tridex::quant {

namespace {

/// From the smallest value to the largest, 0 included.
class MinMax : public RangeFinder {
 public:
  [[nodiscard]] Range find(const Histogram& values, CodeKind, int, const Recipe&, unsigned) const override {
    return {std::min(values.range().low, 0.0), std::max(values.range().high, 0.0)};
  }
  [[nodiscard]] Range find(std::span<const double> values, CodeKind, int, const Recipe&) const override {
    Range range;
    for (const double value : values) {
      range = {std::min(range.low, value), std::max(range.high, value)};
    }
    return range;
  }
};

const Registry<RangeFinder>::Entry min_max_entry("min_max", [] { return std::make_unique<MinMax>(); });

}  // namespace

}  // namespace tridex::quant
