#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace tridex::quant {

/// The bicubic kernel (a = -3/4, half-pixel centres) of an up-sampling by 2 or 4, times 2^fraction: exact
/// integers.
struct ResizeCoefficients {
  int fraction = 0;                            ///< F of NUMERICS.md
  std::vector<std::array<int32_t, 4>> phases;  ///< [output index mod factor][tap]
  std::vector<int> first;                      ///< tap 0 is at input index output / factor + first[phase]
  [[nodiscard]] double largest_sum() const;    ///< largest sum of |coefficient| of a phase
};

ResizeCoefficients resize_coefficients(int factor);

/// The four coefficients and the four input indices (limited to the image) of every output index.
struct ResizeTaps {
  std::vector<int32_t> weights, at;  ///< [4 output index + tap]
};
/// Up-sampling of `extent` input indices.
ResizeTaps resize_taps(int factor, int extent);

}  // namespace tridex::quant
