#include "explore/search/search_evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/error.h"
#include "explore/search/search_costs.h"

namespace tridex::explore {
namespace {

constexpr Interval kAnything{-std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::infinity()};
/// Of predicted logits; stands for those that widths do not change at all.
constexpr double kMostDecibels = 200;

}  // namespace

SearchEvaluator::SearchEvaluator(const Search& search, const SearchOptions& options, SearchSpace& space,
                                 PointPool& pool, std::function<void()> running)
    : search_(search),
      space_(space),
      pool_(pool),
      running_(std::move(running)),
      bounds_(search, space, pool.jobs()),
      stored_(pool.recorder().finished(options.retry)),
      front_(search),
      having_(search.objectives.size()) {
  if (search.predict) {
    prediction_.emplace(search, space, pool, options.program);
  }
  counts_.space = space.points();
  counts_.networks = space.network_count();
}

std::vector<SearchEvaluator::Candidate> SearchEvaluator::candidates(const std::vector<Choice>& choices) {
  std::vector<Candidate> result;
  std::set<Choice> seen;
  for (const Choice& choice : choices) {
    if (known(choice) || !seen.insert(choice).second) {
      continue;
    }
    if (!space_.allowed(choice) || refused_.count(space_.network(choice)) > 0) {
      exclude(choice);
      continue;
    }
    result.push_back({choice, space_.network(choice), space_.design(choice), {}});
  }
  counts_.refused = counts_.refused.empty() ? space_.refused() : counts_.refused;
  return result;
}

void SearchEvaluator::exclude(const Choice& choice) {
  known_.emplace(choice, costs_of_failure(search_.objectives.size()));
  ++counts_.excluded;
}

SearchEvaluator::Make SearchEvaluator::make(const Choice& choice, size_t network, const std::string& which) {
  if (pool_.is_made(network)) {
    return Make::kMade;
  }
  if (refused_.count(network) > 0) {
    return Make::kRefused;
  }
  if (pool_.out_of_time()) {
    return Make::kOutOfTime;
  }
  try {
    pool_.make_network(network, which);
  } catch (const Error& error) {
    if (pool_.made() == 0) {
      throw;
    }
    refused_.insert(network);
    counts_.refused = counts_.refused.empty() ? error.what() : counts_.refused;
    return Make::kRefused;
  }
  if (const auto& measured = pool_.accuracy(network); prediction_ && measured) {
    prediction_->add(choice, *measured);
  }
  counts_.networks_made = pool_.made();
  return Make::kMade;
}

void SearchEvaluator::make_networks(const std::function<void()>& turn) {
  const auto all = space_.all_networks();
  for (size_t n = 0; n < all.size(); ++n) {
    turn();
    const auto& [network, choice] = all[n];
    static_cast<void>(make(choice, network, fmt::format("network {} of {}", n + 1, all.size())));
  }
}

Interval SearchEvaluator::accuracy(size_t network) const {
  if (pool_.is_made(network) && pool_.accuracy(network)) {
    const double value = pool_.accuracy(network)->value;
    return {value, value};
  }
  return kAnything;
}

std::vector<Costs> SearchEvaluator::bounds(const std::vector<Choice>& choices) {
  std::vector<Choice> allowed;
  std::copy_if(choices.begin(), choices.end(), std::back_inserter(allowed),
               [&](const Choice& choice) { return space_.allowed(choice); });
  bounds_.find(allowed);
  std::vector<Costs> result;
  for (const Choice& choice : choices) {
    result.push_back(space_.allowed(choice) ? bounds_.least(choice, accuracy(space_.network(choice)))
                                            : costs_of_failure(search_.objectives.size()));
    for (size_t i = 0; prediction_ && i < search_.objectives.size() && are_feasible(result.back()); ++i) {
      if (search_.objectives[i].name == "accuracy" && !bounds_.is_nothing(choice)) {
        result.back()[i] = quant::LogitNoise{prediction_->noise(choice).value_or(1), 0}.sqnr_db();
        result.back()[i] = -std::min(result.back()[i], kMostDecibels);
      }
    }
  }
  return result;
}

std::vector<SearchFit> SearchEvaluator::fits() const {
  std::vector<SearchFit> result;
  for (const FittedNetwork& one : prediction_ ? prediction_->fitted() : std::vector<FittedNetwork>()) {
    const NetworkVariant& variant = space_.networks().variants()[one.network];
    result.push_back(
        {variant.model.name, variant.recipe_name, variant.settings, one.noise, one.accuracy, one.fitted});
  }
  return result;
}

void SearchEvaluator::keep(size_t network, const PointRow& row) {
  PointRow measured = row;
  measured.accuracy = pool_.accuracy(network);
  const RowCosts costs = costs_of_row(search_, measured);
  for (size_t i = 0; i < costs.values.size(); ++i) {
    having_[i] += costs.values[i] ? 1 : 0;
  }
  if (!costs.complete && !costs.values.empty()) {
    note_ = row.result.value("energy_note", "");
  }
  evaluated_.emplace(row.hash, costs.costs);
  ++counts_.evaluations;
  if (row.result.is_null()) {
    ++counts_.failed;
    counts_.failure = counts_.failed == 1 ? row.reason : std::min(counts_.failure, row.reason);
  }
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

bool SearchEvaluator::is_evaluated(Candidate& candidate) {
  if (candidate.row.hash.empty()) {
    candidate.row = pool_.row_of(candidate.design, candidate.network, space_.settings(candidate.choice));
  }
  const auto found = evaluated_.find(candidate.row.hash);
  if (found != evaluated_.end()) {
    known_.emplace(candidate.choice, found->second);
  }
  return found != evaluated_.end();
}

bool SearchEvaluator::is_left_out(const Candidate& candidate, const Interval& accuracy, size_t& count) {
  const Costs least = bounds_.least(candidate.choice, accuracy);
  if (!candidate.design.design || front_.can_reach(least)) {
    return false;
  }
  known_.emplace(candidate.choice, least);
  ++count;
  return true;
}

std::vector<SearchEvaluator::Candidate> SearchEvaluator::screen(std::vector<Candidate> asked) {
  std::vector<Choice> choices;
  for (const Candidate& candidate : asked) {
    choices.push_back(candidate.choice);
  }
  if (prune_ || prediction_) {
    bounds_.find(choices);
  }
  std::vector<Candidate> left;
  for (Candidate& candidate : asked) {
    const bool made = pool_.is_made(candidate.network);
    const bool bounded = !made && (prune_ || prediction_);
    // A row that says why it cannot run is not worth a network; but of the first batch somebody may need it.
    if (bounded && !counts_.generations.empty() &&
        (!candidate.design.design || bounds_.is_nothing(candidate.choice))) {
      known_.emplace(candidate.choice, costs_of_failure(search_.objectives.size()));
      ++counts_.pruned;
      continue;
    }
    if ((made && is_evaluated(candidate)) || (bounded && is_left_out(candidate, kAnything, counts_.pruned))) {
      continue;
    }
    if (!made && prediction_) {
      const auto most = prediction_->most(candidate.choice);
      if (most && is_left_out(candidate, {kAnything.low, *most}, counts_.predicted_out)) {
        continue;
      }
    }
    left.push_back(std::move(candidate));
  }
  return left;
}

std::vector<SearchEvaluator::Candidate> SearchEvaluator::choose(std::vector<Candidate> left,
                                                                Waiting& waiting) {
  std::vector<Candidate> fresh;
  size_t runs = run_;
  std::set<size_t> unmade;
  for (const Candidate& candidate : left) {
    if (!pool_.is_made(candidate.network)) {
      unmade.insert(candidate.network);
    }
  }
  const size_t before = pool_.made() + refused_.size();
  for (Candidate& candidate : left) {
    if (search_.budget_points > 0 && runs >= search_.budget_points && !pool_.is_made(candidate.network)) {
      counts_.end = "points";
      break;
    }
    const size_t turn = pool_.made() + refused_.size() - before + 1;
    const Make made = make(candidate.choice, candidate.network,
                           fmt::format("network {} of {} of this batch", turn, unmade.size()));
    if (made == Make::kOutOfTime) {
      counts_.end = "minutes";
      break;
    }
    if (made == Make::kRefused) {
      exclude(candidate.choice);
      continue;
    }
    if (is_evaluated(candidate)) {
      continue;
    }
    const std::string& hash = candidate.row.hash;
    if (const auto found = waiting.find(hash); found != waiting.end()) {
      found->second.push_back(candidate.choice);
      continue;
    }
    if (prune_ && is_left_out(candidate, accuracy(candidate.network), counts_.pruned)) {
      continue;
    }
    runs += stored_.count(hash) == 0 ? 1 : 0;
    if (search_.budget_points > 0 && runs > search_.budget_points) {
      counts_.end = "points";
      break;
    }
    waiting[hash] = {candidate.choice};
    fresh.push_back(std::move(candidate));
    if (search_.evaluations > 0 && counts_.evaluations + fresh.size() >= search_.evaluations) {
      counts_.end = "evaluations";
      break;
    }
  }
  return fresh;
}

std::vector<Costs> SearchEvaluator::evaluate(const std::vector<Choice>& choices) {
  Waiting waiting;
  const std::vector<Candidate> fresh = choose(screen(candidates(choices)), waiting);

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
