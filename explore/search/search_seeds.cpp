#include "explore/search/search_seeds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "explore/search/search_costs.h"
#include "explore/store/pareto.h"

namespace tridex::explore {
namespace {

/// Of the search on bounds: some 2,000 of them.
constexpr unsigned kBoundPopulation = 48;
constexpr size_t kBoundGenerations = 40;

std::vector<size_t> front_of(const std::vector<Costs>& costs) {
  std::vector<std::vector<double>> negated(costs);
  for (auto& point : negated) {
    for (double& value : point) {
      value = -value;
    }
  }
  return pareto_front(negated);
}

/// The front of the bounds' costs, as far as NSGA-II finds it: the objectives of which bounds say something.
/// Accuracy, where it is not predicted, is measured of all networks first if there are no more of them than
/// points wanted, which may have one each; else it is left out.
std::vector<Choice> front_of_bounds(const Search& search, SearchSpace& space, SearchEvaluator& evaluator,
                                    size_t count, const std::function<void()>& turn) {
  const bool few = space.network_count() <= count;
  const bool wanted = std::any_of(search.objectives.begin(), search.objectives.end(),
                                  [](const auto& objective) { return objective.name == "accuracy"; });
  if (few && wanted && !search.predict) {
    evaluator.make_networks(turn);
  }
  std::vector<size_t> known;
  for (size_t i = 0; i < search.objectives.size(); ++i) {
    const std::string& name = search.objectives[i].name;
    if (has_interval(name) && (name != "accuracy" || few || search.predict)) {
      known.push_back(i);
    }
  }
  if (known.size() < 2) {
    return {};
  }
  std::map<Choice, Costs> asked;
  OptimizerProblem problem;
  problem.sizes = space.sizes();
  problem.ordered = space.ordered();
  problem.objectives = known.size();
  problem.known = [&](const Choice& choice) { return asked.count(choice) > 0; };
  problem.evaluate = [&](const std::vector<Choice>& choices) {
    turn();
    const auto bounds = evaluator.bounds(choices);
    std::vector<Costs> result;
    for (size_t i = 0; i < choices.size(); ++i) {
      Costs costs;
      for (const size_t objective : known) {
        costs.push_back(bounds[i][objective]);
      }
      if (evaluator.is_no_bound(choices[i])) {
        costs = costs_of_failure(known.size());
      }
      asked.emplace(choices[i], costs);
      result.push_back(std::move(costs));
    }
    return result;
  };
  OptimizerOptions options{"nsga2", kBoundPopulation, kBoundGenerations, search.seed, space.corners()};
  optimize(problem, options);
  std::vector<Choice> choices;
  std::vector<Costs> costs;
  for (const auto& [choice, point] : asked) {
    if (are_feasible(point)) {
      choices.push_back(choice);
      costs.push_back(point);
    }
  }
  std::vector<Choice> front_choices;
  std::vector<Costs> front_costs;
  for (const size_t i : front_of(costs)) {
    front_choices.push_back(choices[i]);
    front_costs.push_back(costs[i]);
  }
  std::vector<Choice> result;
  for (const size_t i : spread(front_costs, count)) {
    result.push_back(front_choices[i]);
  }
  return result;
}

/// Points of the earlier store: front after front.
std::vector<Choice> warm_choices(const Search& search, SearchSpace& space, size_t count) {
  std::map<Choice, Costs> left;
  for (const PointRow& row : Store::open_existing(search.warm_start).rows(Store::Layers::kWithout)) {
    const auto choice = space.choice_of(row);
    const RowCosts its = costs_of_row(search, row);
    if (choice && its.complete) {
      left.emplace(*choice, its.costs);
    }
  }
  std::vector<Choice> result;
  while (!left.empty() && result.size() < count) {
    std::vector<Choice> choices;
    std::vector<Costs> costs, front;
    for (const auto& [choice, point] : left) {
      choices.push_back(choice);
      costs.push_back(point);
    }
    const std::vector<size_t> indices = front_of(costs);
    for (const size_t i : indices) {
      front.push_back(costs[i]);
    }
    for (const size_t k : spread(front, count - result.size())) {
      result.push_back(choices[indices[k]]);
    }
    for (const size_t i : indices) {
      left.erase(choices[i]);
    }
  }
  return result;
}

}  // namespace

std::vector<size_t> spread(const std::vector<Costs>& points, size_t count) {
  std::vector<size_t> taken;
  if (points.empty()) {
    return taken;
  }
  const size_t objectives = points[0].size();
  Costs low = points[0], high = points[0];
  for (const Costs& point : points) {
    for (size_t i = 0; i < objectives; ++i) {
      low[i] = std::min(low[i], point[i]);
      high[i] = std::max(high[i], point[i]);
    }
  }
  std::vector<double> distance(points.size(), std::numeric_limits<double>::infinity());
  const auto take = [&](size_t index) {
    if (taken.size() >= count || distance[index] == 0) {
      return;
    }
    taken.push_back(index);
    for (size_t p = 0; p < points.size(); ++p) {
      double sum = 0;
      for (size_t i = 0; i < objectives; ++i) {
        const double range = high[i] > low[i] ? high[i] - low[i] : 1;
        sum += std::pow((points[p][i] - points[index][i]) / range, 2);
      }
      distance[p] = std::min(distance[p], sum);
    }
  };
  for (size_t i = 0; i < objectives; ++i) {
    take(static_cast<size_t>(std::min_element(points.begin(), points.end(),
                                              [&](const Costs& a, const Costs& b) { return a[i] < b[i]; }) -
                             points.begin()));
  }
  while (taken.size() < count) {
    const auto farthest = std::max_element(distance.begin(), distance.end());
    if (*farthest == 0) {
      break;
    }
    take(static_cast<size_t>(farthest - distance.begin()));
  }
  return taken;
}

std::vector<Choice> first_choices(const Search& search, SearchSpace& space, SearchEvaluator& evaluator,
                                  const std::function<void()>& turn) {
  const size_t population = search.population > 0 ? search.population : kDefaultPopulation;
  std::vector<Choice> result;
  const auto add = [&](const std::vector<Choice>& choices) {
    result.insert(result.end(), choices.begin(), choices.end());
  };
  if (!search.warm_start.empty()) {
    add(warm_choices(search, space, population / 2));
  }
  if (search.bounds && search.sweep.fidelity != arch::Fidelity::kAnalytic && space.points() > population) {
    add(front_of_bounds(search, space, evaluator, population * 3 / 4, turn));
  }
  return result;
}

}  // namespace tridex::explore
