#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::app {

/// A point of a store as a command line names it, DIR#HASH; the beginning of the hash will do.
struct PointName {
  std::filesystem::path folder;  ///< a sweep's or search's output
  std::string hash;
};
/// nullopt where a word is no such name, or a file.
std::optional<PointName> point_name(const std::string& word);

/// The point, without the layers of its result, which it need not have. Error: no point or several begin so.
explore::PointRow stored_point(const explore::Store& store, const PointName& name);

/// What a point ran, as `tridex run` takes it.
struct PointRun {
  std::string net;            ///< the network's file; empty: model and recipe make it
  std::string model, recipe;  ///< where there is no file
  std::string fidelity;
  int frames = 0;
  uint64_t seed = 0;

  /// Words of a command line after the design; without what is run's own default.
  [[nodiscard]] std::vector<std::string> words() const;
};
/// nullopt where the point's network is neither among those that its folder keeps (each of which may have to
/// be read: some seconds where there are hundreds) nor one of its model and recipe without weights. Starts
/// threads.
std::optional<PointRun> run_of(const PointName& name, const explore::PointRow& point);

}  // namespace tridex::app
