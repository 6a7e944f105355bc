#pragma once
#include <immintrin.h>

#include <cstdint>

#include "quant/simd/kernels.h"

namespace tridex::quant::simd {
namespace {

/// Sixteen channels in AVX-512 with VNNI; what the operations mean is said in lanes_portable.h.
struct Avx512Lanes {
  using Ints = __m512i;
  struct Doubles {
    __m512d low, high;
  };

  static Ints load(const int32_t* p) { return _mm512_loadu_si512(p); }
  static Ints load(const uint8_t* p) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static Ints all(int32_t x) { return _mm512_set1_epi32(x); }
  static Ints add(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
  static Ints subtract(Ints a, Ints b) { return _mm512_sub_epi32(a, b); }
  static Ints multiply(Ints a, Ints b) { return _mm512_mullo_epi32(a, b); }
  static Ints positive(Ints a) { return _mm512_max_epi32(a, _mm512_setzero_si512()); }
  static Ints multiply_add_small(Ints a, Ints x, Ints w) {
    // The upper half of x is 0: of the two products of 16 bits only the lower one counts.
    return _mm512_dpwssd_epi32(a, x, w);
  }
  static int32_t sum(Ints a) { return _mm512_reduce_add_epi32(a); }
  static void store(int32_t* p, Ints a) { _mm512_storeu_si512(p, a); }
  static void store(uint8_t* p, Ints a) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a));
  }

  static Doubles load(const double* p) { return {_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }
  static Doubles all(double x) { return {_mm512_set1_pd(x), _mm512_set1_pd(x)}; }
  static Doubles doubles(Ints a) {
    return {_mm512_cvtepi32_pd(_mm512_castsi512_si256(a)),
            _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(a, 1))};
  }
  static Doubles add(Doubles a, Doubles b) {
    return {_mm512_add_pd(a.low, b.low), _mm512_add_pd(a.high, b.high)};
  }
  static Doubles multiply(Doubles a, Doubles b) {
    return {_mm512_mul_pd(a.low, b.low), _mm512_mul_pd(a.high, b.high)};
  }
  static Doubles multiply_add(Doubles a, Doubles b, Doubles c) {
    return {_mm512_fmadd_pd(a.low, b.low, c.low), _mm512_fmadd_pd(a.high, b.high, c.high)};
  }
  static Doubles floor(Doubles a) {
    constexpr int kDown = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
    return {_mm512_roundscale_pd(a.low, kDown), _mm512_roundscale_pd(a.high, kDown)};
  }
  static Doubles smaller(Doubles a, Doubles b) {
    return {_mm512_min_pd(a.low, b.low), _mm512_min_pd(a.high, b.high)};
  }
  static Doubles larger(Doubles a, Doubles b) {
    return {_mm512_max_pd(a.low, b.low), _mm512_max_pd(a.high, b.high)};
  }
  static Doubles limit(Doubles a, Doubles low, Doubles high) { return smaller(larger(a, low), high); }
  static Ints floor_ints(Doubles a) {
    constexpr int kDown = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvt_roundpd_epi32(a.low, kDown)),
                              _mm512_cvt_roundpd_epi32(a.high, kDown), 1);
  }
  static void store(double* p, Doubles a) {
    _mm512_storeu_pd(p, a.low);
    _mm512_storeu_pd(p + 8, a.high);
  }
};

}  // namespace
}  // namespace tridex::quant::simd
