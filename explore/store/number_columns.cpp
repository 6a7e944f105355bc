#include <algorithm>

#include "explore/store/store.h"

namespace tridex::explore {

const std::vector<NumberColumn>& number_columns() {
  static const std::vector<NumberColumn> columns{
      {"cycles", "/cycles"},
      {"latency_ms", "/latency_ms"},
      {"fps", "/fps"},
      {"gops", "/gops"},
      {"utilization", "/utilization"},
      {"macs", "/macs"},
      {"dsp", "/cost/dsp"},
      {"bram36", "/cost/bram36"},
      {"uram", "/cost/uram"},
      {"lut", "/cost/lut"},
      {"ff", "/cost/ff"},
      {"fits", "/cost/fits"},
      {"energy_mj", "/energy_mj", NumberColumn::kModelled},
      {"power_w", "/power_w", NumberColumn::kModelled},
      {"dram_read_bytes", "/dram/read_bytes", NumberColumn::kAFrame},
      {"dram_write_bytes", "/dram/write_bytes", NumberColumn::kAFrame},
      {"dram_row_hits", "/dram/row_hits", NumberColumn::kAFrame},
      {"dram_row_misses", "/dram/row_misses", NumberColumn::kAFrame},
      {"dram_refreshes", "/dram/refreshes", NumberColumn::kAFrame},
      {"stall_blocked", "blocked", NumberColumn::kStall},
      {"stall_queue", "queue", NumberColumn::kStall},
      {"stall_latency", "latency", NumberColumn::kStall},
      {"stall_port", "port", NumberColumn::kStall},
      {"stall_bandwidth", "bandwidth", NumberColumn::kStall},
      {"stall_turnaround", "turnaround", NumberColumn::kStall},
      {"stall_row_miss", "row_miss", NumberColumn::kStall},
      {"stall_refresh", "refresh", NumberColumn::kStall},
      {"stall_buffer_port", "buffer_port", NumberColumn::kStall},
      {"stall_dependency", "dependency", NumberColumn::kStall},
      {"stall_fill", "fill", NumberColumn::kStall},
      {"stall_controller", "controller", NumberColumn::kStall},
      {"stall_bank_conflict", "bank_conflict", NumberColumn::kStall},
  };
  return columns;
}

arch::Stalls stall_reasons(const nlohmann::json& item) {
  const bool divided = item.is_object() && item.contains("stall_parts");
  arch::Stalls reasons;
  if (!divided && (!item.is_object() || !item.contains("stalls"))) {
    return reasons;
  }
  for (const auto& [name, cycles] : item.at(divided ? "stall_parts" : "stalls").items()) {
    reasons[name.substr(name.find('.') + 1)] += cycles.get<int64_t>();  // all of it where there is no dot
  }
  return reasons;
}

namespace {

/// Of a column that is not of stalls.
nlohmann::json number_in(const nlohmann::json& result, const NumberColumn& column) {
  const nlohmann::json::json_pointer pointer(column.pointer);
  nlohmann::json value = result.contains(pointer) ? result.at(pointer) : nlohmann::json();
  if (!value.is_number()) {
    return value;
  }
  if (column.kind == NumberColumn::kModelled && value.get<double>() == 0) {
    return nullptr;
  }
  if (column.kind == NumberColumn::kAFrame) {
    // An analytic result is of one frame whatever the sweep says, so the result's own count is taken.
    return value.get<int64_t>() / std::max<int64_t>(result.value("frames", int64_t{1}), 1);
  }
  return value;
}

}  // namespace

std::vector<nlohmann::json> numbers_in(const PointRow& row) {
  const arch::Stalls reasons = stall_reasons(row.result);
  // A reason that a run has not met took no cycle; results without parts, and bounds, know of none.
  const bool complete = row.result.contains("stall_parts") && !row.result["stall_parts"].empty();
  std::vector<nlohmann::json> numbers;
  numbers.reserve(number_columns().size());
  for (const NumberColumn& column : number_columns()) {
    if (column.kind != NumberColumn::kStall) {
      numbers.push_back(number_in(row.result, column));
    } else if (const auto found = reasons.find(column.pointer); found != reasons.end()) {
      numbers.emplace_back(found->second);
    } else {
      numbers.push_back(complete ? nlohmann::json(0) : nlohmann::json());
    }
  }
  return numbers;
}

}  // namespace tridex::explore
