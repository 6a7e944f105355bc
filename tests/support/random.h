#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace tridex::test {

/// Numbers of a randomised test. Prints its seed; TRIDEX_SEED repeats a run.
class Random {
 public:
  explicit Random(const char* test) {
    const char* given = std::getenv("TRIDEX_SEED");
    const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::printf("%s: TRIDEX_SEED=%llu\n", test, static_cast<unsigned long long>(seed));
    engine_.seed(seed);
  }
  /// Between low and high, both included.
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  float real(float low, float high) { return std::uniform_real_distribution<float>(low, high)(engine_); }
  bool coin() { return integer(0, 1) == 1; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tridex::test
