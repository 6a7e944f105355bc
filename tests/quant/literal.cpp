#include "literal.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace tridex::test {

using namespace quant;

namespace {

template <typename T>
int64_t at(const std::vector<T>& values, int c) {
  return values.size() == 1 ? values[0] : values.at(static_cast<size_t>(c));
}

int64_t sat(int64_t x, int bits) {
  return std::clamp(x, -(int64_t{1} << (bits - 1)), (int64_t{1} << (bits - 1)) - 1);
}

int64_t floor_div(int64_t a, int64_t b) {
  int64_t q = a / b;
  while (q * b > a) {
    --q;
  }
  return q;
}

int log2i(int64_t x) {
  int i = 0;
  while (x >= 2) {
    x /= 2;
    ++i;
  }
  return i;
}

class Literal {
 public:
  Literal(const IntegerGraph& graph, const Codes& input) : g_(graph) { codes_[graph.input] = input; }
  std::map<int, Codes> run() {
    for (const IntNode& n : g_.nodes) {
      if (n.op == IntOp::kInput) {
        continue;
      }
      Codes out{n.shape, {}};
      for (int c = 0; c < n.shape.c; ++c) {
        for (int y = 0; y < n.shape.h; ++y) {
          for (int x = 0; x < n.shape.w; ++x) {
            out.data.push_back(static_cast<int32_t>(element(n, c, y, x)));
          }
        }
      }
      codes_[n.id] = out;
    }
    return codes_;
  }

 private:
  [[nodiscard]] const IntNode& in(const IntNode& n, size_t i) const { return g_.node(n.inputs.at(i)); }
  [[nodiscard]] int64_t code(const IntNode& n, size_t i, int c, int64_t pixel) const {
    const Codes& codes = codes_.at(n.inputs.at(i));
    return codes.data.at(static_cast<size_t>(c * codes.shape.pixels() + pixel));
  }
  [[nodiscard]] int64_t centred(const IntNode& n, size_t i, int c, int64_t pixel) const {
    return code(n, i, c, pixel) - in(n, i).out.zero_of(c);
  }
  /// K(c, n) of an operand view.
  [[nodiscard]] int64_t view(const IntNode& n, size_t i, int c, int64_t pixel) const {
    const Operand& o = n.operands.at(i);
    int source = c;
    if (o.part >= 0) {
      const int d = in(n, i).shape.c / 3 / n.heads;
      source = (c / d) * 3 * d + o.part * d + c % d;
    }
    const int64_t value = centred(n, i, source, pixel);
    return o.relu ? std::max<int64_t>(value, 0) : value;
  }
  [[nodiscard]] static int64_t clamp(const IntNode& n, int64_t q) {
    return std::clamp(q, n.out.lowest(), n.out.highest());
  }
  [[nodiscard]] static int64_t requant(const IntNode& n, int c, int64_t a) {
    if (n.out.bits == 32) {
      return sat(a, 32);
    }
    const int64_t u = sat(literal_rsh(a, static_cast<int>(at(n.requant.pre, c))), 27);
    return clamp(n, literal_rsh(u * at(n.requant.mult, c), static_cast<int>(at(n.requant.shift, c))) +
                        n.out.zero_of(c));
  }
  [[nodiscard]] static int64_t activated(const IntNode& n, int c, int64_t a) {
    switch (n.activation) {
      case Activation::kNone:
        return requant(n, c, a);
      case Activation::kRelu:
        return requant(n, c, std::max<int64_t>(a, 0));
      case Activation::kRelu6:
        return requant(n, c, std::min(std::max<int64_t>(a, 0), at(n.six, c)));
      case Activation::kHardswish: {
        const int64_t t = sat(literal_rsh(a, static_cast<int>(at(n.act_shift, c))), 18);
        const int64_t g = std::min(std::max<int64_t>(t + at(n.three, c), 0), 2 * at(n.three, c));
        return requant(n, c, t * g);
      }
    }
    throw std::logic_error("activation");
  }
  int64_t element(const IntNode& n, int c, int y, int x) const;
  int64_t conv(const IntNode& n, int o, int y, int x) const;
  int64_t divide(const IntNode& n, int c, int64_t pixel) const;
  int64_t layer_norm(const IntNode& n, int c, int64_t pixel) const;
  int64_t resize(const IntNode& n, int c, int y, int x) const;

  const IntegerGraph& g_;
  std::map<int, Codes> codes_;
};

int64_t Literal::conv(const IntNode& n, int o, int y, int x) const {
  const Shape& s = in(n, 0).shape;
  const int in_group = s.c / n.conv.groups;
  const int out_group = n.shape.c / n.conv.groups;
  int64_t a = n.bias.at(static_cast<size_t>(o));
  for (int i = 0; i < in_group; ++i) {
    const int c = o / out_group * in_group + i;
    for (int ky = 0; ky < n.conv.kernel_h; ++ky) {
      for (int kx = 0; kx < n.conv.kernel_w; ++kx) {
        const int iy = y * n.conv.stride + ky - n.conv.pad_top;
        const int ix = x * n.conv.stride + kx - n.conv.pad_left;
        const bool inside = iy >= 0 && iy < s.h && ix >= 0 && ix < s.w;
        const int64_t q = inside ? code(n, 0, c, int64_t{iy} * s.w + ix) : in(n, 0).out.zero_of(c);
        const auto w =
            static_cast<size_t>(((o * in_group + i) * n.conv.kernel_h + ky) * n.conv.kernel_w + kx);
        a += n.weights.at(w) * q;
      }
    }
  }
  if (n.has_shortcut) {
    a += literal_rsh(centred(n, 1, o, int64_t{y} * n.shape.w + x) * at(n.res_mult, o),
                     static_cast<int>(at(n.res_shift, o)));
  }
  return a;
}

int64_t Literal::divide(const IntNode& n, int c, int64_t pixel) const {
  const int head = c / (n.shape.c / n.heads);
  const int64_t num = centred(n, 0, c, pixel);
  const int64_t den = code(n, 1, head, pixel);
  const int64_t scaled = num * at(n.requant.mult, c);
  const int64_t zero = n.out.zero_of(c);
  int exponent = 0;
  switch (n.divisor) {
    case Divisor::kLog2Code: {
      const int64_t v = den * at(n.den_mult, head);
      if (den <= 0 || v == 0) {
        exponent = n.y_min;
        break;
      }
      const int f = log2i(v);
      const int64_t m = f >= 16 ? v / (int64_t{1} << (f - 16)) : v * (int64_t{1} << (16 - f));
      exponent =
          std::clamp(f - static_cast<int>(at(n.den_frac, head)) + (m > 92681 ? 1 : 0), n.y_min, n.y_max);
      break;
    }
    case Divisor::kLog2Paper:
      exponent = den <= 1 ? 0 : log2i(den) + static_cast<int>((den >> (log2i(den) - 1)) & 1);
      break;
    case Divisor::kReciprocal:
      break;
    case Divisor::kUniform:
    case Divisor::kExact: {
      const int64_t x = std::max(den, int64_t{n.min_code});
      if (x <= 0) {
        return clamp(n, num > 0 ? n.out.highest() : num < 0 ? n.out.lowest() : zero);
      }
      return clamp(n, literal_rdiv(scaled, x * (int64_t{1} << at(n.requant.shift, c))) + zero);
    }
  }
  int64_t value = scaled;
  if (n.divisor == Divisor::kReciprocal) {
    const int64_t x = std::max({den, int64_t{n.min_code}, int64_t{1}});
    exponent = log2i(x);
    // The mantissa's bits below the leading one, rounded down; the entry is the rounded 2^17 / its middle.
    const int64_t size = int64_t{1} << n.table_bits;
    const int64_t index = floor_div(x * size, int64_t{1} << exponent) - size;
    const int64_t r = literal_rdiv(size << 18, 2 * size + 2 * index + 1);
    value =
        sat(literal_rsh(sat(num, 27) * at(n.requant.mult, c), static_cast<int>(at(n.requant.pre, c))), 27) *
        r;
  }
  const int shift = static_cast<int>(at(n.requant.shift, c)) + exponent;
  if (shift > 62) {
    value = 0;
  } else if (shift >= 0) {
    value = literal_rsh(value, shift);
  } else {
    const int64_t limit = int64_t{1} << 62;
    for (int i = 0; i < -shift; ++i) {
      value = std::clamp(value, -limit / 2, limit / 2) * 2;
    }
  }
  return clamp(n, value + zero);
}

int64_t Literal::layer_norm(const IntNode& n, int c, int64_t pixel) const {
  const Quantizer& from = in(n, 0).out;
  const double unit = *std::max_element(from.scale.begin(), from.scale.end()) /
                      (from.scale.size() == 1 ? 1 : std::exp2(std::clamp(15 - from.bits, 0, 7)));
  const auto x = [&](int i) { return std::llround(from.scale_of(i) / unit) * centred(n, 0, i, pixel); };
  int64_t s1 = 0;
  int64_t s2 = 0;
  for (int i = 0; i < n.shape.c; ++i) {
    const int64_t v = x(i);
    s1 += v;
    s2 += v * v;
  }
  const int64_t v = (n.shape.c * s2 - s1 * s1 + n.epsilon) * 256;
  int64_t low = 0;
  int64_t high = int64_t{1} << 32;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (middle <= 3037000499 && middle * middle <= v ? low : high) = middle;
  }
  const int64_t t = literal_rdiv((n.shape.c * x(c) - s1) * 65536, low);
  return n.gamma.at(static_cast<size_t>(c)) * t + n.beta.at(static_cast<size_t>(c));
}

/// Kernel values as the float operator has them, times 2^F: exact in doubles.
int64_t Literal::resize(const IntNode& n, int c, int y, int x) const {
  const Shape& s = in(n, 0).shape;
  const double unit = n.factor == 2 ? 256 : 2048;
  const auto kernel = [&](double t) {
    const double a = -0.75;
    t = t < 0 ? -t : t;
    const double w = t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
    return static_cast<int64_t>(w * unit);
  };
  const double sy = (y + 0.5) / n.factor - 0.5;
  const double sx = (x + 0.5) / n.factor - 0.5;
  const int y0 = static_cast<int>(sy + 1) - 1;  // floor: sy > -1
  const int x0 = static_cast<int>(sx + 1) - 1;
  int64_t a = 0;
  for (int j = -1; j <= 2; ++j) {
    for (int i = -1; i <= 2; ++i) {
      const int iy = std::clamp(y0 + j, 0, s.h - 1);
      const int ix = std::clamp(x0 + i, 0, s.w - 1);
      a += kernel(sy - (y0 + j)) * kernel(sx - (x0 + i)) * centred(n, 0, c, int64_t{iy} * s.w + ix);
    }
  }
  return a;
}

int64_t Literal::element(const IntNode& n, int c, int y, int x) const {
  const int64_t pixel = int64_t{y} * n.shape.w + x;
  switch (n.op) {
    case IntOp::kConv:
      return activated(n, c, conv(n, c, y, x));
    case IntOp::kAdd: {
      int64_t a = 0;
      for (size_t i = 0; i < n.inputs.size(); ++i) {
        a += centred(n, i, c, pixel) * at(n.add_mult.at(i), c);
      }
      return clamp(n, literal_rsh(a, static_cast<int>(at(n.requant.shift, c))) + n.out.zero_of(c));
    }
    case IntOp::kMatMulTokens: {
      const int d = n.shape.c / n.heads;
      int64_t a = 0;
      for (int64_t p = 0; p < in(n, 0).shape.pixels(); ++p) {
        a += view(n, 0, c, p) * view(n, 1, c / d * d + x, p);
      }
      return requant(n, c, a);
    }
    case IntOp::kTokenSum: {
      int64_t a = 0;
      for (int64_t p = 0; p < in(n, 0).shape.pixels(); ++p) {
        a += view(n, 0, c, p);
      }
      return requant(n, c, a);
    }
    case IntOp::kMatMulHeads: {
      const int width = n.shape.c / n.heads;
      const int d = in(n, 1).shape.c / n.heads;
      int64_t a = 0;
      for (int i = 0; i < d; ++i) {
        a += view(n, 0, c / width * d + i, pixel) * view(n, 1, c / width * d + i, c % width);
      }
      return requant(n, c, a);
    }
    case IntOp::kDivide:
      return divide(n, c, pixel);
    case IntOp::kGlobalAvgPool: {
      int64_t a = 0;
      for (int64_t p = 0; p < in(n, 0).shape.pixels(); ++p) {
        a += centred(n, 0, c, p);
      }
      return requant(n, c, a);
    }
    case IntOp::kLayerNorm:
      return activated(n, c, layer_norm(n, c, pixel));
    case IntOp::kConcat:
      for (size_t i = 0; i < n.inputs.size(); ++i) {
        if (c < in(n, i).shape.c) {
          return code(n, i, c, pixel);
        }
        c -= in(n, i).shape.c;
      }
      break;
    case IntOp::kResize:
      return requant(n, c, resize(n, c, y, x));
    case IntOp::kInput:
      break;
  }
  throw std::logic_error("element");
}

}  // namespace

int64_t literal_rsh(int64_t x, int k) {
  if (k <= 0) {
    return x * (int64_t{1} << -k);
  }
  return floor_div(x + (int64_t{1} << (k - 1)), int64_t{1} << k);
}

int64_t literal_rdiv(int64_t a, int64_t b) {
  return floor_div(2 * a + b, 2 * b);
}

std::map<int, Codes> run_literally(const IntegerGraph& graph, const Codes& input) {
  return Literal(graph, input).run();
}

}  // namespace tridex::test
