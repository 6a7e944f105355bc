#include "explore/search/pagmo_optimizer.h"

#include <algorithm>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/maco.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/algorithms/nspso.hpp>

#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/utils/hypervolume.hpp>
#include <pagmo/utils/multi_objective.hpp>
#include <set>

namespace tridex::explore {
namespace {

using pagmo::vector_double;

/// Choices as pagmo's decision vectors: real numbers first, as it wants them; variables of one value are left
/// out.
class Encoding {
 public:
  Encoding(const OptimizerProblem& problem, bool all_real) : sizes_(problem.sizes) {
    for (const bool real : {true, false}) {
      for (size_t v = 0; v < sizes_.size(); ++v) {
        if (sizes_[v] > 1 && (all_real || problem.ordered[v]) == real) {
          order_.push_back(v);
          reals_ += real ? 1 : 0;
        }
      }
    }
  }
  [[nodiscard]] size_t variables() const { return order_.size(); }
  [[nodiscard]] size_t integers() const { return order_.size() - reals_; }
  [[nodiscard]] std::pair<vector_double, vector_double> bounds() const {
    vector_double high;
    for (size_t i = 0; i < order_.size(); ++i) {
      // Value k is [k, k + 1), so that each has as much room.
      const auto size = static_cast<double>(sizes_[order_[i]]);
      high.push_back(i < reals_ ? std::nextafter(size, 0.0) : size - 1);
    }
    return {vector_double(order_.size(), 0.0), high};
  }
  [[nodiscard]] vector_double encode(const Choice& choice) const {
    vector_double x;
    for (size_t i = 0; i < order_.size(); ++i) {
      x.push_back(static_cast<double>(choice[order_[i]]) + (i < reals_ ? 0.5 : 0));
    }
    return x;
  }
  [[nodiscard]] Choice decode(const double* x) const {
    Choice choice(sizes_.size());
    for (size_t i = 0; i < order_.size(); ++i) {
      choice[order_[i]] = std::min(static_cast<size_t>(std::max(0.0, x[i])), sizes_[order_[i]] - 1);
    }
    return choice;
  }
  [[nodiscard]] Choice decode(const vector_double& x) const { return decode(x.data()); }

 private:
  const std::vector<size_t>& sizes_;
  std::vector<size_t> order_;
  size_t reals_ = 0;
};

struct PagmoProblem {
  const OptimizerProblem* problem = nullptr;
  const Encoding* encoding = nullptr;
  [[nodiscard]] vector_double fitness(const vector_double& x) const {
    return problem->evaluate({encoding->decode(x)}).front();
  }
  [[nodiscard]] std::pair<vector_double, vector_double> get_bounds() const { return encoding->bounds(); }
  [[nodiscard]] vector_double::size_type get_nobj() const { return problem->objectives; }
  [[nodiscard]] vector_double::size_type get_nix() const { return encoding->integers(); }
};

struct PagmoBatch {
  const OptimizerProblem* problem = nullptr;
  const Encoding* encoding = nullptr;
  vector_double operator()(const pagmo::problem& pagmo_problem, const vector_double& xs) const {
    const size_t dimension = pagmo_problem.get_nx();
    std::vector<Choice> choices;
    for (size_t i = 0; i < xs.size(); i += dimension) {
      choices.push_back(encoding->decode(xs.data() + i));
    }
    vector_double result;
    for (const Costs& costs : problem->evaluate(choices)) {
      result.insert(result.end(), costs.begin(), costs.end());
    }
    return result;
  }
};

pagmo::algorithm make_algorithm(const std::string& name, unsigned population, size_t variables, unsigned seed,
                                const pagmo::bfe& batch) {
  const auto with_batch = [&](auto algorithm) {
    algorithm.set_bfe(batch);
    return pagmo::algorithm(algorithm);
  };
  if (name == "maco") {
    return with_batch(pagmo::maco(1, population, 1.0, 1, 7, 100'000, 0.0, true, seed));
  }
  if (name == "nspso") {
    return with_batch(pagmo::nspso(1, 0.6, 2.0, 2.0, 1.0, 0.5, 60, "crowding distance", true, seed));
  }
  // A variable of each child changes by mutation, on the average.
  return with_batch(pagmo::nsga2(1, 0.95, 10, 1 / static_cast<double>(variables), 20, seed));
}

/// The first population: what the options have, without copies, and a Latin hypercube for the rest.
std::vector<Choice> first_population(const OptimizerProblem& problem, const OptimizerOptions& options,
                                     unsigned population, SplitMix& random) {
  std::vector<Choice> choices;
  std::set<Choice> seen;
  for (const Choice& choice : options.first) {
    if (choices.size() < population && seen.insert(choice).second) {
      choices.push_back(choice);
    }
  }
  for (const Choice& choice : latin_hypercube(problem.sizes, population - choices.size(), random)) {
    choices.push_back(choice);
  }
  return choices;
}

/// Replaces copies, and the worst individuals where nothing was new.
void refresh(pagmo::population& population, const OptimizerProblem& problem, const Encoding& encoding,
             bool nothing_new, SplitMix& random) {
  std::vector<Choice> choices;
  for (const auto& x : population.get_x()) {
    choices.push_back(encoding.decode(x));
  }
  std::vector<size_t> order = pagmo::sort_population_mo(population.get_f());
  std::set<Choice> seen;
  std::vector<size_t> replaced;
  for (const size_t i : order) {
    if (!seen.insert(choices[i]).second) {
      replaced.push_back(i);
    }
  }
  if (nothing_new && replaced.empty()) {
    replaced.assign(order.end() - static_cast<std::ptrdiff_t>(order.size() / 4), order.end());
  }
  if (replaced.empty()) {
    return;
  }
  const auto fronts = std::get<0>(pagmo::fast_non_dominated_sorting(population.get_f()));
  OptimizerProblem fresh = problem;
  std::set<Choice> drawn;
  fresh.known = [&](const Choice& choice) { return drawn.count(choice) > 0 || problem.known(choice); };
  std::vector<Choice> batch;
  for (size_t k = 0; k < replaced.size(); ++k) {
    const auto from = fronts[0][static_cast<size_t>(random.below(static_cast<int>(fronts[0].size())))];
    batch.push_back(unknown_neighbour(fresh, choices[from], random));
    drawn.insert(batch.back());
  }
  const std::vector<Costs> costs = problem.evaluate(batch);
  for (size_t k = 0; k < replaced.size(); ++k) {
    population.set_xf(replaced[k], encoding.encode(batch[k]), costs[k]);
  }
}

}  // namespace

void optimize_with_pagmo(const OptimizerProblem& asked, const OptimizerOptions& options) {
  const unsigned size = options.population > 0 ? options.population : kDefaultPopulation;
  bool nothing_new = true;
  OptimizerProblem problem = asked;
  problem.evaluate = [&](const std::vector<Choice>& choices) {
    for (const Choice& choice : choices) {
      nothing_new = nothing_new && asked.known(choice);
    }
    return asked.evaluate(choices);
  };
  const Encoding encoding(problem, options.name == "nspso");
  SplitMix random(options.seed);
  pagmo::population population(pagmo::problem(PagmoProblem{&problem, &encoding}), 0U,
                               static_cast<unsigned>(options.seed));
  const auto first = first_population(problem, options, size, random);
  const auto costs = problem.evaluate(first);
  for (size_t i = 0; i < first.size(); ++i) {
    population.push_back(encoding.encode(first[i]), costs[i]);
  }
  const pagmo::algorithm algorithm =
      make_algorithm(options.name, size, encoding.variables(), static_cast<unsigned>(options.seed),
                     pagmo::bfe(PagmoBatch{&problem, &encoding}));
  for (size_t g = 0; options.generations == 0 || g < options.generations; ++g) {
    nothing_new = true;
    population = algorithm.evolve(population);
    refresh(population, problem, encoding, nothing_new, random);
  }
}

double hypervolume(const std::vector<Costs>& points, const Costs& reference) {
  std::vector<vector_double> inside;
  for (const Costs& point : points) {
    bool dominates = true;
    for (size_t i = 0; i < point.size(); ++i) {
      dominates = dominates && point[i] < reference[i];
    }
    if (dominates) {
      inside.push_back(point);
    }
  }
  return inside.empty() ? 0 : pagmo::hypervolume(inside, false).compute(reference);
}

}  // namespace tridex::explore
