#pragma once
#include <string>
#include <vector>

#include "explore/store/query.h"

namespace tridex::app {

/// The points of a query for people: a table, and how many of the rows they are. Where the query names no
/// columns, the usual ones and the axes that change, as many as a line of 100 characters has room for, and
/// below what is the same in all rows; a hash is cut to what tells it from the others. The rows are a
/// store's, ordered by hash.
std::string query_text(const std::vector<explore::PointRow>& rows, const explore::Query& query);

}  // namespace tridex::app
