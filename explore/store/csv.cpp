#include <set>

#include "explore/store/csv_line.h"
#include "explore/store/store.h"

namespace tridex::explore {

std::string points_csv(const std::vector<PointRow>& rows) {
  std::set<std::string> keys, stalls;
  for (const auto& row : rows) {
    for (const auto& [key, value] : row.settings) {
      keys.insert(key);
    }
    if (row.result.contains("stalls")) {
      for (const auto& [cause, cycles] : row.result["stalls"].items()) {
        stalls.insert(cause);
      }
    }
  }
  for (const auto& column : number_columns()) {  // causes without parts, which are reasons, too
    if (column.kind == NumberColumn::kStall) {
      stalls.erase(column.pointer);
    }
  }

  std::vector<std::string> header{"hash", "sweep", "model", "recipe"};
  header.insert(header.end(), keys.begin(), keys.end());
  header.insert(header.end(), {"status", "reason"});
  for (const auto& column : number_columns()) {
    header.emplace_back(column.name);
  }
  for (const auto& cause : stalls) {
    header.push_back("stall_" + cause);
  }
  header.insert(header.end(), {"accuracy_metric", "accuracy", "accuracy_images", "accuracy_note", "fidelity",
                               "frames", "seed", "network_hash", "tool_version", "host", "time", "seconds"});
  std::string out;
  append_csv_line(out, header);
  for (const auto& row : rows) {
    std::vector<std::string> fields{row.hash, row.sweep, row.model, row.recipe};
    for (const auto& key : keys) {
      const auto found = row.settings.find(key);
      fields.push_back(found == row.settings.end() ? "" : found->second);
    }
    fields.insert(fields.end(), {row.status, row.reason});
    for (const auto& one : numbers_in(row)) {
      fields.push_back(csv_field(one));
    }
    for (const auto& cause : stalls) {
      fields.push_back(row.result.is_null() ? "" : csv_field(row.result["stalls"].value(cause, 0)));
    }
    const auto& accuracy = row.accuracy;
    fields.insert(fields.end(), {accuracy ? accuracy->metric : "", accuracy ? csv_field(accuracy->value) : "",
                                 accuracy ? csv_field(accuracy->images) : "", row.accuracy_note, row.fidelity,
                                 csv_field(row.frames), csv_field(row.seed), row.network_hash,
                                 row.tool_version, row.host, row.time, csv_field(row.seconds)});
    append_csv_line(out, fields);
  }
  return out;
}

}  // namespace tridex::explore
