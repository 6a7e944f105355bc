#include "quant/range.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/registry.h"

namespace tridex::quant {

Histogram::Histogram(Range range) : range_(range), counts_(kBins, 0) {
  width_ = (range.high - range.low) / kBins;
  inverse_ = width_ > 0 ? 1 / width_ : 0;
}

void Histogram::merge(const Histogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) {
    counts_[i] += other.counts_[i];
  }
}

CodeScale cover(Range range, CodeKind kind, int bits) {
  const double codes = std::ldexp(1.0, bits) - 1;
  const double half = std::ldexp(1.0, bits - 1);
  CodeScale result{kind, bits, 0, 0};
  switch (kind) {
    case CodeKind::kUnsigned:
      result.scale = range.high / codes;
      break;
    case CodeKind::kSigned:
      result.scale = std::max(range.high / (half - 1), -range.low / half);
      break;
    case CodeKind::kAffine: {
      constexpr double kFarthest = 1 << 19;
      const double scale = (range.high - range.low) / codes;
      if (!(scale > 0) || std::abs(range.low / scale) > kFarthest) {
        range.low = std::min(range.low, 0.0);
        range.high = std::max(range.high, 0.0);
      }
      result.scale = (range.high - range.low) / codes;
      result.zero = result.scale > 0 ? static_cast<int32_t>(std::nearbyint(-range.low / result.scale)) : 0;
      break;
    }
  }
  if (!(result.scale > 0) || !std::isfinite(result.scale)) {
    result.scale = 1;
    result.zero = 0;
  }
  return result;
}

const char* range_method_name(RangeMethod method) {
  switch (method) {
    case RangeMethod::kMinMax:
      return "min_max";
    case RangeMethod::kPercentile:
      return "percentile";
    case RangeMethod::kLp:
      return "lp";
  }
  throw std::logic_error("range_method_name: not a RangeMethod");
}

std::unique_ptr<RangeFinder> make_range_finder(RangeMethod method) {
  return Registry<RangeFinder>::make(range_method_name(method), "range method");
}

}  // namespace tridex::quant
