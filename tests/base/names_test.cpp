#include "base/names.h"

#include <catch2/catch.hpp>

using namespace tridex;

TEST_CASE("the nearest name is the one of fewest edits, none if all are far away") {
  const std::vector<std::string> names = {"clock_mhz", "copies", "engines", "mat"};
  CHECK(nearest_name("clock_mzh", names) == "clock_mhz");
  CHECK(nearest_name("copys", names) == "copies");
  CHECK(nearest_name("engine", names) == "engines");
  CHECK(nearest_name("mta", names) == "mat");
  CHECK(nearest_name("something_else", names).empty());
  CHECK(nearest_name("x", {}).empty());
  CHECK(nearest_name("ab", {"ac", "ad"}) == "ac");
}

TEST_CASE("what is meant is said where a name is near") {
  CHECK(did_you_mean("copys", {"clock_mhz", "copies"}) == ", did you mean 'copies'?");
  CHECK(did_you_mean("x", {}).empty());
}

TEST_CASE("join") {
  CHECK(join({}).empty());
  CHECK(join({"a"}) == "a");
  CHECK(join({"a", "b", "c"}) == "a, b, c");
  CHECK(join({"a", "b"}, "+") == "a+b");
}

TEST_CASE("no name is near a word of a million letters, and that is found at once") {
  CHECK(nearest_name(std::string(1'000'000, 'q'), std::vector<std::string>(10'000, std::string(200, 'n')))
            .empty());
}
