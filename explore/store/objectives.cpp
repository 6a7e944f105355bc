#include "explore/store/objectives.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::explore {

namespace {

std::optional<double> figure_among(const std::vector<nlohmann::json>& numbers, const std::string& name,
                                   const PointRow& row) {
  if (name == "accuracy") {
    return row.accuracy ? std::optional(row.accuracy->value) : std::nullopt;
  }
  if (name == "traffic_mb") {
    const auto read = figure_among(numbers, "dram_read_bytes", row);
    const auto written = figure_among(numbers, "dram_write_bytes", row);
    return read && written ? std::optional((*read + *written) / 1e6) : std::nullopt;
  }
  const auto& columns = number_columns();
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const auto& one) { return one.name == name; });
  if (found == columns.end()) {
    throw std::logic_error("no figure " + name);
  }
  const nlohmann::json& value = numbers[static_cast<size_t>(found - columns.begin())];
  if (value.is_boolean()) {
    return value.get<bool>() ? 1 : 0;
  }
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

}  // namespace

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> all{
      {"fps", "Throughput", "frames/s", true},    {"latency_ms", "Latency", "ms", false},
      {"accuracy", "Accuracy", "%", true},        {"dsp", "DSP slices", "", false},
      {"bram36", "Block RAM (36 Kb)", "", false}, {"energy_mj", "Energy a frame", "mJ", false},
      {"power_w", "Power", "W", false},           {"traffic_mb", "DRAM traffic a frame", "MB", false},
  };
  return all;
}

std::optional<double> figure_of(const std::string& name, const PointRow& row) {
  return figure_among(numbers_in(row), name, row);
}

std::vector<std::optional<double>> objectives_of(const PointRow& row) {
  const std::vector<nlohmann::json> numbers = numbers_in(row);
  std::vector<std::optional<double>> values;
  for (const Objective& objective : objectives()) {
    values.push_back(figure_among(numbers, objective.name, row));
  }
  return values;
}

}  // namespace tridex::explore
