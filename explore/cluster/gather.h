#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::explore {

struct GatherSummary {
  size_t files = 0, lines = 0;       ///< read; lines of points
  size_t added = 0, replaced = 0;    ///< points that were new to the store; failed ones that have a later end
  std::vector<std::string> remarks;  ///< files with lines that could not be read, and how many
  std::vector<PointRow> rows;        ///< all of the store, without layers
};

/// Brings what shards have written (shards/*.jsonl) into FOLDER/store.sqlite, and writes points.csv and
/// shards/stored.jsonl. A point that the store has as "ok" stays as it is; one that failed gives way to "ok"
/// and to a later failure. So gathering again, overlapping shards and the order of files change nothing. May
/// be called while shards run, but by one host at a time. Error: there are neither shards nor a store.
GatherSummary gather(const std::filesystem::path& folder);

/// What shards need to know of the store; `only_ok`: failed points are to run again.
void write_stored_list(const std::filesystem::path& folder, const Store& store, bool only_ok);

}  // namespace tridex::explore
