#include "explore/store/csv_line.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

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

}  // namespace

std::string csv_field(const nlohmann::json& value) {
  if (value.is_number_float()) {
    return fmt::format("{}", value.get<double>());
  }
  if (value.is_string()) {
    return value.get<std::string>();
  }
  return value.is_null() ? "" : value.is_boolean() ? (value.get<bool>() ? "1" : "0") : value.dump();
}

void append_csv_line(std::string& out, const std::vector<std::string>& fields) {
  const char* separator = "";
  for (const auto& field : fields) {
    out += separator;
    out += quoted(field);
    separator = ",";
  }
  out += '\n';
}

}  // namespace tridex::explore
