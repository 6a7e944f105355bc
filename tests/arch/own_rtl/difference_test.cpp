#include <catch2/catch.hpp>

#include "arch/own_rtl/run.h"

using tridex::arch::element_difference;

TEST_CASE("own difference: the first element, both values, and how many") {
  const std::vector<uint8_t> expected{1, 0, 2, 0, 3, 0, 0xff, 0xff};
  CHECK(element_difference(expected, expected, {2, true}, 0x1000).empty());
  std::vector<uint8_t> found = expected;
  found[6] = 0xfe;
  CHECK(element_difference(found, expected, {2, true}, 0x1000) ==
        "element 3 at 0x1006 is -2, expected -1; 1 of 4 elements differ");
  CHECK(element_difference(found, expected, {2, false}, 0x1000) ==
        "element 3 at 0x1006 is 65534, expected 65535; 1 of 4 elements differ");
  found[2] = 9;
  CHECK(element_difference(found, expected, {1, false}, 0) ==
        "element 2 at 0x2 is 9, expected 2; 2 of 8 elements differ");
  CHECK(element_difference(found, expected, {8, true}, 0) ==
        "element 0 at 0x0 is -562937067929599, expected -281462091677695; 1 of 1 elements differ");
}

TEST_CASE("own difference: bytes that are missing or too many") {
  CHECK(element_difference({1, 2}, {1, 2, 3, 4}, {2, false}, 0) == "2 bytes, expected 4");
  CHECK(element_difference({1, 2, 3}, {1, 2}, {1, false}, 0) == "3 bytes, expected 2");
  CHECK(element_difference({}, {1}, {1, false}, 0) == "0 bytes, expected 1");
  CHECK(element_difference({5, 2, 3}, {1, 2}, {1, false}, 0) ==
        "element 0 at 0x0 is 5, expected 1; 1 of 2 elements differ; 3 bytes, expected 2");
}
