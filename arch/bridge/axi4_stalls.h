#pragma once
#include <cstdint>

namespace tridex::arch {

/// How often a bridge holds a channel back by itself, for tests: the probability, drawn each clock, that it
/// does not begin a transfer (where it drives VALID) or is not ready (where it drives READY).
struct Axi4Stalls {
  double aw = 0, w = 0, b = 0, ar = 0, r = 0;
  uint64_t seed = 1;
};

/// Draws them. A channel that is never held back draws nothing.
class Axi4StallSource {
 public:
  explicit Axi4StallSource(const Axi4Stalls& stalls)
      : aw_(threshold(stalls.aw)),
        w_(threshold(stalls.w)),
        b_(threshold(stalls.b)),
        ar_(threshold(stalls.ar)),
        r_(threshold(stalls.r)),
        state_(stalls.seed) {}
  bool aw() { return draw(aw_); }
  bool w() { return draw(w_); }
  bool b() { return draw(b_); }
  bool ar() { return draw(ar_); }
  bool r() { return draw(r_); }
  /// 0 to count - 1.
  uint64_t below(uint64_t count) { return (next() * count) >> 32; }

 private:
  static uint64_t threshold(double probability) { return static_cast<uint64_t>(probability * 4294967296.0); }
  bool draw(uint64_t threshold) { return threshold != 0 && next() < threshold; }
  /// 32 bits: the upper half of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
  /// generators", 2014).
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) >> 32;
  }

  uint64_t aw_, w_, b_, ar_, r_, state_;
};

}  // namespace tridex::arch
