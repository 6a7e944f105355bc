#pragma once
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explore/search/accuracy_prediction.h"
#include "explore/search/optimizer.h"
#include "explore/search/search.h"
#include "explore/search/search_bounds.h"
#include "explore/search/search_front.h"
#include "explore/search/search_space.h"
#include "explore/sweep/point_pool.h"

namespace tridex::explore {

/// What a search knows of its points: evaluates them through a pool and keeps the front.
class SearchEvaluator {
 public:
  /// `running`: called as points of a batch end.
  SearchEvaluator(const Search& search, const SearchOptions& options, SearchSpace& space, PointPool& pool,
                  std::function<void()> running);

  /// Costs of choices. Points that are not known yet are, in this order: left out where a constraint over
  /// keys excludes them, or their network is refused, which costs a failure; left out where the analytic
  /// bound says that they break a constraint, or that a point evaluated in an earlier batch dominates them;
  /// so where the predicted accuracy of a network that is not made yet says it; taken from the store; or run,
  /// their networks being made first. A point left out has the costs of its bound. What is predicted is
  /// decided before any network of the batch is made. Where a limit is reached, the first ones of the batch
  /// are evaluated, counts().end says which, and SearchEnd is thrown. Interrupted. Error: run_search's.
  std::vector<Costs> evaluate(const std::vector<Choice>& choices);
  [[nodiscard]] bool known(const Choice& choice) const { return known_.count(choice) > 0; }

  /// Costs of an analytic bound: none of the point's own costs is less, if frames behind one another gain no
  /// more than was measured (HACKING.md, A search's life). -infinity where nothing is known, as accuracy of a
  /// network that is not made; in a search that predicts it, accuracy's cost is the predicted noise instead,
  /// in decibels above the logits. A design that cannot be read has the costs of a failure.
  std::vector<Costs> bounds(const std::vector<Choice>& choices);
  /// Whether the bound of bounds() says nothing (SearchBounds::is_nothing).
  [[nodiscard]] bool is_no_bound(const Choice& choice) {
    return space_.allowed(choice) && bounds_.is_nothing(choice);
  }
  /// All of the space's. `turn` is called before each, and may throw.
  void make_networks(const std::function<void()>& turn);

  [[nodiscard]] const SearchFront& front() const { return front_; }
  [[nodiscard]] const SearchSummary& counts() const { return counts_; }
  [[nodiscard]] std::vector<SearchFit> fits() const;

 private:
  struct Candidate {
    Choice choice;
    size_t network;
    DesignVariant design;
    PointRow row;  ///< of a network that is made
  };
  using Waiting = std::map<std::string, std::vector<Choice>>;  ///< choices that a hash's point will answer
  std::vector<Candidate> candidates(const std::vector<Choice>& choices);
  /// Those that neither an evaluated point answers nor a bound or a prediction leaves out, as far as that is
  /// known without their networks.
  std::vector<Candidate> screen(std::vector<Candidate> asked);
  /// Makes their networks, and gives those that are to be evaluated, with rows.
  std::vector<Candidate> choose(std::vector<Candidate> left, Waiting& waiting);
  bool is_evaluated(Candidate& candidate);  ///< of a network that is made; makes the row
  bool is_left_out(const Candidate& candidate, const Interval& accuracy, size_t& count);
  enum class Make { kMade, kRefused, kOutOfTime };
  Make make(const Choice& choice, size_t network, const std::string& which);
  void exclude(const Choice& choice);
  [[nodiscard]] Interval accuracy(size_t network) const;
  void keep(size_t network, const PointRow& row);
  void run(std::deque<PointTask> tasks);
  void check_first_batch(const std::vector<Candidate>& batch) const;

  const Search& search_;
  SearchSpace& space_;
  PointPool& pool_;
  std::function<void()> running_;
  SearchBounds bounds_;
  std::optional<AccuracyPrediction> prediction_;
  /// An analytic run is as soon done as its bound.
  bool prune_ = search_.bounds && search_.sweep.fidelity != arch::Fidelity::kAnalytic;
  std::set<size_t> refused_;      ///< networks that cannot be made
  std::set<std::string> stored_;  ///< hashes of the store's points that need not run again
  std::map<Choice, Costs> known_;
  std::map<std::string, Costs> evaluated_;  ///< by hash: two choices can give one design
  SearchFront front_;
  std::vector<size_t> having_;  ///< points with a result that have the objective, by objective
  size_t run_ = 0;              ///< points given to the pool and not found by it
  std::string note_;            ///< why there is no energy
  SearchSummary counts_;
};

}  // namespace tridex::explore
