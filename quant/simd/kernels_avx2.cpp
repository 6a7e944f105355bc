#include "quant/simd/lanes_avx2.h"
#include "quant/simd/loops.h"

namespace tridex::quant::simd {
namespace {

constexpr int kPixels = 4;  // of the inner block

/// Two halves of a group, taps 0 and 2, then 1 and 3: the order in which a mask and a shift give the values
/// of four bytes as pairs of 16 bits. (vpmaddubsw, which takes bytes, saturates.)
int weight_position(int output, int tap) {
  return (tap % 2) * 2 * kLanes + output * 2 + tap / 2;
}

__m256i weights_of(const int8_t* from) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

/// `weights` of the block are those of its panel, `step` bytes from group to group.
template <int kCount>
void multiply(const Product& p, int first, int block, const int8_t* weights, int64_t step) {
  const __m256i even = _mm256_set1_epi32(0x00ff00ff);
  __m256i sums[kCount][2];
#pragma GCC unroll 4
  for (auto& sum : sums) {
    sum[0] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p.bias + block * kLanes));
    sum[1] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p.bias + block * kLanes + 8));
  }
  const uint8_t* values = p.values + first * p.values_pitch;
  for (int k = 0; k < p.groups; ++k, values += kTapGroup, weights += step) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const __m256i w0 = weights_of(weights + half * 32);
      const __m256i w1 = weights_of(weights + half * 32 + 16);
#pragma GCC unroll 4
      for (int i = 0; i < kCount; ++i) {
        int32_t four;
        __builtin_memcpy(&four, values + i * p.values_pitch, sizeof four);
        const __m256i bytes = _mm256_set1_epi32(four);
        const __m256i x = half == 0 ? _mm256_and_si256(bytes, even) : _mm256_srli_epi16(bytes, 8);
        sums[i][0] = _mm256_add_epi32(sums[i][0], _mm256_madd_epi16(x, w0));
        sums[i][1] = _mm256_add_epi32(sums[i][1], _mm256_madd_epi16(x, w1));
      }
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < kCount; ++i) {
    int32_t* to = p.sums + (first + i) * p.sums_pitch + block * kLanes;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sums[i][0]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), sums[i][1]);
  }
}

void product(const Product& p) {
  for (int block = 0; block < p.blocks; ++block) {
    const int8_t* weights = block_weights(p, block);
    const int64_t step = group_step(p, block);
    int first = 0;
    for (; first + kPixels <= p.pixels; first += kPixels) {
      multiply<kPixels>(p, first, block, weights, step);
    }
    for (; first < p.pixels; ++first) {
      multiply<1>(p, first, block, weights, step);
    }
  }
}

}  // namespace

extern const Kernels kAvx2 = kernels_of<Avx2Lanes>(weight_position, product);

}  // namespace tridex::quant::simd
