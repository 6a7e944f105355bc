#include <fmt/format.h>

#include <set>

#include "explore/store/store.h"

namespace tridex::explore {
namespace {

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) {
    return field;
  }
  std::string text = "\"";
  for (const char c : field) {
    text += c == '"' ? "\"\"" : std::string(1, c);
  }
  return text + "\"";
}

std::string number(const nlohmann::json& value) {
  if (value.is_number_float()) {
    return fmt::format("{}", value.get<double>());
  }
  return value.is_null() ? "" : value.is_boolean() ? (value.get<bool>() ? "1" : "0") : value.dump();
}

void append(std::string& out, const std::vector<std::string>& fields) {
  const char* separator = "";
  for (const auto& field : fields) {
    out += separator;
    out += quoted(field);
    separator = ",";
  }
  out += '\n';
}

}  // namespace

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
  append(out, header);
  for (const auto& row : rows) {
    std::vector<std::string> fields{row.hash, row.sweep, row.model, row.recipe};
    for (const auto& key : keys) {
      const auto found = row.settings.find(key);
      fields.push_back(found == row.settings.end() ? "" : found->second);
    }
    fields.insert(fields.end(), {row.status, row.reason});
    for (const auto& one : numbers_in(row)) {
      fields.push_back(number(one));
    }
    for (const auto& cause : stalls) {
      fields.push_back(row.result.is_null() ? "" : number(row.result["stalls"].value(cause, 0)));
    }
    const auto& accuracy = row.accuracy;
    fields.insert(fields.end(), {accuracy ? accuracy->metric : "", accuracy ? number(accuracy->value) : "",
                                 accuracy ? number(accuracy->images) : "", row.accuracy_note, row.fidelity,
                                 number(row.frames), number(row.seed), row.network_hash, row.tool_version,
                                 row.host, row.time, number(row.seconds)});
    append(out, fields);
  }
  return out;
}

}  // namespace tridex::explore
