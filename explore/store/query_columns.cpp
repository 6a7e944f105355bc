#include <memory>
#include <set>

#include "explore/store/objectives.h"
#include "explore/store/query.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// Beside objectives(): of the first ones more is wanted, of the second ones it depends. Of all other numbers
/// of a result, less.
const std::set<std::string> kLarger{"gops", "utilization", "fits"};
const std::set<std::string> kEither{"macs", "dram_row_hits", "accuracy_images", "frames", "seed"};

int better_of(const std::string& name) {
  for (const Objective& objective : objectives()) {
    if (objective.name == name) {
      return objective.larger_is_better ? 1 : -1;
    }
  }
  return kLarger.count(name) > 0 ? 1 : kEither.count(name) > 0 ? 0 : -1;
}

QueryColumn text_column(const char* name, std::string PointRow::*field) {
  return {name, false, 0, [field](const PointRow& row) { return json(row.*field); }};
}

QueryColumn number_column(const char* name, std::function<json(const PointRow&)> value) {
  return {name, true, better_of(name), std::move(value)};
}

json of_accuracy(const PointRow& row, const std::function<json(const Accuracy&)>& value) {
  return row.accuracy ? value(*row.accuracy) : json();
}

/// number_columns(); truth values are 1 and 0, as in points.csv.
std::vector<QueryColumn> result_columns() {
  // All numbers of a row are found together, and a query asks for those of one row after those of another.
  struct Last {
    const PointRow* row = nullptr;
    std::vector<json> numbers;
  };
  const auto last = std::make_shared<Last>();
  std::vector<QueryColumn> columns;
  for (size_t i = 0; i < number_columns().size(); ++i) {
    columns.push_back(number_column(number_columns()[i].name, [last, i](const PointRow& row) {
      if (last->row != &row) {
        *last = {&row, numbers_in(row)};
      }
      const json& value = last->numbers[i];
      return value.is_boolean() ? json(value.get<bool>() ? 1 : 0) : value;
    }));
  }
  return columns;
}

/// A setting is a text in the store; what reads as a number is one.
json setting_of(const PointRow& row, const std::string& key) {
  const auto found = row.settings.find(key);
  if (found == row.settings.end()) {
    return nullptr;
  }
  const json value = json::parse(found->second, nullptr, false);
  return value.is_number() ? value : json(found->second);
}

}  // namespace

std::vector<QueryColumn> query_columns(const std::vector<PointRow>& rows) {
  std::vector<QueryColumn> columns{
      text_column("hash", &PointRow::hash), text_column("sweep", &PointRow::sweep),
      text_column("model", &PointRow::model), text_column("recipe", &PointRow::recipe)};
  const size_t axes_at = columns.size();
  columns.push_back(text_column("status", &PointRow::status));
  columns.push_back(text_column("reason", &PointRow::reason));
  for (auto& column : result_columns()) {
    columns.push_back(std::move(column));
  }
  columns.push_back(number_column("traffic_mb", [](const PointRow& row) {
    const auto traffic = figure_of("traffic_mb", row);
    return traffic ? json(*traffic) : json();
  }));
  columns.push_back({"accuracy_metric", false, 0, [](const PointRow& row) {
                       return of_accuracy(row, [](const Accuracy& a) { return json(a.metric); });
                     }});
  columns.push_back(number_column("accuracy", [](const PointRow& row) {
    return of_accuracy(row, [](const Accuracy& a) { return json(a.value); });
  }));
  columns.push_back(number_column("accuracy_images", [](const PointRow& row) {
    return of_accuracy(row, [](const Accuracy& a) { return json(a.images); });
  }));
  columns.push_back(text_column("accuracy_note", &PointRow::accuracy_note));
  columns.push_back(text_column("fidelity", &PointRow::fidelity));
  columns.push_back(number_column("frames", [](const PointRow& row) { return json(row.frames); }));
  columns.push_back(number_column("seed", [](const PointRow& row) { return json(row.seed); }));
  columns.push_back(text_column("network_hash", &PointRow::network_hash));
  columns.push_back(text_column("dataset_key", &PointRow::dataset_key));
  columns.push_back(text_column("tool_version", &PointRow::tool_version));
  columns.push_back(text_column("design", &PointRow::design));
  columns.push_back(text_column("log", &PointRow::log));
  columns.push_back(text_column("host", &PointRow::host));
  columns.push_back(text_column("time", &PointRow::time));
  columns.push_back(number_column("seconds", [](const PointRow& row) { return json(row.seconds); }));

  std::set<std::string> taken;
  for (const auto& column : columns) {
    taken.insert(column.name);
  }
  std::vector<QueryColumn> axes;
  for (const auto& row : rows) {
    for (const auto& [key, value] : row.settings) {
      if (taken.insert(key).second) {
        axes.push_back({key, false, 0, [key](const PointRow& r) { return setting_of(r, key); }});
      }
    }
  }
  columns.insert(columns.begin() + static_cast<std::ptrdiff_t>(axes_at), axes.begin(), axes.end());
  return columns;
}

}  // namespace tridex::explore
