#include "quant/resize_coefficients.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "base/error.h"

namespace tridex::quant {

namespace {

/// 4 D^3 W(x / D) for the cubic convolution kernel W with a = -3/4:
/// W(t) = (a + 2) t^3 - (a + 3) t^2 + 1 for t <= 1,  a t^3 - 5 a t^2 + 8 a t - 4 a for t < 2.
int64_t kernel(int64_t x, int64_t d) {
  x = std::abs(x);
  if (x <= d) {
    return 5 * x * x * x - 9 * x * x * d + 4 * d * d * d;
  }
  return -3 * x * x * x + 15 * x * x * d - 24 * x * d * d + 12 * d * d * d;
}

}  // namespace

double ResizeCoefficients::largest_sum() const {
  int32_t largest = 0;
  for (const auto& phase : phases) {
    int32_t sum = 0;
    for (const int32_t c : phase) {
      sum += std::abs(c);
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

ResizeCoefficients resize_coefficients(int factor) {
  if (factor != 2 && factor != 4) {
    fail("a resize has factor 2 or 4, got {}", factor);
  }
  // Output o lies at (o + 1/2) / factor - 1/2 = (2 o + 1 - factor) / (2 factor) in the input.
  const int d = 2 * factor;
  ResizeCoefficients result;
  result.fraction = 2 + 3 * (std::bit_width(static_cast<unsigned>(d)) - 1);
  for (int phase = 0; phase < factor; ++phase) {
    const int position = 2 * phase + 1 - factor;
    const int floor = position < 0 ? -1 : 0;
    const int t = position - floor * d;  // 0 < t < d
    result.first.push_back(floor - 1);
    auto& taps = result.phases.emplace_back();
    for (int k = 0; k < 4; ++k) {
      taps[static_cast<size_t>(k)] = static_cast<int32_t>(kernel(t + d - k * d, d));
    }
  }
  return result;
}

ResizeTaps resize_taps(int factor, int extent) {
  const ResizeCoefficients coefficients = resize_coefficients(factor);
  ResizeTaps result;
  for (int o = 0; o < extent * factor; ++o) {
    const auto phase = static_cast<size_t>(o % factor);
    for (int k = 0; k < 4; ++k) {
      result.weights.push_back(coefficients.phases[phase][static_cast<size_t>(k)]);
      result.at.push_back(std::clamp(o / factor + coefficients.first[phase] + k, 0, extent - 1));
    }
  }
  return result;
}

}  // namespace tridex::quant
