#pragma once
#include <immintrin.h>

#include <cstdint>

#include "quant/simd/kernels.h"

namespace tridex::quant::simd {
namespace {

/// Sixteen channels in AVX2; what the operations mean is said in lanes_portable.h.
struct Avx2Lanes {
  struct Ints {
    __m256i v[2];
  };
  struct Doubles {
    __m256d v[4];
  };

  static Ints load(const int32_t* p) {
    return {{_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
             _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 8))}};
  }
  static Ints load(const uint8_t* p) {
    return {{_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))),
             _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p + 8)))}};
  }
  static Ints all(int32_t x) { return {{_mm256_set1_epi32(x), _mm256_set1_epi32(x)}}; }
  static Ints add(Ints a, Ints b) {
    return {{_mm256_add_epi32(a.v[0], b.v[0]), _mm256_add_epi32(a.v[1], b.v[1])}};
  }
  static Ints subtract(Ints a, Ints b) {
    return {{_mm256_sub_epi32(a.v[0], b.v[0]), _mm256_sub_epi32(a.v[1], b.v[1])}};
  }
  static Ints multiply(Ints a, Ints b) {
    return {{_mm256_mullo_epi32(a.v[0], b.v[0]), _mm256_mullo_epi32(a.v[1], b.v[1])}};
  }
  static Ints positive(Ints a) {
    const __m256i zero = _mm256_setzero_si256();
    return {{_mm256_max_epi32(a.v[0], zero), _mm256_max_epi32(a.v[1], zero)}};
  }
  static Ints multiply_add_small(Ints a, Ints x, Ints w) {
    // The upper half of x is 0: of the two products of 16 bits only the lower one counts.
    return {{_mm256_add_epi32(a.v[0], _mm256_madd_epi16(x.v[0], w.v[0])),
             _mm256_add_epi32(a.v[1], _mm256_madd_epi16(x.v[1], w.v[1]))}};
  }
  static int32_t sum(Ints a) {
    const __m256i both = _mm256_add_epi32(a.v[0], a.v[1]);
    __m128i r = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    r = _mm_add_epi32(r, _mm_shuffle_epi32(r, 0x4e));
    r = _mm_add_epi32(r, _mm_shuffle_epi32(r, 0xb1));
    return _mm_cvtsi128_si32(r);
  }
  static void store(int32_t* p, Ints a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v[0]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 8), a.v[1]);
  }
  static void store(uint8_t* p, Ints a) {
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(a.v[0], a.v[1]), 0xd8);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
  }

  static Doubles load(const double* p) {
    return {{_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4), _mm256_loadu_pd(p + 8), _mm256_loadu_pd(p + 12)}};
  }
  static Doubles all(double x) {
    const __m256d v = _mm256_set1_pd(x);
    return {{v, v, v, v}};
  }
  static Doubles doubles(Ints a) {
    return {{_mm256_cvtepi32_pd(_mm256_castsi256_si128(a.v[0])),
             _mm256_cvtepi32_pd(_mm256_extracti128_si256(a.v[0], 1)),
             _mm256_cvtepi32_pd(_mm256_castsi256_si128(a.v[1])),
             _mm256_cvtepi32_pd(_mm256_extracti128_si256(a.v[1], 1))}};
  }
  static Doubles add(Doubles a, Doubles b) {
    return {{_mm256_add_pd(a.v[0], b.v[0]), _mm256_add_pd(a.v[1], b.v[1]), _mm256_add_pd(a.v[2], b.v[2]),
             _mm256_add_pd(a.v[3], b.v[3])}};
  }
  static Doubles multiply(Doubles a, Doubles b) {
    return {{_mm256_mul_pd(a.v[0], b.v[0]), _mm256_mul_pd(a.v[1], b.v[1]), _mm256_mul_pd(a.v[2], b.v[2]),
             _mm256_mul_pd(a.v[3], b.v[3])}};
  }
  static Doubles multiply_add(Doubles a, Doubles b, Doubles c) {
    return {{_mm256_fmadd_pd(a.v[0], b.v[0], c.v[0]), _mm256_fmadd_pd(a.v[1], b.v[1], c.v[1]),
             _mm256_fmadd_pd(a.v[2], b.v[2], c.v[2]), _mm256_fmadd_pd(a.v[3], b.v[3], c.v[3])}};
  }
  static Doubles floor(Doubles a) {
    return {
        {_mm256_floor_pd(a.v[0]), _mm256_floor_pd(a.v[1]), _mm256_floor_pd(a.v[2]), _mm256_floor_pd(a.v[3])}};
  }
  static Doubles smaller(Doubles a, Doubles b) {
    return {{_mm256_min_pd(a.v[0], b.v[0]), _mm256_min_pd(a.v[1], b.v[1]), _mm256_min_pd(a.v[2], b.v[2]),
             _mm256_min_pd(a.v[3], b.v[3])}};
  }
  static Doubles larger(Doubles a, Doubles b) {
    return {{_mm256_max_pd(a.v[0], b.v[0]), _mm256_max_pd(a.v[1], b.v[1]), _mm256_max_pd(a.v[2], b.v[2]),
             _mm256_max_pd(a.v[3], b.v[3])}};
  }
  static Doubles limit(Doubles a, Doubles low, Doubles high) { return smaller(larger(a, low), high); }
  static Ints floor_ints(Doubles a) {
    const Doubles whole = floor(a);
    return {{_mm256_set_m128i(_mm256_cvttpd_epi32(whole.v[1]), _mm256_cvttpd_epi32(whole.v[0])),
             _mm256_set_m128i(_mm256_cvttpd_epi32(whole.v[3]), _mm256_cvttpd_epi32(whole.v[2]))}};
  }
  static void store(double* p, Doubles a) {
    for (int i = 0; i < 4; ++i) {
      _mm256_storeu_pd(p + 4 * i, a.v[i]);
    }
  }
};

}  // namespace
}  // namespace tridex::quant::simd
