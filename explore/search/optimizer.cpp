#include "explore/search/optimizer.h"

#include <algorithm>

#include "explore/search/pagmo_optimizer.h"

namespace tridex::explore {
namespace {

constexpr int kTries = 50;
/// Choices that an exhaustive or random search asks for at once.
constexpr size_t kBatch = 64;

void ask_all(const OptimizerProblem& problem, const OptimizerOptions& options) {
  const size_t batch = options.population > 0 ? options.population : kBatch;
  Choice choice(problem.sizes.size(), 0);
  std::vector<Choice> batch_choices;
  bool more = true;
  for (size_t g = 0; more && (options.generations == 0 || g < options.generations); ++g) {
    for (batch_choices.clear(); more && batch_choices.size() < batch; more = to_next(choice, problem.sizes)) {
      batch_choices.push_back(choice);
    }
    problem.evaluate(batch_choices);
  }
}

void ask_at_random(const OptimizerProblem& problem, const OptimizerOptions& options) {
  const size_t batch = options.population > 0 ? options.population : kBatch;
  SplitMix random(options.seed);
  for (size_t g = 0; options.generations == 0 || g < options.generations; ++g) {
    std::vector<Choice> choices;
    for (size_t i = 0; i < batch; ++i) {
      Choice choice = any_choice(problem.sizes, random);
      for (int t = 0; t < kTries && problem.known(choice); ++t) {
        choice = any_choice(problem.sizes, random);
      }
      choices.push_back(problem.known(choice) ? unknown_neighbour(problem, choice, random) : choice);
    }
    problem.evaluate(choices);
  }
}

}  // namespace

std::vector<std::string> optimizer_names() {
  return {"nsga2", "maco", "nspso", "random", "exhaustive"};
}

unsigned least_population(const std::string& name) {
  return name == "random" || name == "exhaustive" ? 4 : 8;
}

void optimize(const OptimizerProblem& problem, const OptimizerOptions& options) {
  if (options.name == "random") {
    ask_at_random(problem, options);
  } else if (options.name == "exhaustive" ||
             std::all_of(problem.sizes.begin(), problem.sizes.end(), [](size_t size) { return size == 1; })) {
    ask_all(problem, options);
  } else {
    optimize_with_pagmo(problem, options);
  }
}

Choice unknown_neighbour(const OptimizerProblem& problem, const Choice& from, SplitMix& random) {
  const auto& sizes = problem.sizes;
  for (int t = 0; t < kTries; ++t) {
    Choice choice = from;
    const int changes = 1 + random.below(2);
    for (int c = 0; c < changes; ++c) {
      const auto v = static_cast<size_t>(random.below(static_cast<int>(sizes.size())));
      if (problem.ordered[v] && sizes[v] > 2) {
        const bool up = choice[v] == 0 || (choice[v] + 1 < sizes[v] && random.below(2) == 1);
        choice[v] += up ? 1 : -1;
      } else {
        choice[v] = static_cast<size_t>(random.below(static_cast<int>(sizes[v])));
      }
    }
    if (!problem.known(choice)) {
      return choice;
    }
  }
  Choice choice = any_choice(sizes, random);
  const Choice start = choice;
  do {
    if (!problem.known(choice)) {
      return choice;
    }
    to_next(choice, sizes);
  } while (choice != start);
  return from;
}

}  // namespace tridex::explore
