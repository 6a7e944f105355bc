#pragma once
#include <vector>

#include "explore/search/optimizer.h"
#include "explore/search/search_spec.h"
#include "explore/store/store.h"

namespace tridex::explore {

/// The points of a search that keep its constraints and that no other one dominates, and how much they
/// dominate.
class SearchFront {
 public:
  struct Point {
    Costs costs;
    PointRow row;  ///< without layers
  };

  explicit SearchFront(const Search& search) : search_(search) {}

  /// Takes a point if nobody dominates it, and drops those that it dominates.
  void add(const Costs& costs, const PointRow& row);
  /// Whether a point of at least these costs could be in the front.
  [[nodiscard]] bool can_reach(const Costs& bound) const;
  /// What the volume is measured from: what the file says, else the worst of these costs that keep the
  /// constraints, worse by a tenth of their range; none where none of them does.
  void choose_reference(const std::vector<Costs>& batch);

  [[nodiscard]] const std::vector<Point>& points() const { return points_; }
  [[nodiscard]] const Costs& reference() const { return reference_; }  ///< empty: none yet
  /// In units of the product of the reference's magnitudes; 0 without a reference.
  [[nodiscard]] double volume() const;

 private:
  const Search& search_;
  std::vector<Point> points_;
  Costs reference_;
};

}  // namespace tridex::explore
