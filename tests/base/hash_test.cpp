#include "base/hash.h"

#include <catch2/catch.hpp>

using namespace tridex;

TEST_CASE("content hashes are 32 hex digits and the published ones of XXH3-128") {
  CHECK(content_hash(std::string_view()) == "99aa06d3014798d86001c324468d497f");
  CHECK(content_hash("a").size() == 32);
  CHECK(content_hash("a") != content_hash("b"));
  const std::vector<uint8_t> bytes = {'a', 'b'};
  CHECK(content_hash(std::span(bytes)) == content_hash("ab"));
}
