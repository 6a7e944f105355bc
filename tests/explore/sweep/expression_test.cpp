#include "explore/sweep/expression.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

/// Of keys a = 7, b = 2, word = 'fast', on = true.
std::string result(const std::string& text) {
  const Expression expression = Expression::parse(text);
  std::vector<Value> values;
  for (const auto& key : expression.keys()) {
    values.push_back(key == "a"      ? Value(7.0)
                     : key == "b"    ? Value(2.0)
                     : key == "word" ? Value(std::string("fast"))
                                     : Value(true));
  }
  return text_of(expression.evaluate(values));
}

std::string nested(const char* mark, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += mark;
  }
  return text;
}

}  // namespace

TEST_CASE("expressions: operators bind as in arithmetic") {
  CHECK(result("a + b * 3") == "13");
  CHECK(result("(a + b) * 3") == "27");
  CHECK(result("a - b - 1") == "4");
  CHECK(result("a / b / 2") == "1.75");
  CHECK(result("-a + b") == "-5");
  CHECK(result("a - -b") == "9");
  CHECK(result("-7 % 4") == "1");
  CHECK(result("a % b * 3") == "3");
  CHECK(result("a < b or a > b and not on") == "false");
  CHECK(result("(a < b or a > b) and on") == "true");
  CHECK(result("not a < b") == "true");
  CHECK(result("not not on") == "true");
  CHECK(result("a + 1 >= b * 4 and b + 5 <= a and a != b and b == 2.0") == "true");
  CHECK(result("word == 3") == "false");
  CHECK(result("word == 'fast' and word != \"slow\"") == "true");
}

TEST_CASE("expressions: functions, of which `if` looks at one side only") {
  CHECK(result("min(a, b, 5)") == "2");
  CHECK(result("max(a, b, 15)") == "15");
  CHECK(result("floor(a / b) + ceil(a / b) + round(a / b)") == "11");
  CHECK(result("floor(-a / b)") == "-4");
  CHECK(result("abs(b - a) + log2(8) + sqrt(49)") == "15");
  CHECK(result("if(on, word, 1 / 0)") == "fast");
  CHECK(result("if(a < b, 1 / 0, a)") == "7");
  CHECK(result("a > b or 1 / 0 > 1") == "true");
}

TEST_CASE("expressions: whole numbers are exact to 2^53, and no further") {
  CHECK(result("9007199254740991 + 1") == "9007199254740992");
  CHECK(result("94906265 * 94906265") == "9007199136250225");
  CHECK_THROWS_WITH(result("9007199254740992 + 2"), Contains("beyond 2^53"));
  CHECK_THROWS_WITH(result("94906267 * 94906267"), Contains("beyond 2^53"));
  CHECK(result("0.1 + 0.2") == "0.30000000000000004");
}

TEST_CASE("expressions: keys are read once, with what they have in brackets") {
  const auto expression =
      Expression::parse("engines.0.lanes * copies + recipe.weight_bits[stages.[12].*] * copies");
  CHECK(expression.keys() ==
        std::vector<std::string>{"engines.0.lanes", "copies", "recipe.weight_bits[stages.[12].*]"});
  CHECK(text_of(expression.evaluate({8.0, 16.0, 4.0})) == "192");
}

TEST_CASE("expressions: errors say where and what") {
  const auto fails = [](const std::string& text, const std::string& message) {
    INFO(text);
    CHECK_THROWS_WITH(result(text), Contains(message));
  };
  fails("", "character 1: expected a number");
  fails("a +", "character 4: expected a number");
  fails("a b", "character 3: expected an operator");
  fails("a && b", "character 3: expected an operator");
  fails("(a", "character 3: expected ')'");
  fails("a < b < 3", "character 7: expected an operator");
  fails("'fast", "not closed");
  fails("recipe.weight_bits[stem", "not closed");
  fails("cube(a)", "no function 'cube' (there are: abs, ceil");
  fails("if(on, a)", "'if' takes 3 value(s), got 2");
  fails("abs(a, b)", "'abs' takes 1 value(s), got 2");
  fails("on + 1", "'+' takes a number, got true");
  fails("a and on", "'and' takes true or false, got 7");
  fails("word < 3", "'<' takes a number, got 'fast'");
  fails("on == 1", "neither");
  fails("a / (b - 2)", "7 / 0");
  fails("a % 0", "7 % 0");
  fails("a % 0.5", "whole numbers");
  fails("sqrt(-a)", "sqrt(-7)");
  fails("log2(0)", "log2(0)");
  fails(nested("(", 65) + "a", "more than 64 parentheses");
  fails(nested("-", 5000) + "a", "at most 4096 characters");
  CHECK(result(nested("(", 63) + "a" + nested(")", 63)) == "7");
}

TEST_CASE("expressions: random sums of products are what C++ makes of them") {
  test::Random random("expression_test");
  for (int i = 0; i < 200; ++i) {
    double expected = 0;
    std::string text = "0";
    for (int term = random.integer(1, 6); term > 0; --term) {
      double product = random.integer(-9, 9);
      std::string written = "(" + text_of(product) + ")";
      for (int factor = random.integer(0, 3); factor > 0; --factor) {
        const int by = random.integer(1, 99);
        product *= by;
        written += " * " + std::to_string(by);
      }
      const bool minus = random.coin();
      expected += minus ? -product : product;
      text += (minus ? " - " : "+") + written;
    }
    INFO(text);
    CHECK(result(text) == text_of(expected));
  }
}

TEST_CASE("values are texts of a design's keys") {
  for (const char* text : {"8", "-3", "0.1", "2.5", "true", "false", "ddr4_2400_x64", "352x480", "best"}) {
    CHECK(text_of(value_of(text)) == text);
  }
  CHECK(std::holds_alternative<std::string>(value_of("352x480")));
  CHECK(std::holds_alternative<std::string>(value_of("inf")));
  CHECK(std::get<double>(value_of("+4")) == 4);
}
