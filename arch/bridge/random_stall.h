#pragma once
#include <cstdint>

namespace tridex::arch {

/// Decides cycle by cycle whether a channel stalls, for tests: with probability `probability` (0 to 1),
/// always the same for a seed. The generator is xorshift64* (Vigna, "An experimental exploration of
/// Marsaglia's xorshift generators, scrambled", 2016; multiplier and shifts from there).
class RandomStall {
 public:
  RandomStall(double probability, uint64_t seed)
      : threshold_(static_cast<uint64_t>(probability * static_cast<double>(kScale))),
        state_((seed + 1) * 0x9e3779b97f4a7c15) {  // of 2^64 / golden ratio: near seeds, far states
    state_ += state_ == 0 ? 1 : 0;
  }
  bool operator()() {
    if (threshold_ == 0) {
      return false;
    }
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return ((state_ * 0x2545f4914f6cdd1d) >> 32) < threshold_;
  }

 private:
  static constexpr uint64_t kScale = uint64_t{1} << 32;
  uint64_t threshold_, state_;
};

}  // namespace tridex::arch
