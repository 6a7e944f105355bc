#include "explore/search/search_evaluator.h"

#include <algorithm>
#include <limits>

#include "arch/platform/run.h"
#include "base/error.h"
#include "base/parallel.h"
#include "explore/search/search_costs.h"

namespace tridex::explore {
SearchEvaluator::SearchEvaluator(const Search& search, const SearchOptions& options, SearchSpace& space,
                                 PointPool& pool, std::function<void()> running)
    : search_(search),
      space_(space),
      pool_(pool),
      running_(std::move(running)),
      stored_(pool.recorder().finished(options.retry)),
      front_(search),
      having_(search.objectives.size()) {
  for (size_t n = 0; n < space.networks().size(); ++n) {
    networks_.push_back(pool.load(n));
    accuracies_.push_back(pool.accuracy(n));
  }
  counts_.space = space.points();
}

std::vector<SearchEvaluator::Candidate> SearchEvaluator::candidates(const std::vector<Choice>& choices) {
  std::vector<Candidate> result;
  std::set<Choice> seen;
  for (const Choice& choice : choices) {
    if (known(choice) || !seen.insert(choice).second) {
      continue;
    }
    if (!space_.allowed(choice)) {
      known_.emplace(choice, costs_of_failure(search_.objectives.size()));
      ++counts_.excluded;
      continue;
    }
    DesignVariant design = space_.design(choice);
    const size_t network = space_.network(choice);
    PointRow row = pool_.row_of(design, network, space_.settings(choice));
    result.push_back({choice, network, std::move(design), std::move(row)});
  }
  return result;
}

Costs SearchEvaluator::no_bound(size_t objectives) {
  return Costs(objectives, -std::numeric_limits<double>::infinity());
}

std::vector<Costs> SearchEvaluator::bounds(std::vector<Candidate>& candidates) {
  std::vector<Costs> result(candidates.size());
  parallel_for(candidates.size(), pool_.jobs(), [&](size_t i) {
    const Candidate& candidate = candidates[i];
    if (const auto found = bounds_.find(candidate.choice); found != bounds_.end()) {
      result[i] = found->second;
      return;
    }
    result[i] = costs_of_failure(search_.objectives.size());
    if (candidate.design.design) {
      try {
        arch::RunOptions options;
        options.fidelity = arch::Fidelity::kAnalytic;
        arch::RunResult bound =
            arch::run(*candidate.design.design, networks_[candidate.network], options).result;
        bound.layers.clear();
        PointRow row;
        row.result = to_json(bound);
        row.accuracy = accuracies_[candidate.network];
        result[i] = least_costs(search_, row);
      } catch (const Error&) {  // a machine that cannot do what the network needs: its run says so, in a row
        result[i] = no_bound(search_.objectives.size());
      }
    }
  });
  for (size_t i = 0; i < candidates.size(); ++i) {
    bounds_.emplace(candidates[i].choice, result[i]);
  }
  return result;
}

std::vector<Costs> SearchEvaluator::bounds(const std::vector<Choice>& choices) {
  std::vector<Candidate> missing;
  std::set<Choice> seen;
  for (const Choice& choice : choices) {
    if (bounds_.count(choice) > 0 || !seen.insert(choice).second) {
      continue;
    }
    if (space_.allowed(choice)) {
      missing.push_back({choice, space_.network(choice), space_.design(choice), {}});
    } else {
      bounds_.emplace(choice, costs_of_failure(search_.objectives.size()));
    }
  }
  bounds(missing);
  std::vector<Costs> result;
  for (const Choice& choice : choices) {
    result.push_back(bounds_.at(choice));
  }
  return result;
}

void SearchEvaluator::keep(size_t network, const PointRow& row) {
  PointRow measured = row;
  measured.accuracy = accuracies_[network];
  const RowCosts costs = costs_of_row(search_, measured);
  for (size_t i = 0; i < costs.values.size(); ++i) {
    having_[i] += costs.values[i] ? 1 : 0;
  }
  if (!costs.complete && !costs.values.empty()) {
    note_ = row.result.value("energy_note", "");
  }
  evaluated_.emplace(row.hash, costs.costs);
  ++counts_.evaluations;
  counts_.failed += row.result.is_null() ? 1 : 0;
  front_.add(costs.costs, measured);
}

void SearchEvaluator::check_first_batch(const std::vector<Candidate>& batch) const {
  const auto readable = [](const Candidate& candidate) { return candidate.design.design.has_value(); };
  if (std::none_of(batch.begin(), batch.end(), readable)) {
    fail("none of the first {} designs can be read: {}", batch.size(), batch[0].design.reason);
  }
  for (size_t i = 0; i < having_.size(); ++i) {
    const auto& objective = search_.objectives[i];
    if (counts_.evaluations > counts_.failed && having_[i] == 0) {
      fail("{}: no point has '{}'{}; choose another objective", objective.where, objective.name,
           objective.name == "energy_mj" || objective.name == "power_w" ? ": " + note_ : "");
    }
  }
}

size_t SearchEvaluator::limit(size_t count, const std::vector<Candidate>& fresh) {
  if (search_.evaluations > 0 && counts_.evaluations + count >= search_.evaluations) {
    counts_.end = "evaluations";
    count = search_.evaluations - counts_.evaluations;
  }
  if (search_.budget_points > 0) {
    size_t runs = run_;
    for (size_t i = 0; i < count; ++i) {
      runs += stored_.count(fresh[i].row.hash) == 0 ? 1 : 0;
      if (runs > search_.budget_points) {
        counts_.end = "points";
        return i;
      }
    }
  }
  return count;
}

void SearchEvaluator::run(std::deque<PointTask> tasks) {
  std::map<std::string, size_t> networks;  // by hash
  for (const PointTask& task : tasks) {
    networks.emplace(task.row.hash, task.network);
  }
  run_ += tasks.size();
  running_();
  PointEvents events;
  events.kept = [&](const PointRow& row) {
    keep(networks.at(row.hash), row);
    running_();
  };
  events.found = [&](const PointTask& task) {
    --run_;
    ++counts_.already;
    keep(task.network, pool_.recorder().row(task.row.hash).value());
    running_();
  };
  if (pool_.run(std::move(tasks), events) > 0) {
    counts_.end = "minutes";
  }
}

std::vector<Costs> SearchEvaluator::evaluate(const std::vector<Choice>& choices) {
  std::vector<Candidate> asked = candidates(choices);
  std::vector<Candidate> fresh;
  std::map<std::string, std::vector<Choice>> waiting;  // choices that the point of a hash will answer
  const bool prune = search_.bounds && search_.sweep.fidelity != arch::Fidelity::kAnalytic;
  const std::vector<Costs> least = prune ? bounds(asked) : std::vector<Costs>(asked.size());
  for (size_t i = 0; i < asked.size(); ++i) {
    const std::string& hash = asked[i].row.hash;
    if (const auto found = evaluated_.find(hash); found != evaluated_.end()) {
      known_.emplace(asked[i].choice, found->second);
    } else if (waiting.count(hash) > 0) {
      waiting[hash].push_back(asked[i].choice);
    } else if (prune && asked[i].design.design && !front_.can_reach(least[i])) {
      known_.emplace(asked[i].choice, least[i]);
      ++counts_.pruned;
    } else {
      waiting[hash].push_back(asked[i].choice);
      fresh.push_back(std::move(asked[i]));
    }
  }
  fresh.resize(limit(fresh.size(), fresh));

  std::deque<PointTask> tasks;
  for (const Candidate& candidate : fresh) {
    if (stored_.count(candidate.row.hash) > 0) {
      ++counts_.already;
      keep(candidate.network, pool_.recorder().row(candidate.row.hash).value());
    } else {
      tasks.push_back({candidate.design.settings, candidate.network, candidate.row, candidate.design.reason});
    }
  }
  run(std::move(tasks));

  std::vector<Costs> batch;
  for (const Candidate& candidate : fresh) {
    const auto costs = evaluated_.find(candidate.row.hash);
    if (costs == evaluated_.end()) {
      continue;  // the minutes are used up
    }
    batch.push_back(costs->second);
    for (const Choice& choice : waiting[candidate.row.hash]) {
      known_.emplace(choice, costs->second);
    }
  }
  if (front_.reference().empty()) {
    front_.choose_reference(batch);
  }
  if (!batch.empty() && counts_.generations.empty()) {
    check_first_batch(fresh);
  }
  if (!batch.empty()) {
    counts_.generations.push_back({counts_.evaluations, front_.volume()});
  }
  if (counts_.end.empty() && known_.size() >= counts_.space) {
    counts_.end = "space";
  }
  if (!counts_.end.empty()) {
    throw SearchEnd();
  }
  std::vector<Costs> result;
  for (const Choice& choice : choices) {
    result.push_back(known_.at(choice));
  }
  return result;
}

}  // namespace tridex::explore
