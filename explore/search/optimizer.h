#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/random.h"
#include "explore/sweep/sample.h"

namespace tridex::explore {

using Costs = std::vector<double>;

/// Thrown by OptimizerProblem::evaluate where the search is to end; optimize() lets it through.
struct SearchEnd {};

/// What an algorithm looks for: choices whose costs no other choice's costs dominate.
struct OptimizerProblem {
  std::vector<size_t> sizes;  ///< how many values each variable has, at least one
  std::vector<bool>
      ordered;  ///< whether neighbours among a variable's values are alike; else it is a category
  size_t objectives = 2;
  /// Costs of a batch, `objectives` of each choice. A choice that was asked for before costs nothing.
  std::function<std::vector<Costs>(const std::vector<Choice>&)> evaluate;
  std::function<bool(const Choice&)> known;  ///< whether it was asked for before
};

struct OptimizerOptions {
  std::string name;
  unsigned population = 0;  ///< 0: default_population()
  size_t generations = 0;   ///< 0: until evaluate() throws
  uint64_t seed = 1;
  std::vector<Choice> first;  ///< of the first population; what is missing is drawn
};

/// "nsga2", "maco" and "nspso" of pagmo2; "random": all choices in a random order; "exhaustive": all, in
/// order.
std::vector<std::string> optimizer_names();
/// The least population that the algorithm takes.
unsigned least_population(const std::string& name);
constexpr unsigned kDefaultPopulation = 40;

/// Calls problem.evaluate, a batch a generation. The same batches for the same options, problem and answers.
///
/// pagmo's algorithms see a variable that is ordered as a real number and a category as an integer. Of
/// individuals that are the same choice all but one are replaced after each generation by choices that were
/// not asked for yet, a step from a point of the front so far, so that a small space does not fill a
/// population with copies; and where a generation asked for nothing new, so are the worst ones of it.
void optimize(const OptimizerProblem& problem, const OptimizerOptions& options);

/// The volume between the points and the reference that some point dominates; costs. Points that do not
/// dominate the reference count nothing.
double hypervolume(const std::vector<Costs>& points, const Costs& reference);

/// A choice that is not known, a step away from `from` in one or two variables where there is one; else the
/// next one in order. `from` itself where all are known.
Choice unknown_neighbour(const OptimizerProblem& problem, const Choice& from, SplitMix& random);

}  // namespace tridex::explore
