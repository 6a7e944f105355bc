#include "explore/store/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/names.h"
#include "explore/store/csv_line.h"
#include "explore/store/pareto.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

constexpr const char* kSpaces = " \t";

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(kSpaces);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// A whole number exactly (signed or not), any other as floating point; null where the text is no finite
/// number.
json number_of_text(const std::string& text) {
  const auto read = [&](auto value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() &&
                   std::isfinite(static_cast<double>(value))
               ? json(value)
               : json();
  };
  json value = read(int64_t{});
  value = value.is_null() ? read(uint64_t{}) : value;
  return value.is_null() ? read(double{}) : value;
}

const QueryColumn& column_named(const std::vector<QueryColumn>& columns, const std::string& name,
                                const std::string& option) {
  std::vector<std::string> names;
  for (const auto& column : columns) {
    if (column.name == name) {
      return column;
    }
    names.push_back(column.name);
  }
  fail("{}: unknown column '{}'{} (known: {})", option, name, did_you_mean(name, names), join(names));
}

enum class Relation { kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kUnequal };

/// Longer ones first: "<=" begins with "<".
constexpr std::pair<const char*, Relation> kRelations[] = {
    {"<=", Relation::kLessEqual}, {">=", Relation::kGreaterEqual}, {"!=", Relation::kUnequal},
    {"==", Relation::kEqual},     {"<", Relation::kLess},          {">", Relation::kGreater},
    {"=", Relation::kEqual}};

struct Filter {
  const QueryColumn* column = nullptr;
  Relation relation = Relation::kEqual;
  std::string text;  ///< the value as it was written
  json number;       ///< the value; null where it is no number
};

/// As the library's <, which takes whole numbers beyond int64_t for negative ones.
bool less(const json& a, const json& b) {
  const auto huge = [](const json& value) {
    return value.is_number_unsigned() &&
           value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()};
  };
  if (a.is_number_integer() && b.is_number_integer() && (huge(a) || huge(b))) {
    return huge(a) && huge(b) ? a.get<uint64_t>() < b.get<uint64_t>() : huge(b);
  }
  return a < b;
}

bool related(const json& a, Relation relation, const json& b) {
  switch (relation) {
    case Relation::kLess:
      return less(a, b);
    case Relation::kLessEqual:
      return !less(b, a);
    case Relation::kGreater:
      return less(b, a);
    case Relation::kGreaterEqual:
      return !less(a, b);
    case Relation::kEqual:
      return a == b;
    default:
      return a != b;
  }
}

Filter read_filter(const std::string& text, const std::vector<QueryColumn>& columns) {
  const std::string option = fmt::format("--where \"{}\"", text);
  const size_t at = text.find_first_of("<>=!");
  const auto* found = std::find_if(std::begin(kRelations), std::end(kRelations), [&](const auto& relation) {
    return at != std::string::npos &&
           text.compare(at, std::string(relation.first).size(), relation.first) == 0;
  });
  if (found == std::end(kRelations)) {
    fail("{}: expected a column, one of < <= > >= = != and a value, such as \"dsp < 1000\"", option);
  }
  Filter filter;
  filter.column = &column_named(columns, trimmed(text.substr(0, at)), option);
  filter.relation = found->second;
  filter.text = trimmed(text.substr(at + std::string(found->first).size()));
  filter.number = number_of_text(filter.text);
  const bool equality = filter.relation == Relation::kEqual || filter.relation == Relation::kUnequal;
  if (filter.number.is_null() && !(equality && (filter.text.empty() || !filter.column->number))) {
    fail("{}: '{}' is not a number{}", option, filter.text,
         filter.column->number ? "" : "; texts can be compared with = and != alone");
  }
  return filter;
}

bool holds(const Filter& filter, const PointRow& row) {
  const json value = filter.column->value(row);
  if (filter.text.empty()) {
    const bool empty = value.is_null() || value == "";
    return empty == (filter.relation == Relation::kEqual);
  }
  if (value.is_number() && !filter.number.is_null()) {
    return related(value, filter.relation, filter.number);
  }
  if (filter.column->name == "hash") {  // as tables show it, cut
    return row.hash.starts_with(filter.text) == (filter.relation == Relation::kEqual);
  }
  if (filter.relation == Relation::kEqual || filter.relation == Relation::kUnequal) {
    // A number and a word are unequal.
    return !value.is_null() && related(csv_field(value), filter.relation, filter.text);
  }
  return false;
}

/// A column, and by which sign its values are to be large.
struct Direction {
  const QueryColumn* column = nullptr;
  int sign = 0;
};

/// "copies:min": the column and the direction, "" where it says none.
std::pair<std::string, std::string> split_direction(const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string way = colon == std::string::npos ? "" : text.substr(colon + 1);
  return way == "min" || way == "max" ? std::pair(trimmed(text.substr(0, colon)), way)
                                      : std::pair(trimmed(text), std::string());
}

Direction read_direction(const std::string& text, const std::vector<QueryColumn>& columns,
                         const std::string& option) {
  const auto [name, way] = split_direction(text);
  Direction direction;
  direction.column = &column_named(columns, name, option);
  direction.sign = !way.empty() ? (way == "max" ? 1 : -1) : direction.column->better;
  return direction;
}

void keep_front(std::vector<const PointRow*>& rows, const std::vector<std::string>& front,
                const std::vector<QueryColumn>& columns) {
  std::vector<Direction> axes;
  for (const auto& text : front) {
    axes.push_back(read_direction(text, columns, "--front " + join(front, ",")));
    if (axes.back().sign == 0) {
      fail("--front {}: say which way '{}' is better, {}:min or {}:max", join(front, ","), text, text, text);
    }
  }
  std::vector<const PointRow*> complete;
  std::vector<std::vector<double>> points;
  for (const PointRow* row : rows) {
    std::vector<double> point;
    for (const auto& axis : axes) {
      const json value = axis.column->value(*row);
      if (!value.is_number()) {
        break;
      }
      point.push_back(axis.sign * value.get<double>());
    }
    if (point.size() == axes.size()) {
      complete.push_back(row);
      points.push_back(std::move(point));
    }
  }
  rows.clear();
  for (const size_t index : pareto_front(points)) {
    rows.push_back(complete[index]);
  }
}

void sort_rows(std::vector<const PointRow*>& rows, const Direction& by) {
  std::vector<std::pair<json, const PointRow*>> keyed;
  for (const PointRow* row : rows) {
    keyed.emplace_back(by.column->value(*row), row);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    if (a.first.is_null() || b.first.is_null()) {
      return !a.first.is_null() && b.first.is_null();
    }
    return by.sign > 0 ? less(b.first, a.first) : less(a.first, b.first);  // numbers stand before texts
  });
  std::transform(keyed.begin(), keyed.end(), rows.begin(), [](const auto& one) { return one.second; });
}

}  // namespace

std::vector<std::string> front_columns(const Query& query) {
  std::vector<std::string> names;
  for (const auto& text : query.front) {
    names.push_back(split_direction(text).first);
  }
  return names;
}

QueryResult query(const std::vector<PointRow>& rows, const Query& query) {
  const std::vector<QueryColumn> columns = query_columns(rows);
  std::vector<const QueryColumn*> shown;
  for (const auto& name : query.columns) {
    shown.push_back(&column_named(columns, name, "--columns"));
  }
  for (const auto& column : columns) {
    if (query.columns.empty()) {
      shown.push_back(&column);
    }
  }
  std::vector<Filter> filters;
  for (const auto& text : query.where) {
    filters.push_back(read_filter(text, columns));
  }
  QueryResult result;
  for (const auto& row : rows) {
    if (std::all_of(filters.begin(), filters.end(), [&](const Filter& f) { return holds(f, row); })) {
      result.rows.push_back(&row);
    }
  }
  if (!query.front.empty()) {
    keep_front(result.rows, query.front, columns);
  }
  if (!query.sort.empty()) {
    sort_rows(result.rows, read_direction(query.sort, columns, "--sort " + query.sort));
  }
  if (query.limit > 0 && result.rows.size() > query.limit) {
    result.rows.resize(query.limit);
  }
  for (const auto* column : shown) {
    result.columns.push_back(column->name);
  }
  for (const PointRow* row : result.rows) {
    std::vector<json>& cells = result.cells.emplace_back();
    std::transform(shown.begin(), shown.end(), std::back_inserter(cells),
                   [&](const QueryColumn* column) { return column->value(*row); });
  }
  return result;
}

std::string to_csv(const QueryResult& result) {
  std::string out;
  append_csv_line(out, result.columns);
  for (const auto& cells : result.cells) {
    std::vector<std::string> fields;
    std::transform(cells.begin(), cells.end(), std::back_inserter(fields), csv_field);
    append_csv_line(out, fields);
  }
  return out;
}

json to_json(const QueryResult& result) {
  json list = json::array();
  for (const auto& cells : result.cells) {
    json row = json::object();
    for (size_t i = 0; i < cells.size(); ++i) {
      row[result.columns[i]] = cells[i];
    }
    list.push_back(std::move(row));
  }
  return list;
}

}  // namespace tridex::explore
