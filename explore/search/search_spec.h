#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explore/search/search_figures.h"
#include "explore/sweep/sweep.h"

namespace tridex::explore {

/// A search file as plain structs (`tridex search --help` has the schema).
struct Search {
  Sweep sweep;  ///< the points to choose from; its constraints are those over keys
  std::string algorithm = "nsga2";
  unsigned population = 0;  ///< 0: what suits the number of evaluations (optimizer.h)
  size_t evaluations = 0;   ///< distinct points in all, those found in the store among them; 0: no limit
  size_t generations = 0;   ///< 0: no limit
  uint64_t seed = 1;
  std::vector<SearchObjective> objectives;  ///< at least one
  std::vector<SearchConstraint> constraints;
  std::vector<std::optional<double>> reference;  ///< of the hypervolume, by objective
  std::filesystem::path warm_start;              ///< folder with a store; empty: none
  /// Begin with points of the front of the analytic bounds, and leave out what they show to be dominated.
  bool bounds = true;
  /// Leave out points whose predicted accuracy shows them to be dominated (accuracy_prediction.h), before
  /// their networks are made.
  bool predict = false;
  std::optional<double> prediction_margin;  ///< percentage points; none: AccuracyRule's
  size_t budget_points = 0;                 ///< run by one command; 0: no limit
};

/// Reads configs/searches/*.yaml; what is a sweep's is read as read_sweep() does. Errors: file:line: key,
/// what is accepted.
Search read_search(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

}  // namespace tridex::explore
