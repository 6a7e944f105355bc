#include "explore/search/search_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include "base/names.h"

namespace tridex::explore {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Above all costs of points: the largest figures are bytes and cycles, below 2^53.
constexpr double kInfeasible = 1e18;
/// More than any violation, which is relative.
constexpr double kFailed = 1e12;
/// Of bounds that are sums in double precision, as in the tests of arch/analytic.
constexpr double kRounding = 1e-9;

const std::map<std::string, std::string>& words() {
  static const std::map<std::string, std::string> all{{"throughput", "fps"},
                                                      {"latency", "latency_ms"},
                                                      {"energy", "energy_mj"},
                                                      {"bram", "bram36"},
                                                      {"traffic", "traffic_mb"}};
  return all;
}

enum class BoundKind { kExactly, kAtLeast, kAtMost, kRead, kWritten, kTraffic, kNothing };

BoundKind bound_kind(const std::string& name) {
  static const std::map<std::string, BoundKind> all{{"accuracy", BoundKind::kExactly},
                                                    {"macs", BoundKind::kExactly},
                                                    {"dsp", BoundKind::kExactly},
                                                    {"bram36", BoundKind::kExactly},
                                                    {"uram", BoundKind::kExactly},
                                                    {"lut", BoundKind::kExactly},
                                                    {"ff", BoundKind::kExactly},
                                                    {"fits", BoundKind::kExactly},
                                                    {"cycles", BoundKind::kAtLeast},
                                                    {"latency_ms", BoundKind::kAtLeast},
                                                    {"fps", BoundKind::kAtMost},
                                                    {"gops", BoundKind::kAtMost},
                                                    {"utilization", BoundKind::kAtMost},
                                                    {"dram_read_bytes", BoundKind::kRead},
                                                    {"dram_write_bytes", BoundKind::kWritten},
                                                    {"traffic_mb", BoundKind::kTraffic}};
  const auto found = all.find(name);
  return found == all.end() ? BoundKind::kNothing : found->second;
}

std::string without_spaces(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

std::string figure_in(const Yaml& yaml, const std::string& text) {
  std::vector<std::string> names{"accuracy", "traffic_mb"};
  for (const auto& column : number_columns()) {
    names.emplace_back(column.name);
  }
  for (const auto& [word, name] : words()) {
    if (word == text) {
      return name;
    }
    names.push_back(word);
  }
  if (std::find(names.begin(), names.end(), text) == names.end()) {
    yaml.fail(fmt::format("unknown figure '{}'{} (known: {})", text, did_you_mean(text, names), join(names)));
  }
  return text;
}

std::string figure_in(const Yaml& yaml) {
  return figure_in(yaml, yaml.text());
}

Interval interval_of(const std::string& name, const PointRow& bound, int frames) {
  const auto of = [&](const char* figure) { return figure_of(figure, bound).value_or(0); };
  // Columns of bytes are rounded down; all frames together read the weights and an image at least once.
  const auto read = [&] { return std::floor(of("dram_read_bytes") / frames); };
  switch (bound_kind(name)) {
    case BoundKind::kExactly: {
      const auto value = figure_of(name, bound);
      return value ? Interval{*value, *value} : Interval{-kInfinity, kInfinity};
    }
    case BoundKind::kAtLeast:
      return {of(name.c_str()) * (1 - kRounding), kInfinity};
    case BoundKind::kAtMost: {
      const double others = frames - 1;
      return {-kInfinity,
              of(name.c_str()) * (1 + kRounding) * (others > 0 ? others / (others - kFramesBeside) : 1)};
    }
    case BoundKind::kRead:
      return {read(), kInfinity};
    case BoundKind::kWritten:
      return {of("dram_write_bytes"), kInfinity};
    case BoundKind::kTraffic:
      return {(read() + of("dram_write_bytes")) / 1e6 * (1 - kRounding), kInfinity};
    case BoundKind::kNothing:
      return {-kInfinity, kInfinity};
  }
  throw std::logic_error("bound_kind");
}

bool has_interval(const std::string& name) {
  return bound_kind(name) != BoundKind::kNothing;
}

double SearchConstraint::violation(double value) const {
  return std::max(0.0, at_most ? value - limit : limit - value) / std::max(1.0, std::abs(limit));
}

SearchConstraint constraint_in(const Yaml& yaml) {
  const std::string text = yaml.text();
  if (without_spaces(text) == "fits") {
    return {"fits", false, 1};
  }
  const size_t at = std::min(text.find("<="), text.find(">="));
  if (at != std::string::npos) {
    const std::string number = without_spaces(text.substr(at + 2));
    SearchConstraint result{figure_in(yaml, without_spaces(text.substr(0, at))), text[at] == '<', 0};
    const char* end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, result.limit);
    if (read.ec == std::errc() && read.ptr == end && std::isfinite(result.limit)) {
      return result;
    }
  }
  yaml.fail("expected 'fits' or a figure, <= or >=, and a number, for example dsp <= 1700");
}

std::vector<double> costs_of(const std::vector<SearchObjective>& objectives,
                             const std::vector<double>& values, double violation) {
  if (violation > 0) {
    return std::vector<double>(objectives.size(), kInfeasible * (1 + violation));
  }
  std::vector<double> costs(values);
  for (size_t i = 0; i < costs.size(); ++i) {
    costs[i] = objectives[i].maximize ? -costs[i] : costs[i];
  }
  return costs;
}

std::vector<double> costs_of_failure(size_t objectives) {
  return std::vector<double>(objectives, kInfeasible * kFailed);
}

bool are_feasible(const std::vector<double>& costs) {
  return costs[0] < kInfeasible;
}

}  // namespace tridex::explore
