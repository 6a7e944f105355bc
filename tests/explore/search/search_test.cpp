#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "explore/search/optimizer.h"
#include "explore/search/search_seeds.h"
#include "explore/search/search_space.h"
#include "explore/search/search_spec.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

const std::string kSpace =
    "design: trio_vit_zcu102\n"
    "networks:\n"
    "  - {model: efficientvit_b0_r64, recipes: [default]}\n"
    "axes:\n"
    "  copies: [1, 2, 4]\n"
    "  packing: [none, shared_operand]\n";
const std::string kObjectives = "objectives: [{maximize: throughput}, {minimize: dsp}]\n";

Search search_of(const std::string& more, const std::vector<std::string>& overrides = {}) {
  const test::TempFolder folder;
  return read_search(folder.write("search.yaml", kSpace + more), overrides);
}

PointRow row_of(const std::string& result) {
  PointRow row;
  row.result = nlohmann::json::parse(result);
  return row;
}

/// Two costs on a grid, i and n - i, each worse by |i - j|: the front is the diagonal.
class Grid {
 public:
  explicit Grid(size_t n) : n_(n) {}
  OptimizerProblem problem() {
    OptimizerProblem problem;
    problem.sizes = {1, n_, n_};
    problem.ordered = {false, true, false};
    problem.evaluate = [this](const std::vector<Choice>& choices) { return evaluate(choices); };
    problem.known = [this](const Choice& choice) { return asked.count(choice) > 0; };
    return problem;
  }
  std::set<Choice> asked;
  std::vector<Choice> order;
  size_t limit = SIZE_MAX;

 private:
  std::vector<Costs> evaluate(const std::vector<Choice>& choices) {
    std::vector<Costs> costs;
    for (const Choice& choice : choices) {
      REQUIRE(choice.size() == 3);
      REQUIRE(choice[0] == 0);
      REQUIRE(choice[1] < n_);
      REQUIRE(choice[2] < n_);
      if (asked.insert(choice).second) {
        order.push_back(choice);
      }
      const auto i = static_cast<double>(choice[1]), j = static_cast<double>(choice[2]);
      costs.push_back({i + std::abs(i - j), static_cast<double>(n_) - i + std::abs(i - j)});
    }
    if (asked.size() >= std::min(limit, n_ * n_)) {
      throw SearchEnd();
    }
    return costs;
  }
  size_t n_;
};

}  // namespace

TEST_CASE("a search file is a sweep's with more") {
  const Search search = search_of(
      "constraints: [fits, dsp <= 1700, 'fps >= 2.5e1']\n"
      "algorithm: {name: maco, population: 20, evaluations: 77, seed: 5}\n"
      "reference: {dsp: 2000}\nbudget: {points: 9, minutes: 0.5}\nbounds: false\n" +
      kObjectives);
  CHECK(search.sweep.axes.size() == 2);
  CHECK(search.algorithm == "maco");
  CHECK(search.population == 20);
  CHECK(search.evaluations == 77);
  CHECK(search.generations == 0);
  CHECK(search.seed == 5);
  REQUIRE(search.objectives.size() == 2);
  CHECK(search.objectives[0].name == "fps");
  CHECK(search.objectives[0].maximize);
  CHECK_FALSE(search.objectives[1].maximize);
  REQUIRE(search.constraints.size() == 3);
  CHECK(search.constraints[1].violation(1700) == 0);
  CHECK(search.constraints[1].violation(1701) == Approx(1.0 / 1700));
  CHECK(search.constraints[2].violation(25) == 0);
  CHECK(search.constraints[2].violation(24) == Approx(1.0 / 25));
  CHECK(search.constraints[0].violation(1) == 0);
  CHECK(search.constraints[0].violation(0) == 1);
  CHECK_FALSE(search.reference[0].has_value());
  CHECK(search.reference[1] == 2000.0);
  CHECK(search.budget_points == 9);
  CHECK(search.sweep.budget.minutes == 0.5);
  CHECK_FALSE(search.bounds);
  CHECK(search_of("algorithm: {generations: 3}\n" + kObjectives).evaluations == 0);
  CHECK(search_of(kObjectives).evaluations == 500);
}

TEST_CASE("errors of a search file name line, key and what is accepted") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "objectives"},
      {"objectives: [{maximize: fps}]\n", "7: objectives: expected 2 to 6 objectives"},
      {"objectives: [{maximize: latncy_ms}, {minimize: dsp}]\n", "did you mean 'latency_ms'"},
      {"objectives: [{maximise: fps}, {minimize: dsp}]\n", "expected one of {maximize: FIGURE}"},
      {"objectives: [{maximize: fps}, {minimize: fps}]\n", "already an objective"},
      {"objectives: [{maximize: fps}, {maximize: accuracy}]\n", "must name weights"},
      {kObjectives + "constraints: [dsp < 5]\n", "8: constraints.0: expected 'fits' or a figure"},
      {kObjectives + "constraints: [dsp <= five]\n", "for example dsp <= 1700"},
      {kObjectives + "constraints: [dsps <= 5]\n", "did you mean 'dsp'"},
      {kObjectives + "algorithm: {name: nsga3}\n", "nsga2"},
      {kObjectives + "algorithm: {population: 30}\n", "multiple of 4"},
      {kObjectives + "algorithm: {population: 4}\n", "population"},
      {kObjectives + "algorithm: {populatio: 40}\n", "population"},
      {kObjectives + "algorithm: {population: 40, evaluations: 39}\n",
       "39 evaluations are not one generation of 40"},
      {kObjectives + "algorithm: {evaluations: 39}\n", "39 evaluations are not one generation of 40"},
      {kObjectives + "algorithm: {population: 504}\n",
       "algorithm.population: 500 evaluations are not one generation"},
      {kObjectives + "reference: {latency: 3}\n", "no objective of this search"},
      {kObjectives + "warm_start: nowhere\n", "has no store.sqlite"},
      {kObjectives + "objectve: 3\n", "objectives"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK_THROWS_WITH(search_of(text), Contains(message));
  }
}

TEST_CASE("figures of a row, and what an analytic row says of them") {
  const PointRow row = row_of(
      R"({"fps": 100, "latency_ms": 9, "frames": 2, "cost": {"dsp": 7, "fits": true}, "energy_mj": 0,
          "dram": {"read_bytes": 9001, "write_bytes": 2000}})");
  CHECK(figure_of("fps", row) == 100.0);
  CHECK(figure_of("fits", row) == 1.0);
  CHECK(figure_of("traffic_mb", row) == Approx(5.5e-3));
  CHECK_FALSE(figure_of("energy_mj", row).has_value());
  CHECK_FALSE(figure_of("accuracy", row).has_value());

  const PointRow bound = row_of(
      R"({"fps": 100, "latency_ms": 9, "frames": 1, "cost": {"dsp": 7, "fits": false},
          "dram": {"read_bytes": 9001, "write_bytes": 2000}})");
  CHECK(interval_of("dsp", bound, 3).low == 7);
  CHECK(interval_of("dsp", bound, 3).high == 7);
  CHECK(interval_of("fits", bound, 3).high == 0);
  CHECK(interval_of("fps", bound, 1).high == Approx(100).epsilon(1e-8));
  CHECK(interval_of("fps", bound, 3).high == Approx(100 * 2 / 1.9).epsilon(1e-8));
  CHECK(std::isinf(interval_of("fps", bound, 3).low));
  CHECK(interval_of("latency_ms", bound, 3).low == Approx(9).epsilon(1e-8));
  CHECK(interval_of("dram_read_bytes", bound, 3).low == 3000);
  CHECK(interval_of("dram_write_bytes", bound, 3).low == 2000);
  CHECK(std::isinf(interval_of("energy_mj", bound, 3).low));
  CHECK_FALSE(has_interval("energy_mj"));
}

TEST_CASE("costs put feasibility first") {
  const std::vector<SearchObjective> objectives{{"fps", true, ""}, {"dsp", false, ""}};
  CHECK(costs_of(objectives, {30, 5}, 0) == Costs{-30, 5});
  const Costs worst = costs_of(objectives, {0, 9e15}, 0);
  const Costs near = costs_of(objectives, {1e9, 1}, 1e-6), far = costs_of(objectives, {1e9, 1}, 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(worst[i] < near[i]);
    CHECK(near[i] < far[i]);
    CHECK(far[i] < costs_of_failure(2)[i]);
  }
  CHECK(are_feasible(worst));
  CHECK_FALSE(are_feasible(near));
}

TEST_CASE("hypervolume of boxes") {
  CHECK(hypervolume({}, {1, 1}) == 0);
  CHECK(hypervolume({{1, 2}}, {1, 3}) == 0);  // on the edge of the reference
  CHECK(hypervolume({{0, 2}, {2, 0}, {1, 1}, {2, 2}}, {3, 3}) == Approx(6));
  CHECK(hypervolume({{0, 0, 1}, {1, 1, 0}}, {2, 2, 2}) == Approx(4 + 1));
}

TEST_CASE("a Latin hypercube has each value as often as any other") {
  SplitMix random(3);
  const auto choices = latin_hypercube({1, 3, 10}, 10, random);
  REQUIRE(choices.size() == 10);
  std::map<size_t, int> second, third;
  for (const Choice& choice : choices) {
    ++second[choice[1]];
    ++third[choice[2]];
  }
  CHECK(third.size() == 10);
  for (const auto& [value, count] : second) {
    CHECK((count == 3 || count == 4));
  }
}

TEST_CASE("every algorithm stays in its space, is the same for a seed, and asks for all of a small space") {
  for (const auto& name : optimizer_names()) {
    CAPTURE(name);
    std::vector<Choice> first;
    for (int run = 0; run < 2; ++run) {
      Grid grid(6);
      OptimizerOptions options;
      options.name = name;
      options.population = 8;
      options.seed = 11;
      CHECK_THROWS_AS(optimize(grid.problem(), options), SearchEnd);
      CHECK(grid.asked.size() == 36);
      if (run == 0) {
        first = grid.order;
      }
      CHECK(grid.order == first);
    }
  }
}

TEST_CASE("spread takes the best of each cost, then what is far") {
  const std::vector<Costs> points{{0, 10}, {1, 9}, {5, 5}, {9, 1}, {10, 0}, {5, 5}};
  CHECK(spread(points, 3) == std::vector<size_t>{0, 4, 2});
  CHECK(spread(points, 9).size() == 5);  // equal points once
  CHECK(spread({}, 3).empty());
}

TEST_CASE("a row of a store is a choice where it has the network and a value of every axis") {
  const Search search = search_of(kObjectives);
  SearchSpace space(search.sweep);
  CHECK(space.sizes() == std::vector<size_t>{1, 3, 2});
  CHECK(space.ordered() == std::vector<bool>{false, true, false});
  CHECK(space.points() == 6);
  PointRow row;
  row.model = "efficientvit_b0_r64";
  row.recipe = "default";
  row.settings = {{"copies", "4"}, {"packing", "none"}, {"frames", "9"}};
  CHECK(space.choice_of(row) == Choice{0, 2, 0});
  CHECK(space.design({0, 2, 0}).design->copies == 4);
  row.settings["copies"] = "5";
  CHECK_FALSE(space.choice_of(row).has_value());
  row.settings["copies"] = "4";
  row.recipe = "w4a8";
  CHECK_FALSE(space.choice_of(row).has_value());
  CHECK(space.corners().size() == 2 + 2 * 2);
}
