#include "base/yaml.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tridex;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;

namespace {

const std::string kText = R"(name: one
count: 12
ratio: 2.5
on: true
list: [1, 2]
deep:
  inner:
    key: value
items:
  - {a: 1}
  - {a: 2}
nothing: ~
)";

Yaml read(const std::string& text = kText, const std::vector<std::string>& overrides = {}) {
  return Yaml::parse(text, "f.yaml", overrides);
}

}  // namespace

TEST_CASE("values are read with their kinds") {
  const Yaml y = read();
  CHECK(y.at("name").text() == "one");
  CHECK(y.at("count").integer() == 12);
  CHECK(y.at("ratio").real() == 2.5);
  CHECK(y.at("count").real() == 12.0);
  CHECK(y.at("on").boolean());
  CHECK(y.at("list").items()[1].integer() == 2);
  CHECK(y.at("deep").at("inner").at("key").text() == "value");
  CHECK(y.keys() ==
        std::vector<std::string>{"name", "count", "ratio", "on", "list", "deep", "items", "nothing"});
  CHECK_FALSE(y.has("nothing"));
  CHECK_FALSE(y.find("absent"));
  CHECK(y.text("absent", "x") == "x");
  CHECK(y.integer("absent", 3, 0, 9) == 3);
  CHECK(y.real("ratio", 1, 0, 9) == 2.5);
  CHECK(y.boolean("absent", true));
  CHECK(y.choice<int>("name", 0, {{"one", 1}, {"two", 2}}) == 1);
  CHECK(y.choice<int>("absent", 7, {{"one", 1}}) == 7);
}

TEST_CASE("errors name the file, the line and the dotted key") {
  const Yaml y = read();
  CHECK_THROWS_WITH(y.at("name").integer(), Equals("f.yaml:1: name: expected a whole number, got 'one'"));
  CHECK_THROWS_WITH(y.at("count").integer(0, 9), Equals("f.yaml:2: count: 12 is outside 0 to 9"));
  CHECK_THROWS_WITH(y.at("ratio").integer(), Equals("f.yaml:3: ratio: expected a whole number, got '2.5'"));
  CHECK_THROWS_WITH(y.at("list").text(), Equals("f.yaml:5: list: expected a word, got a list"));
  CHECK_THROWS_WITH(y.at("deep").at("inner").at("key").boolean(),
                    Equals("f.yaml:8: deep.inner.key: expected true or false, got 'value'"));
  CHECK_THROWS_WITH(y.at("items").items()[1].at("b"), Equals("f.yaml:11: items.1: the key 'b' is missing"));
  CHECK_THROWS_WITH(y.at("name").at("x"), Contains("expected a map with the key 'x', got 'one'"));
  CHECK_THROWS_WITH(y.at("name").items(), Contains("expected a list, got 'one'"));
  CHECK_THROWS_WITH(y.at("name").choice<int>({{"ones", 1}, {"two", 2}}),
                    Equals("f.yaml:1: name: unknown name 'one', did you mean 'ones'? (known: ones, two)"));
  CHECK(y.at("deep").where() == "f.yaml:7");
}

TEST_CASE("numbers that only look like numbers are refused") {
  for (const char* word : {"1e3", "0x10", "12abc", "''", "9223372036854775808", "--1", "1 2"}) {
    INFO(word);
    CHECK_THROWS_AS(read("a: " + std::string(word)).at("a").integer(), Error);
  }
  for (const char* word : {".inf", ".nan", "abc", "1.0.0"}) {
    INFO(word);
    CHECK_THROWS_AS(read("a: " + std::string(word)).at("a").real(), Error);
  }
  CHECK(read("a: -9223372036854775808").at("a").integer() == INT64_MIN);
}

TEST_CASE("finish refuses keys that nobody asked for, and names the nearest") {
  const Yaml y = read("good: 1\ngoood: 2\n");
  (void)y.integer("good", 0, 0, 9);
  CHECK_THROWS_WITH(y.finish(), Equals("f.yaml:2: unknown key 'goood', did you mean 'good'? (known: good)"));
  (void)y.has("goood");
  CHECK_NOTHROW(y.finish());
  const Yaml deep = read("a: {b: 1}\n");
  const Yaml a = deep.at("a");
  CHECK_THROWS_WITH(a.finish(), StartsWith("f.yaml:1: unknown key 'a.b'"));
}

TEST_CASE("text that is not a YAML map is refused with its line") {
  CHECK_THROWS_WITH(read("a: 1\nb: [1,\n"), StartsWith("f.yaml:3: not valid YAML"));
  CHECK_THROWS_WITH(read("- 1\n"), Contains("expected a YAML map"));
  CHECK_THROWS_WITH(read(""), Contains("expected a YAML map"));
  CHECK_THROWS_WITH(read("a: 1\nb: 2\na: 3\n"), Equals("f.yaml:3: key 'a' is given twice"));
  CHECK_THROWS_WITH(read("l:\n  - {x: 1, x: 2}\n"), Equals("f.yaml:2: key 'x' is given twice"));
  CHECK_THROWS_WITH(Yaml::load("/nowhere/f.yaml"), Contains("no such file"));
}

TEST_CASE("overrides replace and add, and say where they lead nowhere") {
  const Yaml y = read(kText, {"count=13", "deep.inner.new=[1, 2]", "items.1.a=9", "list.0=5"});
  CHECK(y.at("count").integer() == 13);
  CHECK(y.at("deep").at("inner").at("new").items().size() == 2);
  CHECK(y.at("items").items()[1].at("a").integer() == 9);
  CHECK(y.at("items").items()[0].at("a").integer() == 1);
  CHECK(y.at("list").items()[0].integer() == 5);
  CHECK_THROWS_WITH(read(kText, {"count"}), Contains("expected key=value"));
  CHECK_THROWS_WITH(read(kText, {"=1"}), Contains("expected key=value"));
  CHECK_THROWS_WITH(read(kText, {"dep.inner.key=1"}), Contains("no key 'dep'") && Contains("deep"));
  CHECK_THROWS_WITH(read(kText, {"items.2.a=1"}), Contains("'2' is not an index of a list of 2"));
  CHECK_THROWS_WITH(read(kText, {"items.x=1"}), Contains("'x' is not an index"));
  CHECK_THROWS_WITH(read(kText, {"count.x=1"}), Contains("not inside a map or a list"));
  CHECK_THROWS_WITH(read(kText, {"count=[1"}), Contains("not YAML"));
  CHECK_THROWS_WITH(read(kText, {"count="}), Contains("no value behind '='"));
}

TEST_CASE("an override names keys with dots in them as they stand") {
  const std::string text = "axes:\n  a: {x: 1}\n  a.b: [1]\n  a.b.c: [2]\n  r.w[*s.0*]: [3]\nplain: {q: 1}\n";
  const Yaml y = read(
      text, {"axes.a.b=[7, 8]", "axes.a.b.c.0=9", "axes.r.w[*s.0*]=[4]", "axes.a.x=5", "axes.new.key=[6]"});
  const Yaml axes = y.at("axes");
  CHECK(axes.at("a").at("x").integer() == 5);
  CHECK(axes.at("a.b").items().size() == 2);
  CHECK(axes.at("a.b.c").items()[0].integer() == 9);
  CHECK(axes.at("r.w[*s.0*]").items()[0].integer() == 4);
  CHECK(axes.at("new.key").items()[0].integer() == 6);
  CHECK(axes.keys().size() == 5);
  CHECK_THROWS_WITH(read(text + "most: {copies: [1], a.b: [2]}\n", {"most.copeis.from=1"}),
                    Contains("no key 'copeis' (there are: copies, a.b)"));
  CHECK_THROWS_WITH(read(text, {"plain.new.key=1"}), Contains("no key 'new'") && Contains("there are: q"));
  CHECK_THROWS_WITH(y.at("axes").at("a.b").items()[0].boolean(), StartsWith("f.yaml: axes.a.b.0: "));
}

TEST_CASE("an overridden key stands in no line of the file") {
  const Yaml y = read(kText, {"count=x", "items.1.a=9"});
  CHECK_THROWS_WITH(y.at("count").integer(), StartsWith("f.yaml: count: "));
  CHECK_THROWS_WITH(y.at("items").items()[1].at("a").boolean(), StartsWith("f.yaml: items.1.a: "));
  CHECK_THROWS_WITH(y.at("items").items()[0].at("a").boolean(), StartsWith("f.yaml:"));
  CHECK_THROWS_WITH(y.at("items").items()[0].at("a").boolean(), !StartsWith("f.yaml: "));
}

TEST_CASE("aliases that stand for too much are refused") {
  CHECK_THROWS_WITH(read("a: &a [*a]\n"), Contains("an alias that holds itself?"));
  CHECK_THROWS_WITH(read("a: &a {b: *a}\n"), Contains("an alias that holds itself?"));
  std::string tens = "a0: &a0 [1]\n";
  for (int i = 1; i < 12; ++i) {
    tens += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  }
  CHECK_THROWS_WITH(read(tens), Contains("f.yaml") && Contains("values"));
  CHECK(read("a: &a [1]\nb: *a\n").at("b").items().size() == 1);
}

TEST_CASE("a dump is read back to the same") {
  const Yaml y = read(kText, {"count=13"});
  const Yaml again = read(y.dump());
  CHECK(again.dump() == y.dump());
  CHECK(again.at("count").integer() == 13);
  CHECK(again.keys() == y.keys());
}
