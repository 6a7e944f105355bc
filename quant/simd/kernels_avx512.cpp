#include "quant/simd/lanes_avx512.h"
#include "quant/simd/loops.h"

namespace tridex::quant::simd {
namespace {

/// The order of vpdpbusd: the four taps of an output side by side.
int weight_position(int output, int tap) {
  return output * kTapGroup + tap;
}

/// kPixels pixels times the kBlocks blocks of a panel, sums in registers.
template <int kPixels, int kBlocks>
void multiply(const Product& p, int first, int block) {
  __m512i sums[kPixels][kBlocks];
#pragma GCC unroll 8
  for (auto& row : sums) {
#pragma GCC unroll 4
    for (int b = 0; b < kBlocks; ++b) {
      row[b] = _mm512_loadu_si512(p.bias + (block + b) * kLanes);
    }
  }
  const uint8_t* values = p.values + first * p.values_pitch;
  const int8_t* weights = p.weights + int64_t{block} * p.groups * kGroupBytes;
  for (int k = 0; k < p.groups; ++k, values += kTapGroup, weights += kBlocks * kGroupBytes) {
    __m512i w[kBlocks];
#pragma GCC unroll 4
    for (int b = 0; b < kBlocks; ++b) {
      w[b] = _mm512_loadu_si512(weights + b * kGroupBytes);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kPixels; ++i) {
      int32_t four;
      __builtin_memcpy(&four, values + i * p.values_pitch, sizeof four);
      const __m512i x = _mm512_set1_epi32(four);
#pragma GCC unroll 4
      for (int b = 0; b < kBlocks; ++b) {
        sums[i][b] = _mm512_dpbusd_epi32(sums[i][b], x, w[b]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPixels; ++i) {
#pragma GCC unroll 4
    for (int b = 0; b < kBlocks; ++b) {
      _mm512_storeu_si512(p.sums + (first + i) * p.sums_pitch + (block + b) * kLanes, sums[i][b]);
    }
  }
}

/// `count` <= kPixels pixels.
template <int kPixels, int kBlocks>
void multiply_some(const Product& p, int first, int block, int count) {
  if constexpr (kPixels > 0) {
    if (count == kPixels) {
      multiply<kPixels, kBlocks>(p, first, block);
    } else {
      multiply_some<kPixels - 1, kBlocks>(p, first, block, count);
    }
  }
}

/// The last two parts are of about one size: few sums in flight are slow.
template <int kPixels, int kBlocks>
void multiply_all(const Product& p, int block) {
  for (int first = 0; first < p.pixels;) {
    const int left = p.pixels - first;
    const int count = left >= 2 * kPixels ? kPixels : left > kPixels ? (left + 1) / 2 : left;
    multiply_some<kPixels, kBlocks>(p, first, block, count);
    first += count;
  }
}

/// At most 24 sums beside the weights and the value: 32 registers.
void product(const Product& p) {
  for (int block = 0; block < p.blocks; block += kPanel) {
    switch (p.blocks - block) {
      case 1:
        multiply_all<8, 1>(p, block);
        break;
      case 2:
        multiply_all<8, 2>(p, block);
        break;
      case 3:
        multiply_all<8, 3>(p, block);
        break;
      default:
        multiply_all<6, 4>(p, block);
    }
  }
}

}  // namespace

extern const Kernels kAvx512 = kernels_of<Avx512Lanes>(weight_position, product);

}  // namespace tridex::quant::simd
