#pragma once
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "explore/search/search_spec.h"
#include "explore/store/store.h"

namespace tridex::explore {

struct SearchOptions {
  std::filesystem::path folder;
  unsigned jobs = 0;      ///< points at a time; 0: default_threads()
  bool retry = false;     ///< run points again that failed
  std::string program{};  ///< identifies the program: sensitivities of another are measured again
};

struct SearchProgress {
  std::string stage;  ///< "quantize ...", "accuracy ...", "sensitivity ...", "search"
  size_t done = 0, total = 0;
  /// Points so far, of the search whatever the stage.
  size_t evaluations = 0, already = 0, failed = 0, pruned = 0, predicted_out = 0, front = 0;
  double hypervolume = 0;
};

/// A network that was made, beside what the prediction of accuracies makes of its widths.
struct SearchFit {
  std::string model, recipe;
  Settings settings;                ///< of recipe.* and network.*
  double noise = 0;                 ///< predicted, of the logits: relative power
  double accuracy = 0, fitted = 0;  ///< measured, and the function that is fitted to all of them; percent
};

struct SearchGeneration {
  size_t evaluations = 0;  ///< so far
  double hypervolume = 0;
};

/// What DIR/search.json holds.
struct SearchSummary {
  size_t space = 0;          ///< points of the space
  size_t evaluations = 0;    ///< distinct points: run now, or found in the store
  size_t already = 0;        ///< of them, found in the store
  size_t failed = 0;         ///< of them, without a result
  size_t excluded = 0;       ///< of the points that were asked for: by constraints over keys, or refused
  size_t pruned = 0;         ///< not run: no front can have them
  size_t predicted_out = 0;  ///< not run: no front has them, if their accuracy is as predicted
  size_t networks = 0;       ///< of the space
  size_t networks_made = 0;  ///< of them, that points needed, quantized and measured
  std::string failure;       ///< why a point failed, the same whatever the order; empty: none did
  std::string refused;       ///< why a network could not be made; empty: all could
  /// Of the hypervolume, by objective: what the file says, else the worst point of the first batch that has
  /// points which break no constraint, worse by a tenth of that batch's range. Empty before.
  std::vector<double> reference;
  /// A line a batch. The hypervolume is in units of the product of the references' magnitudes.
  std::vector<SearchGeneration> generations;
  std::vector<PointRow> front;  ///< in the order of hashes, without layers
  std::vector<SearchFit> fits;  ///< where accuracy is predicted
  bool interrupted = false;
  std::string
      end;  ///< why it ended: "evaluations", "generations", "space", "points", "minutes", "interrupted"
};
nlohmann::json to_json(const Search& search, const SearchSummary& summary);

struct SearchCallbacks {
  std::function<void(const SearchProgress&)> progress;
  std::function<bool()> stop;  ///< asked often; true ends the search, what has finished is kept
};

/// Runs the points that the search's algorithm asks for into the store of the folder, as a sweep does, and
/// writes search.json after each batch and, where any point was run, points.csv at the end. The same points
/// for the same search, whatever the jobs and whatever the store holds already, unless a budget of minutes
/// ends it. May be called once in a process, before any thread has been started in it. Error: no design can
/// be read; no point has an objective.
SearchSummary run_search(const Search& search, const SearchOptions& options,
                         const SearchCallbacks& callbacks);

}  // namespace tridex::explore
