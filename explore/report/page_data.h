#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "explore/report/report.h"

namespace tridex::explore {

/// What a page is made of besides the rows of a report.
struct PageSources {
  /// A point's whole result, for rows that were read without layers; may be empty.
  std::function<nlohmann::json(const std::string& hash)> result;
  nlohmann::json search;                 ///< search.json; null: the points are not of a search
  size_t layer_bytes = size_t{8} << 20;  ///< layers of so many bytes are kept, at least those of one point
};

/// Points whose layers come first where not all can be kept: those shown first, then those of the fronts of
/// the report, then of all pairs of objectives, then the others. Each that has run, once.
std::vector<size_t> by_interest(const Report& report);

/// The data of the page, of whatever number of points: HACKING.md, "The report's page", has the schema.
nlohmann::json page_data(const Report& report, const PageSources& sources);

}  // namespace tridex::explore
