#include "arch/vector/vector_kernels.h"

#include <array>
#include <cmath>
#include <vector>

#include "arch/pe/arithmetic.h"

namespace tridex::arch {
namespace {

constexpr RecordFormat kPlain{};

Record plain_record(const Command& c, const BufferViews& buffers, int channel) {
  return read_record(buffers.at(kWeightBuffer, c.params + int64_t{channel} * kPlain.bytes(), kPlain.bytes()),
                     kPlain);
}

int32_t input_zero(const Command& c, const BufferViews& buffers, int channel) {
  int32_t zero = 0;
  std::memcpy(&zero, buffers.at(kWeightBuffer, c.pads + int64_t{channel} * 4, 4), 4);
  return zero;
}

/// floor(sqrt(x)), exact.
int64_t integer_root(int64_t x) {
  auto root = static_cast<int64_t>(std::sqrt(static_cast<double>(x)));
  while (root * root > x) {
    --root;
  }
  while ((root + 1) * (root + 1) <= x) {
    ++root;
  }
  return root;
}

/// Cubic convolution coefficients of a = -3/4 for the taps at -1, 0, 1, 2 when a pixel's centre lies n / (2f)
/// behind tap 0, in units of 2^-bits: exact, since 4 * (2f)^3 divides 2^bits.
std::array<int64_t, 4> cubic_taps(int n, int f, int bits) {
  const int64_t m = 2 * int64_t{f};  // t = n / m
  const int64_t unit = (int64_t{1} << bits) / (4 * m * m * m);
  const auto near = [&](int64_t t) {
    return 5 * t * t * t - 9 * t * t * m + 4 * m * m * m;
  };                                 // 4 m^3 w, |t| <= 1
  const auto far = [&](int64_t t) {  // 1 < |t| < 2
    return -3 * t * t * t + 15 * t * t * m - 24 * t * m * m + 12 * m * m * m;
  };
  return {far(n + m) * unit, near(n) * unit, near(m - n) * unit, far(2 * m - n) * unit};
}

}  // namespace

void compute_add(const Command& c, const BufferViews& buffers) {
  const std::array<Tile, 3> in{Tile(buffers, c.in), Tile(buffers, c.operands > 1 ? c.in2 : c.in),
                               Tile(buffers, c.operands > 2 ? c.in3 : c.in)};
  const Tile out(buffers, c.out);
  const RecordFormat format{quant::Activation::kNone, c.operands};
  const CodeRange range(c.out.format);
  for (int channel = c.c0; channel < c.c1; ++channel) {
    const Record record = read_record(
        buffers.at(kWeightBuffer, c.params + int64_t{channel} * format.bytes(), format.bytes()), format);
    for (int y = c.y0; y < c.y1; ++y) {
      for (int x = 0; x < c.width; ++x) {
        int64_t a = 0;
        for (size_t i = 0; i < static_cast<size_t>(c.operands); ++i) {
          a += (in.at(i).get(channel, y, x) - record.terms.at(i).zero) * record.terms.at(i).mult;
        }
        out.put(channel, y, x, range.clamp(shift_rounded(a, record.shift) + record.zero));
      }
    }
  }
}

void compute_pool(const Command& c, const BufferViews& buffers) {
  const Tile in(buffers, c.in);
  const Tile out(buffers, c.out);
  const CodeRange range(c.out.format);
  for (int channel = c.c0; channel < c.c1; ++channel) {
    const int32_t zero = input_zero(c, buffers, channel);
    int64_t sum = 0;
    for (int y = 0; y < c.in_height; ++y) {
      for (int x = 0; x < c.in_width; ++x) {
        sum += in.get(channel, y, x) - zero;
      }
    }
    out.put(channel, 0, 0, requantize(sum, plain_record(c, buffers, channel), range));
  }
}

void compute_layer_norm(const Command& c, const BufferViews& buffers) {
  const Tile in(buffers, c.in);
  const Tile out(buffers, c.out);
  const CodeRange range(c.out.format);
  const auto activation = static_cast<quant::Activation>(c.activation);
  const RecordFormat format{activation, 0};
  const int64_t epsilon = int64_t{c.epsilon_high} << 32 | static_cast<uint32_t>(c.epsilon_low);
  // Of each channel: zero point (24 bits), m (8), gamma (32), record.
  const auto entry_of = [&](int channel) {
    return c.params + int64_t{channel} * (8 + format.bytes());
  };
  const int64_t count = c.c1;
  std::vector<int64_t> codes(static_cast<size_t>(count));
  for (int y = c.y0; y < c.y1; ++y) {
    for (int x = 0; x < c.width; ++x) {
      int64_t s1 = 0;
      int64_t s2 = 0;
      for (int i = 0; i < c.c1; ++i) {
        uint32_t packed = 0;
        std::memcpy(&packed, buffers.at(kWeightBuffer, entry_of(i), 4), 4);
        const int32_t zero = static_cast<int32_t>(packed << 8) >> 8;
        const int64_t code = (in.get(i, y, x) - zero) * int64_t{packed >> 24};
        codes[static_cast<size_t>(i)] = code;
        s1 += code;
        s2 += code * code;
      }
      const int64_t root = integer_root((count * s2 - s1 * s1 + epsilon) * 256);
      for (int i = 0; i < c.c1; ++i) {
        const int64_t entry = entry_of(i) + 4;
        int32_t gamma = 0;
        std::memcpy(&gamma, buffers.at(kWeightBuffer, entry, 4), 4);
        const Record record = read_record(buffers.at(kWeightBuffer, entry + 4, format.bytes()), format);
        const int64_t t = divide_rounded((count * codes[static_cast<size_t>(i)] - s1) * 65536, root);
        out.put(i, y, x, finish(gamma * t + record.bias, activation, record, range));
      }
    }
  }
}

void compute_resize(const Command& c, const BufferViews& buffers) {
  const Tile in(buffers, c.in);
  const Tile out(buffers, c.out);
  const CodeRange range(c.out.format);
  const int f = c.factor;
  const int bits = f == 2 ? 8 : 11;
  struct Taps {
    std::array<int, 4> index;
    std::array<int64_t, 4> weight;
  };
  const auto taps_at = [&](int position, int size) {
    const int shifted = 2 * position + 1 + f;  // of 2f; tap 0 is one below, so that it is never negative here
    const int first = shifted / (2 * f) - 1;
    Taps taps{};
    taps.weight = cubic_taps(shifted % (2 * f), f, bits);
    for (int i = 0; i < 4; ++i) {
      taps.index.at(static_cast<size_t>(i)) = std::clamp(first - 1 + i, 0, size - 1);
    }
    return taps;
  };
  std::vector<Taps> columns;
  for (int x = 0; x < c.width; ++x) {
    columns.push_back(taps_at(x, c.in_width));
  }
  std::vector<int64_t> column_sums(static_cast<size_t>(c.in_width));
  for (int channel = c.c0; channel < c.c1; ++channel) {
    const int32_t zero = input_zero(c, buffers, channel);
    const Record record = plain_record(c, buffers, channel);
    for (int y = c.y0; y < c.y1; ++y) {
      const Taps rows = taps_at(y, c.in_height);
      for (int x = 0; x < c.in_width; ++x) {
        int64_t sum = 0;
        for (size_t i = 0; i < 4; ++i) {
          sum += rows.weight.at(i) * (in.get(channel, rows.index.at(i), x) - zero);
        }
        column_sums[static_cast<size_t>(x)] = sum;
      }
      for (int x = 0; x < c.width; ++x) {
        const Taps& taps = columns[static_cast<size_t>(x)];
        int64_t sum = 0;
        for (size_t i = 0; i < 4; ++i) {
          sum += taps.weight.at(i) * column_sums[static_cast<size_t>(taps.index.at(i))];
        }
        out.put(channel, y, x, requantize(sum, record, range));
      }
    }
  }
}

}  // namespace tridex::arch
