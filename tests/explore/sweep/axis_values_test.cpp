#include "explore/sweep/axis_values.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

std::vector<std::string> values(const std::string& text) {
  return axis_values(Yaml::parse("axes:\n  key: " + text + "\n", "s.yaml").at("axes").at("key"));
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an axis is a list of anything") {
  CHECK(values("[8, 0.5, true, fast]") == Texts{"8", "0.5", "true", "fast"});
  CHECK(values("[[1, 2], {a: 3}]") == Texts{"[1, 2]", "{a: 3}"});
}

TEST_CASE("an axis is a range with a step: to is among the values where a step ends there") {
  CHECK(values("{from: 1, to: 4}") == Texts{"1", "2", "3", "4"});
  CHECK(values("{from: 1, to: 16, step: 3}") == Texts{"1", "4", "7", "10", "13", "16"});
  CHECK(values("{from: 1, to: 15, step: 3}") == Texts{"1", "4", "7", "10", "13"});
  CHECK(values("{from: 0.1, to: 0.7, step: 0.1}") == Texts{"0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"});
  CHECK(values("{from: -2, to: 0}") == Texts{"-2", "-1", "0"});
  CHECK(values("{from: 5, to: 5}") == Texts{"5"});
}

TEST_CASE("an axis is so many values between two ends, whole where the ends are") {
  CHECK(values("{from: 100, to: 300, count: 5}") == Texts{"100", "150", "200", "250", "300"});
  CHECK(values("{from: 100, to: 300, count: 4}") == Texts{"100", "167", "233", "300"});
  CHECK(values("{from: 1.0, to: 2, count: 5}") == Texts{"1", "1.25", "1.5", "1.75", "2"});
  CHECK(values("{from: 1, to: 10000, count: 5, scale: log}") == Texts{"1", "10", "100", "1000", "10000"});
  CHECK(values("{from: 8, to: 1000, count: 3, scale: log}") == Texts{"8", "89", "1000"});
}

TEST_CASE("an axis is powers of two") {
  CHECK(values("{powers_of_two: [4, 64]}") == Texts{"4", "8", "16", "32", "64"});
  CHECK(values("{powers_of_two: [1, 1]}") == Texts{"1"});
}

TEST_CASE("axes: errors name the line, the key and what is accepted") {
  const auto fails = [](const std::string& text, const std::string& a, const std::string& b) {
    INFO(text);
    CHECK_THROWS_WITH(values(text),
                      Contains("s.yaml:2: ") && Contains("axes.key") && Contains(a) && Contains(b));
  };
  fails("8", "expected a list of values", "powers_of_two");
  fails("[]", "at least one", "value");
  fails("{from: 1}", "to", "missing");
  fails("{from: 4, to: 1}", "axes.key.to", "below from, which is 4");
  fails("{from: 1, to: 4, step: 0}", "axes.key.step", "above 0");
  fails("{from: 1, to: 4, stride: 2}", "unknown key 'axes.key.stride'", "step");
  fails("{from: 1, to: 4, count: 2, step: 1}", "axes.key.step", "exclude each other");
  fails("{from: 1, to: 4, count: 1}", "axes.key.count", "outside 2 to");
  fails("{from: 1, to: 4, count: 5}", "axes.key.count", "two of 5 values round to");
  fails("{from: 0, to: 4, count: 3, scale: log}", "axes.key.from", "above 0");
  fails("{from: 1, to: 4, count: 3, scale: cubic}", "axes.key.scale", "linear, log");
  fails("{from: 1, to: 100000000}", "more than 1000000", "values");
  fails("{from: a, to: 4}", "axes.key.from", "number");
  fails("{powers_of_two: [4, 65]}", "axes.key.powers_of_two.1", "65 is no power of two");
  fails("{powers_of_two: [8, 4]}", "axes.key.powers_of_two", "below the least");
  fails("{powers_of_two: [8]}", "axes.key.powers_of_two", "[4, 64]");
  fails("{powers_of_two: [4, 8], from: 1}", "unknown key 'axes.key.from'", "powers_of_two");
}
