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

double power_of_two_above(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction 2^exponent, 1/2 <= fraction < 1
  return std::ldexp(1.0, fraction == 0.5 ? exponent - 1 : exponent);
}

CodeScale cover(Range range, CodeKind kind, int bits, bool power_of_two) {
  const double codes = std::ldexp(1.0, bits) - 1;
  const double half = std::ldexp(1.0, bits - 1);
  CodeScale result{kind, bits, 0, 0};
  const auto rounded = [&](double scale) {
    return power_of_two && scale > 0 && std::isfinite(scale) ? power_of_two_above(scale) : scale;
  };
  switch (kind) {
    case CodeKind::kUnsigned:
      result.scale = rounded(range.high / codes);
      break;
    case CodeKind::kSigned:
      result.scale = rounded(std::max(range.high / (half - 1), -range.low / half));
      break;
    case CodeKind::kAffine: {
      constexpr double kFarthest = 1 << 19;
      const double scale = (range.high - range.low) / codes;
      if (!(scale > 0) || std::abs(range.low / scale) > kFarthest) {
        range.low = std::min(range.low, 0.0);
        range.high = std::max(range.high, 0.0);
      }
      result.scale = rounded((range.high - range.low) / codes);
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
