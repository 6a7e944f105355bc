#include "quant/requantize.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "quant/bounds.h"
#include "random_networks.h"

using namespace tridex::quant;
using tridex::test::Random;

TEST_CASE("a multiplier is within 2^-17 of its factor", "[requantize]") {
  constexpr uint64_t kSeed = 7;
  Random random(kSeed);
  for (int i = 0; i < 200000; ++i) {
    const double factor =
        std::ldexp(1 + std::abs(random.normal()), static_cast<int>(random.integer(-44, 13)));
    const Multiplier m = to_multiplier(factor, 0, 62);
    INFO("seed " << kSeed << ", case " << i << ", factor " << factor);
    REQUIRE(m.mult >= 0);
    REQUIRE(m.mult < 1 << 17);
    REQUIRE(std::abs(std::ldexp(m.mult, -m.shift) / factor - 1) <= std::ldexp(1.0, -17));
  }
}

TEST_CASE("factors that the shift cannot reach saturate or vanish", "[requantize]") {
  CHECK(to_multiplier(1e9, 0, 62).mult == (1 << 17) - 1);
  CHECK(to_multiplier(1e9, 0, 62).shift == 0);
  CHECK(to_multiplier(1e-30, 0, 62).mult == 0);
  CHECK(to_multiplier(0, 0, 62).mult == 0);
  // Rounds up to 2^17: one shift less.
  const Multiplier m = to_multiplier(1 - 1e-9, 0, 62);
  CHECK(m.mult == 1 << 16);
  CHECK(m.shift == 16);
}
