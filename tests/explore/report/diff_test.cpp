#include "explore/report/diff.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

json layer(const std::string& name, int64_t start, int64_t end, int64_t busy, const json& parts) {
  return {{"name", name},        {"start_cycle", start},     {"end_cycle", end},
          {"busy_cycles", busy}, {"stalls", json::object()}, {"stall_parts", parts}};
}

json result(int64_t cycles, const json& layers) {
  return {{"model", "m"}, {"fidelity", "timed"}, {"frames", 1},      {"cycles", cycles},
          {"fps", 1.0},   {"latency_ms", 1.0},   {"layers", layers}, {"modules", json::array()}};
}

DiffSide side(const std::string& name, const json& result, const std::string& design = "copies: 8\n") {
  return {name, design, {}, result};
}

const CycleItem& item(const std::vector<CycleItem>& items, const std::string& name) {
  for (const auto& one : items) {
    if (one.name == name) {
      return one;
    }
  }
  throw std::logic_error("no item " + name);
}

std::string refusal(const json& broken) {
  try {
    static_cast<void>(diff(side("good", result(10, json::array({layer("x", 0, 10, 10, json::object())}))),
                           side("broken", broken)));
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("diff: layers overlap, and their advances are the frame") {
  // y begins before x ends: of its 60 cycles 50 are beyond x, 30 of 60 of its engine's were busy. z waits 5.
  const json a = result(
      175,
      json::array({layer("x", 0, 100, 100, json::object()), layer("y", 90, 150, 30, {{"input.queue", 30}}),
                   layer("inside", 10, 20, 10, json::object()), layer("z", 155, 170, 15, json::object())}));
  const json b = result(120, json::array({layer("x", 0, 100, 50, {{"weights.port", 50}}),
                                          layer("y", 100, 120, 20, json::object())}));
  const Diff found = diff(side("a", a), side("b", b, "copies: 16\n"));
  CHECK(found.frame.cycles.a == 175);
  CHECK(found.frame.cycles.b == 120);
  const CycleItem& y = item(found.layers, "y");
  CHECK(y.cycles.a == 50);
  CHECK(y.cycles.b == 20);
  CHECK(y.causes.at("busy").a == 25);
  CHECK(y.causes.at("input.queue").a == 25);
  CHECK(y.causes.at("input.queue").b == 0);
  CHECK(item(found.layers, "inside").cycles.a == 0);
  const CycleItem& z = item(found.layers, "z");
  CHECK(z.causes.at("before_start").a == 5);
  CHECK(z.causes.at("busy").a == 15);
  CHECK(z.cycles.b == 0);
  CHECK(item(found.layers, "(outside of the layers)").cycles.a == 5);
  CHECK(found.frame.causes.at("weights.port").difference() == 50);
  REQUIRE(found.keys.size() == 1);
  CHECK(found.keys[0].key == "copies");
}

TEST_CASE("diff: whatever the layers are, all sums are exact") {
  test::Random random("diff");
  const auto draw = [&](int most) { return int64_t{random.integer(0, most)}; };
  for (int round = 0; round < 200; ++round) {
    const auto drawn = [&] {
      json layers = json::array();
      int64_t end = 0;
      for (int64_t i = 1 + draw(8); i > 0; --i) {
        const int64_t start = std::max<int64_t>(0, end + 20 - draw(40));
        const int64_t stop = start + draw(100);
        json parts = json::object();
        for (const char* cause : {"fill", "input.queue", "weights.port"}) {
          if (draw(1) == 1) {
            parts[cause] = draw(90);
          }
        }
        layers.push_back(
            layer("l" + std::to_string(draw(12)) + "_" + std::to_string(i), start, stop, draw(50), parts));
        end = std::max(end, stop);
      }
      return result(end + draw(1) * draw(7), layers);
    };
    const json a = drawn(), b = drawn();
    const Diff found = diff(side("a", a), side("b", b));
    for (const auto& [member, whole] :
         {std::pair{&CyclePair::a, a["cycles"]}, {&CyclePair::b, b["cycles"]}}) {
      int64_t sum = 0;
      for (const auto& one : found.layers) {
        int64_t causes = 0;
        for (const auto& [cause, pair] : one.causes) {
          CHECK(pair.*member >= 0);
          causes += pair.*member;
        }
        CHECK(causes == one.cycles.*member);
        sum += causes;
      }
      CHECK(sum == whole);
      CHECK(found.frame.cycles.*member == whole);
    }
  }
}

TEST_CASE("apportion: whole shares by the largest remainders") {
  using Parts = std::map<std::string, int64_t>;
  CHECK(apportion(10, {{"a", 1}, {"b", 1}, {"c", 1}}) == Parts{{"a", 4}, {"b", 3}, {"c", 3}});
  CHECK(apportion(7, {{"a", 2}, {"b", 5}}) == Parts{{"a", 2}, {"b", 5}});
  CHECK(apportion(3, {{"a", 1}, {"b", 9}}) == Parts{{"a", 0}, {"b", 3}});
  CHECK(apportion(5, {{"a", 0}, {"b", 1}}) == Parts{{"a", 0}, {"b", 5}});
  CHECK(apportion(0, {{"a", 3}}) == Parts{{"a", 0}});
  CHECK(apportion(5, {{"a", 0}}).empty());
  CHECK(apportion(5, {}).empty());
}

TEST_CASE("diff: keys by dotted name, lists of words as one value") {
  const auto found =
      yaml_difference("copies: 8\nports: {count: 4}\nengines: [{lanes: 8}]\nwords: [a, b]\nold: 1\n",
                      "copies: 8\nports: {count: 2}\nengines: [{lanes: 16}]\nwords: [a]\nnew: 2\n");
  std::string text;
  for (const auto& key : found) {
    text += key.key + " " + key.a.value_or("-") + " " + key.b.value_or("-") + "\n";
  }
  CHECK(text == "ports.count 4 2\nengines.0.lanes 8 16\nwords [a, b] [a]\nold 1 -\nnew - 2\n");
  CHECK(yaml_difference("a: {b: 1}\n", "a:\n  b: 1  # the same\n").empty());
}

TEST_CASE("diff: what is no result is refused by its side's name") {
  const json good = result(10, json::array({layer("x", 0, 10, 10, json::object())}));
  CHECK(refusal(good) == "accepted");
  const auto with = [&](const std::string& pointer, const json& value) {
    json changed = good;
    changed[json::json_pointer(pointer)] = value;
    return refusal(changed);
  };
  CHECK_THAT(refusal(json::array()), Contains("broken") && Contains("is not the result of a run"));
  CHECK_THAT(refusal({{"cycles", 3}}), Contains("broken") && Contains("'latency_ms'"));
  CHECK_THAT(with("/layers", json::array()), Contains("broken: holds no layers"));
  CHECK_THAT(with("/cycles", "many"), Contains("broken") && Contains("is not the result of a run"));
  CHECK_THAT(with("/layers/0/busy_cycles", -1), Contains("broken") && Contains("-1 is no number of cycles"));
  CHECK_THAT(with("/layers/0/end_cycle", 9223372036854775807), Contains("is no number of cycles"));
  CHECK_THAT(with("/layers/0/stalls", 5), Contains("broken"));
  CHECK_THAT(with("/layers/0", 5), Contains("broken"));
  CHECK_THAT(with("/modules", 5), Contains("broken"));
  CHECK_THAT(with("/modules", json::array({5})), Contains("broken"));
  CHECK_THAT(with("/fps", "fast"), Contains("broken"));
}

TEST_CASE("diff: results that are hard to compare say so") {
  json a = result(10, json::array({layer("x", 0, 10, 10, json::object())}));
  json b = a;
  b["model"] = "other";
  b["frames"] = 3;
  DiffSide unknown = side("b", b);
  unknown.design.reset();
  unknown.others["recipe"] = "w4a8";
  const Diff found = diff(side("a", a), unknown);
  REQUIRE(found.warnings.size() == 3);
  CHECK_THAT(found.warnings[0], Contains("the design of b is not known"));
  CHECK_THAT(found.warnings[1], Contains("model"));
  CHECK_THAT(found.warnings[2], Contains("frames"));
  REQUIRE(found.keys.size() == 1);
  CHECK(found.keys[0].key == "(recipe)");
}
