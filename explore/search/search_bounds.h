#pragma once
#include <map>
#include <vector>

#include "explore/search/optimizer.h"
#include "explore/search/search_figures.h"
#include "explore/search/search_space.h"
#include "explore/search/search_spec.h"

namespace tridex::explore {

/// Analytic bounds of points. They follow from the shapes and widths of a network, so it need not have been
/// made.
class SearchBounds {
 public:
  SearchBounds(const Search& search, SearchSpace& space, unsigned threads)
      : search_(search), space_(space), threads_(threads) {}

  /// Finds those that are not known yet. Error: a network that cannot be.
  void find(const std::vector<Choice>& choices);

  /// Costs that the point is nowhere below, if its accuracy is in that interval; -infinity where nothing is
  /// known. Those of a failure where the design cannot be read. The bound has been found.
  [[nodiscard]] Costs least(const Choice& choice, const Interval& accuracy) const;
  /// Whether it says nothing: a machine that cannot do what the network needs. Nothing keeps it from being
  /// run, which gives a row with the reason.
  [[nodiscard]] bool is_nothing(const Choice& choice) const;

 private:
  struct Bound {
    enum class Kind { kUnreadable, kNothing, kIntervals } kind = Kind::kUnreadable;
    std::vector<Interval> intervals;  ///< intervals_of()
  };

  const Search& search_;
  SearchSpace& space_;
  unsigned threads_;
  std::map<Choice, Bound> bounds_;
};

}  // namespace tridex::explore
