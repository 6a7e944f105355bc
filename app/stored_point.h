#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "explore/store/store.h"

namespace tridex::app {

/// A point of a store as a command line names it, DIR#HASH; the beginning of the hash will do.
struct PointName {
  std::filesystem::path folder;  ///< a sweep's or search's output
  std::string hash;
};
/// nullopt where a word is no such name.
std::optional<PointName> point_name(const std::string& word);

/// The point, without the layers of its result. Errors: no store; no point or several begin so; it has no
/// result.
explore::PointRow stored_point(const explore::Store& store, const PointName& name);

/// The file of the point's network among those that its folder keeps, each of which may have to be read: some
/// seconds where there are hundreds. nullopt where it is not there. Starts threads.
std::optional<std::filesystem::path> network_of(const PointName& name, const explore::PointRow& point);

}  // namespace tridex::app
