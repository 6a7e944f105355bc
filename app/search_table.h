#pragma once
#include <filesystem>
#include <string>

#include "explore/search/search.h"

namespace tridex::app {

/// The front of a search as a table, best of the first objective first, and what the search did.
std::string search_text(const explore::Search& search, const explore::SearchSummary& summary,
                        const std::filesystem::path& folder);

}  // namespace tridex::app
