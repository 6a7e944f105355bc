#include "quant/divide.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "quant/bounds.h"
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

/// sat(x, 27).
int64_t saturated(int64_t x) {
  constexpr int64_t kLimit = int64_t{1} << (kRequantWidth - 1);
  return std::clamp(x, -kLimit, kLimit - 1);
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

double real_divisor(const IntNode& node, const Quantizer& den, double eps, int head, int64_t code) {
  switch (node.divisor) {
    case Divisor::kLog2Code:
      return std::ldexp(1.0, log2_code_exponent(node, head, code));
    case Divisor::kLog2Paper:
      return std::ldexp(den.scale_of(head), log2_paper_exponent(code));
    case Divisor::kUniform:
    case Divisor::kExact:
      return den.scale_of(head) * static_cast<double>(std::max<int64_t>({code, node.min_code, 0})) + eps;
    case Divisor::kReciprocal:
      return den.scale_of(head) * static_cast<double>(std::max<int64_t>({code, node.min_code, 1}));
  }
  throw std::logic_error(node.name + ": not a Divisor");
}

int64_t reciprocal_entry(int table_bits, int64_t index) {
  const int64_t middle = (int64_t{2} << table_bits) + 2 * index + 1;  // m 2^(table_bits + 1)
  return ((int64_t{2} << (18 + table_bits)) + middle) / (2 * middle);
}

Reciprocal reciprocal_of(int64_t d, int table_bits) {
  const int f = floor_log2(d);
  const int64_t mantissa = f >= table_bits ? d >> (f - table_bits) : d << (table_bits - f);
  return {reciprocal_entry(table_bits, mantissa - (int64_t{1} << table_bits)), f};
}

Codes divide(const IntegerGraph& graph, const IntNode& node, const Codes& numerator,
             const Codes& denominator) {
  Codes result{node.shape, std::vector<int32_t>(static_cast<size_t>(node.shape.elements()))};
  const Quantizer& num = graph.node(node.inputs[0]).out;
  const int64_t pixels = node.shape.pixels();
  const int d = node.shape.c / node.heads;
  const int64_t low = node.out.lowest();
  const int64_t high = node.out.highest();
  std::vector<int64_t> divisor(static_cast<size_t>(pixels));  // an exponent, or X
  std::vector<Reciprocal> inverse(static_cast<size_t>(node.divisor == Divisor::kReciprocal ? pixels : 0));
  for (int c = 0; c < node.shape.c; ++c) {
    if (c % d == 0) {
      const int head = c / d;
      const int32_t* den = denominator.data.data() + head * pixels;
      for (int64_t p = 0; p < pixels; ++p) {
        const auto i = static_cast<size_t>(p);
        switch (node.divisor) {
          case Divisor::kLog2Code:
            divisor[i] = log2_code_exponent(node, head, den[p]);
            break;
          case Divisor::kLog2Paper:
            divisor[i] = log2_paper_exponent(den[p]);
            break;
          case Divisor::kUniform:
          case Divisor::kExact:
            divisor[i] = std::max(den[p], node.min_code);
            break;
          case Divisor::kReciprocal:
            inverse[i] = reciprocal_of(std::max({den[p], node.min_code, 1}), node.table_bits);
            break;
        }
      }
    }
    const int64_t mult = entry(node.requant.mult, c);
    const int shift = entry(node.requant.shift, c);
    const int pre = node.requant.pre.empty() ? 0 : entry(node.requant.pre, c);
    const int64_t zero = node.out.zero_of(c);
    const int64_t num_zero = num.zero_of(c);
    const int32_t* from = numerator.data.data() + c * pixels;
    int32_t* to = result.data.data() + c * pixels;
    for (int64_t p = 0; p < pixels; ++p) {
      const auto i = static_cast<size_t>(p);
      const int64_t n = from[p] - num_zero;
      const int64_t x = divisor[i];
      int64_t q = 0;
      switch (node.divisor) {
        case Divisor::kLog2Code:
        case Divisor::kLog2Paper:
          q = shifted(n * mult, shift + static_cast<int>(x)) + zero;
          break;
        case Divisor::kReciprocal: {
          const int64_t u = saturated(shifted(saturated(n) * mult, pre));
          q = shifted(u * inverse[i].factor, shift + inverse[i].exponent) + zero;
          break;
        }
        case Divisor::kUniform:
        case Divisor::kExact:
          if (x <= 0) {
            q = n > 0 ? high : n < 0 ? low : zero;
          } else {
            const int64_t b = x << shift;
            q = floor_quotient(2 * n * mult + b, 2 * b) + zero;
          }
          break;
      }
      to[p] = static_cast<int32_t>(std::clamp(q, low, high));
    }
  }
  return result;
}

}  // namespace tridex::quant
