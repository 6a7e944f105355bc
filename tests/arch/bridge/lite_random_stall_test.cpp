// Stalls come as often as they should, and the same for a seed.
#include <catch2/catch.hpp>
#include <cmath>

#include "arch/bridge/random_stall.h"

using tridex::arch::RandomStall;

TEST_CASE("random stall: never, always, and in between as often as asked for") {
  constexpr int kDraws = 100'000;
  for (const double probability : {0.0, 0.01, 0.5, 0.9, 1.0}) {
    for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
      INFO(probability << " of seed " << seed);
      RandomStall stall(probability, seed), same(probability, seed);
      int count = 0;
      bool differs = false;
      for (int i = 0; i < kDraws; ++i) {
        const bool now = stall();
        count += now ? 1 : 0;
        differs = differs || now != same();
      }
      const double deviation = std::sqrt(kDraws * probability * (1 - probability));
      CHECK(std::abs(count - kDraws * probability) <= 5 * deviation);
      CHECK(!differs);
    }
  }
}
