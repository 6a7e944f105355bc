#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tridex::explore {

/// A number or truth value (1, 0) as a field of a CSV file, text as it is, null as an empty field. Floating
/// point in the fewest digits that read back as the same number.
std::string csv_field(const nlohmann::json& value);
/// Appends the fields as a line, quoted where they need it (RFC 4180, but a line ends in "\n" alone).
void append_csv_line(std::string& out, const std::vector<std::string>& fields);

}  // namespace tridex::explore
