#include "quant/divide.h"

#include <algorithm>
#include <bit>

#include "quant/node_kernel.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

constexpr int64_t kRootTwo17 = 92681;  // floor(sqrt(2) 2^16)

int floor_log2(int64_t x) {
  return static_cast<int>(std::bit_width(static_cast<uint64_t>(x))) - 1;
}

/// rsh of NUMERICS.md 2 with a shift that is found at run time; |x| < 2^52.
int64_t shifted(int64_t x, int k) {
  constexpr int64_t kLimit = int64_t{1} << 62;
  if (k > 62) {
    return 0;
  }
  if (k > 0) {
    return (x >> k) + ((x >> (k - 1)) & 1);
  }
  const int64_t room = kLimit >> std::min(-k, 62);
  return x > room ? kLimit : x < -room ? -kLimit : x << -k;
}

int64_t floor_quotient(int64_t n, int64_t d) {
  return n / d - (n % d < 0 ? 1 : 0);
}

}  // namespace

int log2_code_exponent(const IntNode& node, int head, int64_t d) {
  const int64_t v = d * entry(node.den_mult, head);
  if (d <= 0 || v == 0) {
    return node.y_min;
  }
  const int f = floor_log2(v);
  const int64_t m = f >= 16 ? v >> (f - 16) : v << (16 - f);
  return std::clamp(f - entry(node.den_frac, head) + (m > kRootTwo17 ? 1 : 0), node.y_min, node.y_max);
}

int log2_paper_exponent(int64_t x) {
  if (x <= 1) {
    return 0;
  }
  const int i = floor_log2(x);
  return i + static_cast<int>((x >> (i - 1)) & 1);
}

Codes divide(const IntegerGraph& graph, const IntNode& node, const Codes& numerator,
             const Codes& denominator) {
  Codes result{node.shape, std::vector<int32_t>(static_cast<size_t>(node.shape.elements()))};
  const Quantizer& num = graph.node(node.inputs[0]).out;
  const int64_t pixels = node.shape.pixels();
  const int d = node.shape.c / node.heads;
  const bool log2 = node.divisor == Divisor::kLog2Code || node.divisor == Divisor::kLog2Paper;
  const int64_t low = node.out.lowest();
  const int64_t high = node.out.highest();
  std::vector<int64_t> divisor(static_cast<size_t>(pixels));  // an exponent, or X
  for (int c = 0; c < node.shape.c; ++c) {
    if (c % d == 0) {
      const int head = c / d;
      const int32_t* den = denominator.data.data() + head * pixels;
      for (int64_t p = 0; p < pixels; ++p) {
        divisor[static_cast<size_t>(p)] =
            node.divisor == Divisor::kLog2Code    ? log2_code_exponent(node, head, den[p])
            : node.divisor == Divisor::kLog2Paper ? log2_paper_exponent(den[p])
                                                  : std::max(den[p], node.min_code);
      }
    }
    const int64_t mult = entry(node.requant.mult, c);
    const int shift = entry(node.requant.shift, c);
    const int64_t zero = node.out.zero_of(c);
    const int64_t num_zero = num.zero_of(c);
    const int32_t* from = numerator.data.data() + c * pixels;
    int32_t* to = result.data.data() + c * pixels;
    for (int64_t p = 0; p < pixels; ++p) {
      const int64_t n = from[p] - num_zero;
      const int64_t x = divisor[static_cast<size_t>(p)];
      int64_t q = 0;
      if (log2) {
        q = shifted(n * mult, shift + static_cast<int>(x)) + zero;
      } else if (x <= 0) {
        q = n > 0 ? high : n < 0 ? low : zero;
      } else {
        const int64_t b = x << shift;
        q = floor_quotient(2 * n * mult + b, 2 * b) + zero;
      }
      to[p] = static_cast<int32_t>(std::clamp(q, low, high));
    }
  }
  return result;
}

}  // namespace tridex::quant
