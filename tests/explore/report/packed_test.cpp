#include "explore/report/packed.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace tridex::explore;

TEST_CASE("base64: the examples of RFC 4648, section 10") {
  const auto of = [](const std::string& text) {
    return base64(std::vector<uint8_t>(text.begin(), text.end()));
  };
  CHECK(of("").empty());
  CHECK(of("f") == "Zg==");
  CHECK(of("fo") == "Zm8=");
  CHECK(of("foo") == "Zm9v");
  CHECK(of("foob") == "Zm9vYg==");
  CHECK(of("fooba") == "Zm9vYmE=");
  CHECK(of("foobar") == "Zm9vYmFy");
  CHECK(base64(std::vector<uint8_t>{255, 254, 253}) == "//79");
}

TEST_CASE("packed numbers: value + 1 in sevens, none is 0") {
  const auto of = [](std::optional<int64_t> value) {
    PackedNumbers packed;
    packed.add(value);
    return packed.bytes();
  };
  using Bytes = std::vector<uint8_t>;
  CHECK(of({}) == Bytes{0});
  CHECK(of(0) == Bytes{1});
  CHECK(of(126) == Bytes{127});
  CHECK(of(127) == Bytes{128, 1});
  CHECK(of(16382) == Bytes{255, 127});
  CHECK(of(16383) == Bytes{128, 128, 1});
  CHECK(of(std::numeric_limits<int64_t>::max()) == Bytes{128, 128, 128, 128, 128, 128, 128, 128, 128, 1});
  CHECK_THROWS_AS(of(-1), std::logic_error);
}

TEST_CASE("packed doubles are their bits, the least byte first") {
  CHECK(packed_doubles(std::vector{1.0}) == base64(std::vector<uint8_t>{0, 0, 0, 0, 0, 0, 0xf0, 0x3f}));
}
