#pragma once
#include <cstdint>

#include "quant/simd/kernels.h"

// The kernels that are one text for all instruction sets: L is the set's lanes (lanes_*.h).

namespace tridex::quant::simd {
namespace {

constexpr double kHardswishLimit = 1 << 17;  // sat(., 18)
constexpr double kRequantLimit = 1 << 26;    // sat(., 27)

/// The weights of a block and the way from one group of taps to the next, for sets that do not multiply a
/// whole panel at a time.
[[maybe_unused]] int64_t group_step(const Product& p, int block) {
  const int left = p.blocks - block / kPanel * kPanel;
  return int64_t{left < kPanel ? left : kPanel} * kGroupBytes;
}
[[maybe_unused]] const int8_t* block_weights(const Product& p, int block) {
  const int inside = block % kPanel;
  return p.weights + int64_t{block - inside} * p.groups * kGroupBytes + int64_t{inside} * kGroupBytes;
}

template <typename L>
typename L::Ints load_codes(const Source& from, int64_t at) {
  return from.bytes != nullptr ? L::load(from.bytes + at) : L::load(from.ints + at);
}

template <typename L>
void store_codes(const Target& to, int64_t at, typename L::Ints codes) {
  if (to.bytes != nullptr) {
    L::store(to.bytes + at, codes);
  } else {
    L::store(to.ints + at, codes);
  }
}

/// floor(x factor + 1/2): rsh of NUMERICS.md 2 where the factor is 2^-k.
template <typename L>
typename L::Doubles rounded(typename L::Doubles x, typename L::Doubles factor) {
  return L::floor(L::multiply_add(x, factor, L::all(0.5)));
}

// The small loops are unrolled by hand: GCC keeps an array in registers only where no loop is left to index
// it.

/// By value: the compiler would have to read structs again after every store of bytes.
template <typename L, Finish::Activation kActivation, Finish::Step kPre, typename T>
void finish_block(const T* sums, const Tile tile, const Finish f, const Target to, int c) {
  using Doubles = typename L::Doubles;
  using enum Finish::Activation;
  const Doubles zero = L::all(0.0);
  const Doubles six = kActivation == kRelu6 ? L::load(f.six + c) : zero;
  const Doubles act = kActivation == kHardswish ? L::load(f.act + c) : zero;
  const Doubles three = kActivation == kHardswish ? L::load(f.three + c) : zero;
  const Doubles two_three = L::add(three, three);
  const Doubles pre = kPre == Finish::Step::kNone ? zero : L::load(f.pre + c);
  const Doubles mult = L::load(f.mult + c);
  const Doubles low = L::load(f.low + c);
  const Doubles high = L::load(f.high + c);
  const typename L::Ints code_zero = L::load(f.zero + c);
  for (int64_t p = 0; p < tile.pixels; ++p) {
    Doubles a;
    if constexpr (sizeof(T) == sizeof(double)) {
      a = L::load(sums + p * tile.pitch + c);
    } else {
      a = L::doubles(L::load(sums + p * tile.pitch + c));
    }
    if constexpr (kActivation == kRelu) {
      a = L::larger(a, zero);
    } else if constexpr (kActivation == kRelu6) {
      a = L::limit(a, zero, six);
    } else if constexpr (kActivation == kHardswish) {
      // Below the lower limit of t the other factor is 0 in any case: three < 2^17.
      const Doubles t = L::smaller(rounded<L>(a, act), L::all(kHardswishLimit - 1));
      a = L::multiply(t, L::limit(L::add(t, three), zero, two_three));
    }
    if constexpr (kPre != Finish::Step::kNone) {
      a = rounded<L>(a, pre);
    }
    if constexpr (kPre == Finish::Step::kFull) {
      a = L::limit(a, L::all(-kRequantLimit), L::all(kRequantLimit - 1));
    }
    // The limits are integers: they may come before the floor.
    const Doubles q = L::limit(L::multiply_add(a, mult, L::all(0.5)), low, high);
    store_codes<L>(to, p * to.pitch + c, L::add(L::floor_ints(q), code_zero));
  }
}

template <typename L, Finish::Activation kActivation, typename T>
void finish_blocks(const T* sums, const Tile& tile, const Finish& f, const Target& to) {
  for (int c = 0; c < tile.blocks * kLanes; c += kLanes) {
    switch (f.pre_step) {
      case Finish::Step::kNone:
        finish_block<L, kActivation, Finish::Step::kNone>(sums, tile, f, to, c);
        break;
      case Finish::Step::kShift:
        finish_block<L, kActivation, Finish::Step::kShift>(sums, tile, f, to, c);
        break;
      case Finish::Step::kFull:
        finish_block<L, kActivation, Finish::Step::kFull>(sums, tile, f, to, c);
        break;
    }
  }
}

template <typename L>
void finish(const Tile& tile, const Finish& f, const Target& to) {
  using enum Finish::Activation;
  switch (f.activation) {
    case kNone:
      return finish_blocks<L, kNone>(tile.sums, tile, f, to);
    case kRelu:
      return finish_blocks<L, kRelu>(tile.sums, tile, f, to);
    case kRelu6:
      return finish_blocks<L, kRelu6>(tile.sums, tile, f, to);
    case kHardswish:
      return finish_blocks<L, kHardswish>(tile.sums, tile, f, to);
  }
}

template <typename L>
void finish_doubles(const double* sums, const Tile& tile, const Finish& f, const Target& to) {
  finish_blocks<L, Finish::Activation::kNone>(sums, tile, f, to);
}

/// A kernel of known size: its weights stay in registers.
template <typename L, int kHeight, int kWidth>
void depthwise_block(const Depthwise& d, int c) {
  typename L::Ints weights[kHeight * kWidth];
#pragma GCC unroll 25
  for (int k = 0; k < kHeight * kWidth; ++k) {
    weights[k] = L::load(d.weights + k * d.pitch + c);
  }
  const auto bias = L::load(d.bias + c);
  for (int64_t x = 0; x < d.pixels; ++x) {
    auto sum = bias;
#pragma GCC unroll 5
    for (int ky = 0; ky < kHeight; ++ky) {
      const uint8_t* row = d.rows[ky] + x * d.stride * d.pitch + c;
#pragma GCC unroll 5
      for (int kx = 0; kx < kWidth; ++kx) {
        sum = L::multiply_add_small(sum, L::load(row + kx * d.pitch), weights[ky * kWidth + kx]);
      }
    }
    L::store(d.sums + x * d.sums_pitch + c, sum);
  }
}

template <typename L>
void depthwise_any_block(const Depthwise& d, int c) {
  for (int64_t x = 0; x < d.pixels; ++x) {
    auto sum = L::load(d.bias + c);
    for (int ky = 0; ky < d.kernel_h; ++ky) {
      const uint8_t* row = d.rows[ky] + x * d.stride * d.pitch + c;
      for (int kx = 0; kx < d.kernel_w; ++kx) {
        const int64_t tap = int64_t{ky} * d.kernel_w + kx;
        sum = L::multiply_add_small(sum, L::load(row + kx * d.pitch), L::load(d.weights + tap * d.pitch + c));
      }
    }
    L::store(d.sums + x * d.sums_pitch + c, sum);
  }
}

template <typename L>
void depthwise(const Depthwise& d) {
  for (int c = 0; c < d.blocks * kLanes; c += kLanes) {
    if (d.kernel_h == 3 && d.kernel_w == 3) {
      depthwise_block<L, 3, 3>(d, c);
    } else if (d.kernel_h == 5 && d.kernel_w == 5) {
      depthwise_block<L, 5, 5>(d, c);
    } else {
      depthwise_any_block<L>(d, c);
    }
  }
}

template <typename L>
void add_shortcut(const Tile& tile, const Shortcut& r) {
  for (int c = 0; c < tile.blocks * kLanes; c += kLanes) {
    const auto zero = L::load(r.zero + c);
    const auto mult = L::load(r.mult + c);
    for (int64_t p = 0; p < tile.pixels; ++p) {
      int32_t* sum = tile.sums + p * tile.pitch + c;
      const auto q = L::subtract(load_codes<L>(r.codes, p * r.codes.pitch + c), zero);
      const auto scaled = L::floor_ints(L::multiply_add(L::doubles(q), mult, L::all(0.5)));
      L::store(sum, L::add(L::load(sum), scaled));
    }
  }
}

template <typename L>
void add(const Tile& tile, const Addend& a, bool first) {
  for (int c = 0; c < tile.blocks * kLanes; c += kLanes) {
    const auto zero = L::load(a.zero + c);
    const auto mult = L::load(a.mult + c);
    for (int64_t p = 0; p < tile.pixels; ++p) {
      int32_t* sum = tile.sums + p * tile.pitch + c;
      const auto q = L::multiply(L::subtract(load_codes<L>(a.codes, p * a.codes.pitch + c), zero), mult);
      L::store(sum, first ? q : L::add(L::load(sum), q));
    }
  }
}

template <typename L>
void centre(const Source& from, const int32_t* zero, bool relu, int64_t pixels, int blocks, int32_t* to,
            int64_t to_pitch) {
  for (int c = 0; c < blocks * kLanes; c += kLanes) {
    const auto z = L::load(zero + c);
    for (int64_t p = 0; p < pixels; ++p) {
      const auto x = L::subtract(load_codes<L>(from, p * from.pitch + c), z);
      L::store(to + p * to_pitch + c, relu ? L::positive(x) : x);
    }
  }
}

/// Sums that are kept in registers.
constexpr int kSums = 8;

template <typename L>
void tokens(const int32_t* k, const int32_t* v, int64_t pitch, int64_t count, int d, int32_t* sums,
            int64_t sums_pitch) {
  for (int i = 0; i < d; i += kLanes) {
    for (int j = 0; j < d; j += kSums) {
      typename L::Ints sum[kSums];
#pragma GCC unroll 8
      for (auto& s : sum) {
        s = L::all(0);
      }
      for (int64_t n = 0; n < count; ++n) {
        const auto x = L::load(k + n * pitch + i);
#pragma GCC unroll 8
        for (int s = 0; s < kSums; ++s) {
          sum[s] = L::add(sum[s], L::multiply(x, L::all(v[n * pitch + j + s])));
        }
      }
#pragma GCC unroll 8
      for (int s = 0; s < kSums; ++s) {
        L::store(sums + (j + s) * sums_pitch + i, sum[s]);
      }
    }
  }
}

template <typename L>
void token_sum(const int32_t* k, int64_t pitch, int64_t count, int blocks, int32_t* sums) {
  for (int c = 0; c < blocks * kLanes; c += kLanes) {
    auto sum = L::all(0);
    for (int64_t n = 0; n < count; ++n) {
      sum = L::add(sum, L::load(k + n * pitch + c));
    }
    L::store(sums + c, sum);
  }
}

template <typename L>
void heads(const int32_t* q, int64_t pitch, int64_t count, int d, const int32_t* s, int width, int32_t* sums,
           int64_t sums_pitch) {
  for (int j = 0; j < width; j += kLanes) {
    for (int64_t first = 0; first < count; first += kSums) {
      const int some = count - first < kSums ? static_cast<int>(count - first) : kSums;
      typename L::Ints sum[kSums];
#pragma GCC unroll 8
      for (auto& one : sum) {
        one = L::all(0);
      }
      for (int i = 0; i < d; ++i) {
        const auto x = L::load(s + int64_t{i} * width + j);
#pragma GCC unroll 8
        for (int n = 0; n < kSums; ++n) {
          const int64_t from = first + (n < some ? n : 0);
          sum[n] = L::add(sum[n], L::multiply(x, L::all(q[from * pitch + i])));
        }
      }
#pragma GCC unroll 8
      for (int n = 0; n < kSums; ++n) {
        if (n < some) {
          L::store(sums + (first + n) * sums_pitch + j, sum[n]);
        }
      }
    }
  }
}

template <typename L>
void head_sums(const int32_t* q, int64_t pitch, int64_t count, int d, const int32_t* s, int32_t* sums,
               int64_t sums_pitch) {
  for (int64_t n = 0; n < count; ++n) {
    auto sum = L::all(0);
    for (int i = 0; i < d; i += kLanes) {
      sum = L::add(sum, L::multiply(L::load(q + n * pitch + i), L::load(s + i)));
    }
    sums[n * sums_pitch] = L::sum(sum);
  }
}

template <typename L>
void divide(const Tile& tile, const double* scale, const Finish& f, const Target& to) {
  for (int c = 0; c < tile.blocks * kLanes; c += kLanes) {
    const auto mult = L::load(f.mult + c);
    const auto low = L::load(f.low + c);
    const auto high = L::load(f.high + c);
    const auto zero = L::load(f.zero + c);
    for (int64_t p = 0; p < tile.pixels; ++p) {
      const auto n = L::doubles(L::load(tile.sums + p * tile.pitch + c));
      const auto factor = L::multiply(mult, L::load(scale + p * tile.pitch + c));
      const auto q = L::limit(L::multiply_add(n, factor, L::all(0.5)), low, high);
      store_codes<L>(to, p * to.pitch + c, L::add(L::floor_ints(q), zero));
    }
  }
}

template <typename L>
void resize_row(const int32_t* row, int64_t pitch, const int32_t* weights, const int32_t* at, int pixels,
                int blocks, double* sums) {
  for (int64_t x = 0; x < pixels; ++x) {
    for (int c = 0; c < blocks * kLanes; c += kLanes) {
      auto sum = L::all(0.0);
      for (int64_t k = 4 * x; k < 4 * x + 4; ++k) {
        sum = L::multiply_add(L::doubles(L::load(row + at[k] * pitch + c)),
                              L::all(static_cast<double>(weights[k])), sum);
      }
      L::store(sums + x * blocks * kLanes + c, sum);
    }
  }
}

template <typename L>
void resize_column(const int32_t* const* rows, const int32_t* weights, int64_t count, int32_t* row) {
  for (int64_t i = 0; i < count; i += kLanes) {
    auto sum = L::all(0);
    for (int k = 0; k < 4; ++k) {
      sum = L::add(sum, L::multiply(L::load(rows[k] + i), L::all(weights[k])));
    }
    L::store(row + i, sum);
  }
}

/// The table of an instruction set; product and its order of weights are of the set's own.
template <typename L>
constexpr Kernels kernels_of(int (*weight_position)(int, int), void (*product)(const Product&)) {
  return {weight_position, product,           depthwise<L>, add_shortcut<L>, add<L>,
          finish<L>,       finish_doubles<L>, centre<L>,    tokens<L>,       token_sum<L>,
          heads<L>,        head_sums<L>,      divide<L>,    resize_row<L>,   resize_column<L>};
}

}  // namespace
}  // namespace tridex::quant::simd
