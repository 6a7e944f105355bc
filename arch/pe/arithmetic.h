#pragma once
#include <algorithm>
#include <cstdint>

#include "arch/mapping/params.h"

namespace tridex::arch {

// The primitives of NUMERICS.md 2, as the output stages of engines and vector unit compute them.

inline int64_t shift_rounded(int64_t x, int k) {
  if (k <= 0) {
    // A left shift is what the formula says; beyond 62 bits every output clamps, so saturating is the same.
    constexpr int64_t kLimit = int64_t{1} << 62;
    if (k < -62 || x > (kLimit >> -k) || x < -(kLimit >> -k)) {
      return x == 0 ? 0 : x > 0 ? kLimit : -kLimit;
    }
    return x * (int64_t{1} << -k);
  }
  return k > 62 ? 0 : (x + (int64_t{1} << (k - 1))) >> k;
}

inline int64_t saturate(int64_t x, int bits) {
  const int64_t high = (int64_t{1} << (bits - 1)) - 1;
  return std::clamp(x, -high - 1, high);
}

/// floor(a / b) with b > 0.
inline int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
inline int64_t divide_rounded(int64_t a, int64_t b) {
  return floor_div(2 * a + b, 2 * b);
}

inline int leading_one(uint64_t x) {
  return 63 - __builtin_clzll(x);
}

/// Codes of a tensor: `format` of TileRef.
struct CodeRange {
  explicit CodeRange(int format) : bits(format & 255) {
    const bool is_signed = (format & 256) != 0;
    low = is_signed ? -(int64_t{1} << (bits - 1)) : 0;
    high = (int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
  }
  int bits;
  int64_t low, high;
  [[nodiscard]] int64_t clamp(int64_t x) const { return std::clamp(x, low, high); }
};

inline int64_t requantize(int64_t a, const Record& r, const CodeRange& out) {
  if (out.bits == 32) {
    return saturate(a, 32);
  }
  const int64_t u = saturate(shift_rounded(a, r.pre), 27);
  return out.clamp(shift_rounded(u * r.mult, r.shift) + r.zero);
}

/// Activation and requantization of an accumulator.
inline int64_t finish(int64_t a, quant::Activation activation, const Record& r, const CodeRange& out) {
  switch (activation) {
    case quant::Activation::kNone:
      break;
    case quant::Activation::kRelu:
      a = std::max<int64_t>(a, 0);
      break;
    case quant::Activation::kRelu6:
      a = std::min(std::max<int64_t>(a, 0), r.six);
      break;
    case quant::Activation::kHardswish: {
      const int64_t t = saturate(shift_rounded(a, r.act_shift), 18);
      const int64_t g = std::min<int64_t>(std::max<int64_t>(t + r.three, 0), 2 * int64_t{r.three});
      a = t * g;
      break;
    }
  }
  return requantize(a, r, out);
}

}  // namespace tridex::arch
