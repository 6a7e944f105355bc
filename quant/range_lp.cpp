#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/parallel.h"
#include "base/registry.h"
#include "quant/range.h"

namespace tridex::quant {

namespace {

struct Weighted {
  double value, count;
};

/// e^p for 0 <= e <= 1/2 by linear interpolation, pow beyond.
class Power {
 public:
  explicit Power(double p) : p_(p) {
    for (size_t i = 0; i < table_.size(); ++i) {
      table_[i] = std::pow(0.5 * static_cast<double>(i) / kSteps, p);
    }
  }
  [[nodiscard]] double operator()(double e) const {
    if (e >= 0.5) {
      return std::pow(e, p_);
    }
    const double position = e * (2 * kSteps);
    const auto i = static_cast<size_t>(position);
    const double t = position - static_cast<double>(i);
    return table_[i] + t * (table_[i + 1] - table_[i]);
  }

 private:
  static constexpr int kSteps = 2048;
  double p_;
  std::array<double, kSteps + 2> table_{};
};

double lp_error(std::span<const Weighted> values, const CodeScale& codes, const Power& power, double p) {
  const double low = codes.kind == CodeKind::kSigned ? -std::ldexp(1.0, codes.bits - 1) : 0;
  const double high = low + std::ldexp(1.0, codes.bits) - 1;
  const double inverse = 1 / codes.scale;
  double sum = 0;
  for (const Weighted& v : values) {
    const double x = v.value * inverse + codes.zero;
    const double q = std::clamp(std::nearbyint(x), low, high);
    sum += v.count * power(std::abs(x - q));
  }
  return sum * std::pow(codes.scale, p);
}

/// The released Trio-ViT code's search: the range shrunk by 1 % of its ends a step; the least sum of |x -
/// x~|^p wins.
class Lp : public RangeFinder {
 public:
  [[nodiscard]] Range find(const Histogram& values, CodeKind kind, int bits, const Recipe& recipe,
                           unsigned threads) const override {
    std::vector<Weighted> weighted;
    for (int i = 0; i < Histogram::kBins; ++i) {
      if (values.count(i) > 0) {
        weighted.push_back({values.centre(i), static_cast<double>(values.count(i))});
      }
    }
    return search(weighted, values.range(), kind, bits, recipe, threads);
  }
  [[nodiscard]] Range find(std::span<const double> values, CodeKind kind, int bits,
                           const Recipe& recipe) const override {
    std::vector<Weighted> weighted;
    Range range{values[0], values[0]};
    for (const double value : values) {
      weighted.push_back({value, 1});
      range = {std::min(range.low, value), std::max(range.high, value)};
    }
    return search(weighted, range, kind, bits, recipe, 1);
  }

 private:
  static Range search(std::span<const Weighted> values, Range whole, CodeKind kind, int bits,
                      const Recipe& recipe, unsigned threads) {
    if (bits > kWidestSearch) {
      return {std::min(whole.low, 0.0), std::max(whole.high, 0.0)};
    }
    const Power power(recipe.lp);
    std::vector<Range> candidates(static_cast<size_t>(recipe.search_steps));
    std::vector<double> errors(candidates.size());
    parallel_for(candidates.size(), threads, [&](size_t step) {
      const double shrink = 1 - 0.01 * static_cast<double>(step);
      candidates[step] = {whole.low * shrink, whole.high * shrink};
      errors[step] =
          lp_error(values, cover(candidates[step], kind, bits, recipe.power_of_two_scales), power, recipe.lp);
    });
    Range best = whole;
    double least = std::numeric_limits<double>::infinity();
    for (size_t step = 0; step < candidates.size(); ++step) {
      if (errors[step] < least) {
        least = errors[step];
        best = candidates[step];
      }
    }
    return best;
  }
};

const Registry<RangeFinder>::Entry lp_entry("lp", [] { return std::make_unique<Lp>(); });

}  // namespace

}  // namespace tridex::quant
