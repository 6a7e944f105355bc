#pragma once
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "explore/search/optimizer.h"
#include "explore/search/search.h"
#include "explore/search/search_front.h"
#include "explore/search/search_space.h"
#include "explore/sweep/point_pool.h"

namespace tridex::explore {

/// What a search knows of its points: evaluates them through a pool and keeps the front.
class SearchEvaluator {
 public:
  /// pool.make_networks() has been called. `running`: called as points of a batch end.
  SearchEvaluator(const Search& search, const SearchOptions& options, SearchSpace& space, PointPool& pool,
                  std::function<void()> running);

  /// Costs of choices. Points that are not known yet are, in this order: left out where a constraint over
  /// keys excludes them, which costs a failure; left out where the analytic bound says that they break a
  /// constraint, or that a point evaluated in an earlier batch dominates them; taken from the store; or run.
  /// A point left out has the costs of its bound. Where a limit is reached, the first ones of the batch are
  /// evaluated, counts().end says which, and SearchEnd is thrown. Interrupted. Error: run_search's.
  std::vector<Costs> evaluate(const std::vector<Choice>& choices);
  [[nodiscard]] bool known(const Choice& choice) const { return known_.count(choice) > 0; }

  /// Costs of an analytic bound: none of the point's own costs is less, if frames behind one another gain no
  /// more than was measured (HACKING.md, A search's life). -infinity where nothing is known. A
  /// design that cannot be read has those of a failure.
  std::vector<Costs> bounds(const std::vector<Choice>& choices);
  /// The bound of a machine that cannot do what the network needs: nothing keeps it from being run, which
  /// gives a row with the reason.
  static Costs no_bound(size_t objectives);

  [[nodiscard]] const SearchFront& front() const { return front_; }
  [[nodiscard]] const SearchSummary& counts() const { return counts_; }

 private:
  struct Candidate {
    Choice choice;
    size_t network;
    DesignVariant design;
    PointRow row;
  };
  std::vector<Candidate> candidates(const std::vector<Choice>& choices);
  std::vector<Costs> bounds(std::vector<Candidate>& candidates);
  [[nodiscard]] size_t limit(size_t count, const std::vector<Candidate>& candidates);
  void keep(size_t network, const PointRow& row);
  void run(std::deque<PointTask> tasks);
  void check_first_batch(const std::vector<Candidate>& batch) const;

  const Search& search_;
  SearchSpace& space_;
  PointPool& pool_;
  std::function<void()> running_;
  std::vector<quant::IntegerGraph> networks_;
  std::vector<std::optional<Accuracy>> accuracies_;
  std::set<std::string> stored_;  ///< hashes of the store's points that need not run again
  std::map<Choice, Costs> known_, bounds_;
  std::map<std::string, Costs> evaluated_;  ///< by hash: two choices can give one design
  SearchFront front_;
  std::vector<size_t> having_;  ///< points with a result that have the objective, by objective
  size_t run_ = 0;              ///< points given to the pool and not found by it
  std::string note_;            ///< why there is no energy
  SearchSummary counts_;
};

}  // namespace tridex::explore
