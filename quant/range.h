#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "quant/quantize.h"

namespace tridex::quant {

struct Range {
  double low = 0, high = 0;
};

/// The values of a tensor: `kBins` equal bins between the smallest and the largest. Counts are integers, so
/// that the result does not depend on the order of the values.
class Histogram {
 public:
  static constexpr int kBins = 65536;
  Histogram() = default;
  explicit Histogram(Range range);
  void add(double value) { ++counts_[static_cast<size_t>(bin(value))]; }
  void merge(const Histogram& other);
  [[nodiscard]] bool empty() const { return counts_.empty(); }
  [[nodiscard]] Range range() const { return range_; }
  [[nodiscard]] uint64_t count(int bin) const { return counts_[static_cast<size_t>(bin)]; }
  [[nodiscard]] double centre(int bin) const { return range_.low + (bin + 0.5) * width_; }

 private:
  [[nodiscard]] int bin(double value) const {
    const double b = (value - range_.low) * inverse_;
    return b > 0 ? (b < kBins - 1 ? static_cast<int>(b) : kBins - 1) : 0;
  }
  Range range_;
  double width_ = 1, inverse_ = 1;
  std::vector<uint64_t> counts_;
};

/// How the codes lie: kAffine has any zero point, the others have zero point 0.
enum class CodeKind { kAffine, kUnsigned, kSigned };

/// One scale and zero point of a tensor.
struct CodeScale {
  CodeKind kind = CodeKind::kAffine;
  int bits = 8;
  double scale = 1;
  int32_t zero = 0;
};

/// The quantizer whose codes cover `range`: scale = (high - low) / (2^b - 1), zero = round(-low / scale) for
/// kAffine; scale = high / (2^b - 1) for kUnsigned; scale = max(high / (2^(b-1) - 1), -low / 2^(b-1)) for
/// kSigned; with power_of_two the next power of two. An empty range, or one so far from 0 that its zero point
/// would leave 19 bits, is extended to 0.
CodeScale cover(Range range, CodeKind kind, int bits, bool power_of_two = false);

/// The smallest power of two that is not below `value` > 0.
double power_of_two_above(double value);

/// Chooses the range that the codes of a tensor cover. Alternatives register themselves by name.
class RangeFinder {
 public:
  virtual ~RangeFinder() = default;
  /// `threads` as parallel_for has them; the result does not depend on them.
  [[nodiscard]] virtual Range find(const Histogram& values, CodeKind kind, int bits, const Recipe& recipe,
                                   unsigned threads) const = 0;
  /// For a few values (one channel of weights).
  [[nodiscard]] virtual Range find(std::span<const double> values, CodeKind kind, int bits,
                                   const Recipe& recipe) const = 0;
};

/// The registered name of a method: what a recipe calls it.
const char* range_method_name(RangeMethod method);
std::unique_ptr<RangeFinder> make_range_finder(RangeMethod method);

/// Above this width the ranges are min-max: clipping gains nothing there, and the bins are no finer than the
/// codes.
constexpr int kWidestSearch = 12;

}  // namespace tridex::quant
