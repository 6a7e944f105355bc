#pragma once
#include <cstdint>

namespace tridex {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014): the same
/// numbers with every compiler, unlike the standard library's distributions.
class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  /// In [0, 1), a multiple of 2^-53.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double between(double low, double high) { return low + (high - low) * unit(); }
  /// 0 .. count - 1; the bias is below 2^-32 for the small counts that this is for.
  int below(int count) { return static_cast<int>((next() >> 32) * static_cast<uint64_t>(count) >> 32); }

 private:
  uint64_t state_;
};

}  // namespace tridex
