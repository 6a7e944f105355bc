#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "explore/sweep/sweep.h"

namespace tridex::explore {

/// What a sweep's axes, derived values and constraints make of a choice of values. The first axis is that of
/// Sweep::networks, whose value is an index there; Sweep::axes follow.
class SweepSpace {
 public:
  /// Error: an expression over a key that is in no axis, nor in the design, the recipes or the networks.
  explicit SweepSpace(const Sweep& sweep);

  /// How many values each axis has.
  [[nodiscard]] const std::vector<size_t>& sizes() const { return sizes_; }
  /// Whether every constraint holds. Error: one that cannot be evaluated there.
  [[nodiscard]] bool allowed(const Choice& choice) const;
  /// The keys that the choice sets: of the axes, and the derived ones.
  [[nodiscard]] Settings settings(const Choice& choice) const;

 private:
  /// Where an expression's key has its value from.
  struct Source {
    enum class Kind { kAxis, kDerived, kConstant } kind = Kind::kConstant;
    size_t index = 0;           ///< kAxis, kDerived
    std::vector<Value> values;  ///< kAxis: one a choice; kConstant: one
  };
  struct Bound {
    const Expression* expression;
    std::string where;
    std::vector<Source> sources;
  };
  class Binder;
  Value evaluate(const Bound& bound, const Choice& choice, const std::vector<Value>& derived) const;
  std::vector<Value> derive(const Choice& choice) const;

  const Sweep& sweep_;
  std::vector<size_t> sizes_;
  std::vector<Bound> derived_, constraints_;
};

/// The points of a sweep.
struct SweepPoints {
  struct Point {
    size_t network = 0, design = 0;
  };
  std::vector<NetworkVariant> networks;  ///< those of the sweep, with the settings of recipe.* and network.*
  std::vector<DesignVariant> designs;
  std::vector<Point> points;
  size_t excluded = 0;  ///< by constraints; 0 of a sample

  /// The settings of both.
  [[nodiscard]] Settings settings(const Point& point) const;
};

/// All points, in the order of choose(). A design that cannot be read is a variant with its reason; where
/// none can be read, an axis none of whose values is accepted by itself (a misspelt key) is an Error. So is
/// what a recipe or a network does not accept, and a sweep without points. The result does not depend on the
/// number of threads (0: default_threads()), which have ended when it is there.
SweepPoints expand(const Sweep& sweep, unsigned threads = 0);

/// Error: an axis none of whose values gives a design by itself.
void check_axes(const Sweep& sweep);

}  // namespace tridex::explore
