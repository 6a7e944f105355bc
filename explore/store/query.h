#pragma once
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::explore {

/// A column of a store as a query sees it. `value` gives a number, a text, or null where a row has none.
struct QueryColumn {
  std::string name;
  bool number = false;  ///< every value is a number; those of axes may be either
  /// Of two values which one is wanted: +1 the larger (fps), -1 the smaller (dsp), 0 neither (copies).
  int better = 0;
  std::function<nlohmann::json(const PointRow&)> value;
};
/// Those of the rows, keys of axes among them, in the order of an export. A key of an axis that has the name
/// of another column is left out.
std::vector<QueryColumn> query_columns(const std::vector<PointRow>& rows);

/// What is asked of the rows of a store, as texts of a command line.
struct Query {
  /// "dsp < 1000": a column, one of < <= > >= = !=, and a value; every one must hold. What a row lacks is
  /// neither smaller, larger, equal nor unequal. No value after = or != asks whether the column is empty. The
  /// beginning of a hash stands for all that begin so.
  std::vector<std::string> where;
  /// "fps", "copies:min", "copies:max": columns that span a Pareto front. Kept are the points of the others'
  /// front that `where` leaves, and that have a number in all of them.
  std::vector<std::string> front;
  /// Likewise one column, the best row first; the smallest first where neither way is better. Rows without a
  /// value come last; ties keep the order of their hashes. Empty: the order of the hashes, of a front that of
  /// its first column.
  std::string sort;
  size_t limit = 0;                  ///< at most so many rows; 0: all
  std::vector<std::string> columns;  ///< of the result, in this order; empty: all
};

/// The names of the columns in `front`.
std::vector<std::string> front_columns(const Query& query);

struct QueryResult {
  std::vector<std::string> columns;
  std::vector<const PointRow*> rows;
  std::vector<std::vector<nlohmann::json>> cells;  ///< rows x columns
};

/// The rows must outlive the result. Errors: an unknown column, with the nearest known one; a filter,
/// direction or number that cannot be read.
QueryResult query(const std::vector<PointRow>& rows, const Query& query);

/// A header and a line a row.
std::string to_csv(const QueryResult& result);
/// A list of objects, column -> value.
nlohmann::json to_json(const QueryResult& result);

}  // namespace tridex::explore
