#include "app/query_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/accuracy_remark.h"
#include "app/console.h"
#include "app/key_columns.h"
#include "base/names.h"

namespace tridex::app {
namespace {

using explore::PointRow;

constexpr size_t kLongestCell = 40;  // of a table whose columns nobody chose
constexpr size_t kShortestHash = 8;

// Where no columns are named. Those in front have room before those behind; axes come between the two.
const std::vector<std::string> kBeforeAxes{"fps", "dsp", "accuracy"};
const std::vector<std::string> kBehindAxes{"model",      "recipe",    "status", "reason",
                                           "latency_ms", "energy_mj", "bram36", "uram"};
/// Of these and of the columns of --front all are shown, of others those that differ.
const std::set<std::string> kAlways{"hash", "fps", "dsp"};

std::string cell_text(const nlohmann::json& value) {
  if (value.is_number_float()) {
    return fmt::format("{:.6g}", value.get<double>());
  }
  std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

struct UsualColumns {
  std::vector<std::string> names;  ///< that differ, the most important ones first
  std::vector<std::string> same;   ///< "NAME=VALUE" of those that do not
};

/// `front`: the columns that span it.
UsualColumns usual_columns(const std::vector<const PointRow*>& rows,
                           const std::vector<explore::QueryColumn>& columns,
                           const std::vector<std::string>& front) {
  std::set<std::string> axes;
  for (const PointRow* row : rows) {
    for (const auto& [key, value] : row->settings) {
      axes.insert(key);
    }
  }
  UsualColumns usual{{"hash"}, {}};
  const auto add = [&](const auto& names) {
    for (const auto& name : names) {
      if (std::find(usual.names.begin(), usual.names.end(), name) == usual.names.end()) {
        usual.names.push_back(name);
      }
    }
  };
  add(front);
  add(kBeforeAxes);
  add(axes);
  add(kBehindAxes);
  std::set<std::string> always = kAlways;
  always.insert(front.begin(), front.end());
  const auto telling = KeyColumns::telling(rows);
  for (const auto& group : telling.groups()) {
    always.insert(group.begin(), group.end());
  }
  std::erase_if(usual.names, [&](const std::string& name) {
    const auto column =
        std::find_if(columns.begin(), columns.end(), [&](const auto& one) { return one.name == name; });
    const bool same =
        always.count(name) == 0 && std::all_of(rows.begin(), rows.end(), [&](const PointRow* row) {
          return column->value(*row) == column->value(*rows.front());
        });
    const std::string value = same && !rows.empty() ? cell_text(column->value(*rows.front())) : "";
    if (!value.empty()) {
      usual.same.push_back(name + "=" + value);
    }
    return same;
  });
  return usual;
}

/// How many characters of a hash tell it from all others.
size_t hash_length(const std::vector<PointRow>& rows) {
  size_t length = kShortestHash;
  for (size_t i = 1; i < rows.size(); ++i) {
    const auto& one = rows[i - 1].hash;
    const auto& next = rows[i].hash;
    const auto differs = std::mismatch(one.begin(), one.end(), next.begin(), next.end());
    length = std::max(length, static_cast<size_t>(differs.first - one.begin()) + 1);
  }
  return length;
}

struct Column {
  std::string name;
  std::vector<std::string> keys;  ///< the columns of the query that it has, one or several
  bool numbers = true;
  std::vector<std::string> cells;

  [[nodiscard]] size_t width() const {
    size_t most = name.size();
    for (const auto& cell : cells) {
      most = std::max(most, cell.size());
    }
    return most;
  }
};

std::vector<Column> columns_of(const explore::QueryResult& result) {
  std::vector<Column> columns;
  for (size_t i = 0; i < result.columns.size(); ++i) {
    Column& column = columns.emplace_back();
    column.name = result.columns[i];
    column.keys = {column.name};
    for (const auto& cells : result.cells) {
      column.numbers = column.numbers && (cells[i].is_number() || cells[i].is_null());
      column.cells.push_back(cell_text(cells[i]));
    }
  }
  return columns;
}

void shorten(std::vector<Column>& columns, size_t hash_length) {
  for (Column& column : columns) {
    for (auto& cell : column.cells) {
      if (column.name == "hash") {
        cell = cell.substr(0, hash_length);
      } else if (cell.size() > kLongestCell) {  // a reason ends with what is wrong, behind a file's name
        cell = "..." + cell.substr(cell.size() - kLongestCell + 3);
      }
    }
  }
}

/// Makes one of those that KeyColumns puts into one.
void join_keys(std::vector<Column>& columns) {
  std::vector<std::string> names;
  std::transform(columns.begin(), columns.end(), std::back_inserter(names),
                 [](const Column& column) { return column.keys[0]; });
  std::vector<Column> joined;
  const KeyColumns keys(names);
  for (const auto& group : keys.groups()) {
    std::vector<const Column*> its;
    for (const auto& name : group) {
      its.push_back(&*std::find_if(columns.begin(), columns.end(),
                                   [&](const Column& column) { return column.keys[0] == name; }));
    }
    Column column = *its[0];
    column.name = KeyColumns::header(group);
    column.keys = group;
    column.numbers = column.numbers && its.size() == 1;
    for (size_t i = 0; i < column.cells.size() && its.size() > 1; ++i) {
      std::map<std::string, std::string> values;
      for (const Column* one : its) {
        values[one->name] = one->cells[i];
      }
      column.cells[i] = KeyColumns(group).cells(values)[0];
    }
    joined.push_back(std::move(column));
  }
  columns = std::move(joined);
}

std::string legend_of(const std::vector<Column>& columns) {
  std::string text;
  for (const Column& column : columns) {
    text += KeyColumns(column.keys).legend();
  }
  return text;
}

/// Takes columns that a line has no room for away, and returns their names. The first ones go first.
std::vector<std::string> take_what_is_too_wide(std::vector<Column>& columns) {
  size_t used = 0;
  std::vector<std::string> left_out;
  std::erase_if(columns, [&](const Column& column) {
    const size_t more = column.width() + (used == 0 ? 0 : Table::kGap);
    if (used + more > kLineWidth) {
      left_out.insert(left_out.end(), column.keys.begin(), column.keys.end());
      return true;
    }
    used += more;
    return false;
  });
  return left_out;
}

/// As an export has them: what a point is before what came of it.
void put_in_order(std::vector<Column>& columns, const std::vector<explore::QueryColumn>& order) {
  const auto place = [&](const Column& column) {
    return std::find_if(order.begin(), order.end(),
                        [&](const auto& one) { return one.name == column.keys[0]; });
  };
  std::sort(columns.begin(), columns.end(),
            [&](const Column& a, const Column& b) { return place(a) < place(b); });
}

std::string table_text(const std::vector<Column>& columns, size_t rows) {
  std::vector<std::string> header;
  for (const Column& column : columns) {
    header.push_back((column.numbers ? ">" : "") + column.name);
  }
  Table table(header);
  for (size_t i = 0; i < rows; ++i) {
    std::vector<std::string> cells;
    std::transform(columns.begin(), columns.end(), std::back_inserter(cells),
                   [&](const Column& column) { return column.cells[i]; });
    table.row(cells);
  }
  return table.text();
}

}  // namespace

std::string query_text(const std::vector<PointRow>& rows, const explore::Query& query) {
  explore::Query shown = query;
  std::vector<std::string> same;
  const std::vector<explore::QueryColumn> known = explore::query_columns(rows);
  if (query.columns.empty()) {
    shown.columns = {"hash"};
    UsualColumns usual =
        usual_columns(explore::query(rows, shown).rows, known, explore::front_columns(query));
    shown.columns = std::move(usual.names);
    same = std::move(usual.same);
  }
  const explore::QueryResult result = explore::query(rows, shown);
  std::vector<Column> columns = columns_of(result);
  std::vector<std::string> left_out;
  std::string legend;
  if (query.columns.empty()) {
    shorten(columns, hash_length(rows));
    join_keys(columns);
    left_out = take_what_is_too_wide(columns);
    put_in_order(columns, known);
    legend = legend_of(columns);
  }
  std::string text = table_text(columns, result.rows.size()) + legend;
  text += fmt::format("{} of {} points\n", result.rows.size(), rows.size());
  if (!left_out.empty()) {
    text += fmt::format("no room for: {} (--columns)\n", join(left_out));
  }
  if (!same.empty()) {
    text += fmt::format("the same in all rows: {}\n", join(same));
  }
  const auto& chosen = query.columns;
  const bool told = chosen.empty() || std::find(chosen.begin(), chosen.end(), "accuracy") != chosen.end();
  return text + (told ? accuracy_remark(result.rows) : "");
}

}  // namespace tridex::app
