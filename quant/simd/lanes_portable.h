#pragma once
#include <cstdint>

#include "quant/simd/kernels.h"

namespace tridex::quant::simd {
namespace {

/// Sixteen channels in plain C++. Integers wrap modulo 2^32.
struct PortableLanes {
  struct Ints {
    int32_t v[kLanes];
  };
  struct Doubles {
    double v[kLanes];
  };

  template <typename F>
  static Ints each_int(F f) {
    Ints r;
    for (int i = 0; i < kLanes; ++i) {
      r.v[i] = static_cast<int32_t>(f(i));
    }
    return r;
  }
  template <typename F>
  static Doubles each_double(F f) {
    Doubles r;
    for (int i = 0; i < kLanes; ++i) {
      r.v[i] = f(i);
    }
    return r;
  }
  static uint32_t bits(int32_t x) { return static_cast<uint32_t>(x); }

  static Ints load(const int32_t* p) {
    return each_int([=](int i) { return p[i]; });
  }
  static Ints load(const uint8_t* p) {
    return each_int([=](int i) { return p[i]; });
  }
  static Ints all(int32_t x) {
    return each_int([=](int) { return x; });
  }
  static Ints add(Ints a, Ints b) {
    return each_int([&](int i) { return bits(a.v[i]) + bits(b.v[i]); });
  }
  static Ints subtract(Ints a, Ints b) {
    return each_int([&](int i) { return bits(a.v[i]) - bits(b.v[i]); });
  }
  static Ints multiply(Ints a, Ints b) {
    return each_int([&](int i) { return bits(a.v[i]) * bits(b.v[i]); });
  }
  static Ints positive(Ints a) {
    return each_int([&](int i) { return a.v[i] < 0 ? 0 : a.v[i]; });
  }
  /// a + x w, 0 <= x < 2^15, w of 16 bits.
  static Ints multiply_add_small(Ints a, Ints x, Ints w) { return add(a, multiply(x, w)); }
  static int32_t sum(Ints a) {
    uint32_t r = 0;
    for (const int32_t x : a.v) {
      r += bits(x);
    }
    return static_cast<int32_t>(r);
  }
  static void store(int32_t* p, Ints a) {
    for (int i = 0; i < kLanes; ++i) {
      p[i] = a.v[i];
    }
  }
  static void store(uint8_t* p, Ints a) {
    for (int i = 0; i < kLanes; ++i) {
      p[i] = static_cast<uint8_t>(a.v[i]);
    }
  }

  static Doubles load(const double* p) {
    return each_double([=](int i) { return p[i]; });
  }
  static Doubles all(double x) {
    return each_double([=](int) { return x; });
  }
  static Doubles doubles(Ints a) {
    return each_double([&](int i) { return static_cast<double>(a.v[i]); });
  }
  static Doubles add(Doubles a, Doubles b) {
    return each_double([&](int i) { return a.v[i] + b.v[i]; });
  }
  static Doubles multiply(Doubles a, Doubles b) {
    return each_double([&](int i) { return a.v[i] * b.v[i]; });
  }
  /// a b + c where a b is exact: fused or not, the result is the same.
  static Doubles multiply_add(Doubles a, Doubles b, Doubles c) {
    return each_double([&](int i) { return a.v[i] * b.v[i] + c.v[i]; });
  }
  static Doubles floor(Doubles a) {
    return each_double([&](int i) { return __builtin_floor(a.v[i]); });
  }
  static Doubles smaller(Doubles a, Doubles b) {
    return each_double([&](int i) { return a.v[i] > b.v[i] ? b.v[i] : a.v[i]; });
  }
  static Doubles larger(Doubles a, Doubles b) {
    return each_double([&](int i) { return a.v[i] < b.v[i] ? b.v[i] : a.v[i]; });
  }
  static Doubles limit(Doubles a, Doubles low, Doubles high) { return smaller(larger(a, low), high); }
  /// floor(a) for |a| < 2^31.
  static Ints floor_ints(Doubles a) {
    return each_int([&](int i) { return static_cast<int32_t>(__builtin_floor(a.v[i])); });
  }
  static void store(double* p, Doubles a) {
    for (int i = 0; i < kLanes; ++i) {
      p[i] = a.v[i];
    }
  }
};

}  // namespace
}  // namespace tridex::quant::simd
