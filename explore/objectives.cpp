#include "explore/objectives.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::explore {

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> all{
      {"fps", "Throughput", "frames/s", true},    {"latency_ms", "Latency", "ms", false},
      {"accuracy", "Accuracy", "%", true},        {"dsp", "DSP slices", "", false},
      {"bram36", "Block RAM (36 Kb)", "", false}, {"energy_mj", "Energy a frame", "mJ", false},
      {"power_w", "Power", "W", false},           {"traffic_mb", "DRAM traffic a frame", "MB", false},
  };
  return all;
}

std::vector<std::optional<double>> objectives_of(const PointRow& row) {
  const std::vector<nlohmann::json> numbers = numbers_in(row);
  const auto number = [&](const std::string& column) -> std::optional<double> {
    const auto& columns = number_columns();
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const NumberColumn& one) { return one.name == column; });
    if (found == columns.end()) {
      throw std::logic_error("no column of an objective: " + column);
    }
    const auto& value = numbers[static_cast<size_t>(found - columns.begin())];
    return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
  };
  std::vector<std::optional<double>> values;
  for (const Objective& objective : objectives()) {
    const std::string name = objective.name;
    if (name == "accuracy") {
      values.push_back(row.accuracy ? std::optional(row.accuracy->value) : std::nullopt);
    } else if (name == "traffic_mb") {
      const auto read = number("dram_read_bytes"), written = number("dram_write_bytes");
      values.push_back(read && written ? std::optional((*read + *written) / 1e6) : std::nullopt);
    } else {
      values.push_back(number(name));
    }
  }
  return values;
}

}  // namespace tridex::explore
