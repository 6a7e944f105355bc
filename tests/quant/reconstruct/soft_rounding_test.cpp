#include "quant/reconstruct/soft_rounding.h"

#include <catch2/catch.hpp>

using namespace tridex::quant;

TEST_CASE("soft rounding begins at the weights and rounds to the given codes", "[reconstruct]") {
  const std::vector<double> wanted = {0.3, 0.6, -1.2, 2.3, -7.9, 9.0, 1.4};
  const std::vector<int16_t> codes = {0, 1, -1, 3, -8, 7, 3};  // 2.3 was rounded up, 1.4 to a code far away
  const std::vector<int> low(7, -8);
  const std::vector<int> high(7, 7);
  SoftRounding rounding(wanted, codes, low, high);
  CHECK(rounding.hardened() == codes);
  CHECK(rounding.code(0) == Approx(0.3));
  CHECK(rounding.code(1) == Approx(0.6));
  CHECK(rounding.code(2) == Approx(-1.2));
  CHECK(rounding.code(3) == Approx(2.51));  // as near to 2.3 as keeps 3
  CHECK(rounding.code(4) == Approx(-7.9));
  CHECK(rounding.code(5) == Approx(7.0));  // no code beyond
  CHECK(rounding.code(6) == Approx(2.51));
}

TEST_CASE("the penalty makes codes whole, the gradient decides which", "[reconstruct]") {
  SoftRounding rounding({0.4, 0.4, 0.7}, {0, 0, 1}, {-8, -8, -8}, {7, 7, 7});
  for (int step = 0; step < 1000; ++step) {
    rounding.step({0, -1, 1}, 0.01, 0.1, step < 200 ? 0 : 2 + 18 * (1000 - step) / 800.0);
  }
  CHECK(rounding.hardened() == std::vector<int16_t>{0, 1, 0});
  CHECK(rounding.code(0) == Approx(0).margin(1e-3));
  CHECK(rounding.code(1) == Approx(1).margin(1e-3));
  CHECK(rounding.code(2) == Approx(0).margin(1e-3));
}
