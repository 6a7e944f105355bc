#include "explore/sweep/axis_values.h"

#include <fmt/format.h>

#include <cmath>

namespace tridex::explore {
namespace {

constexpr int64_t kMostValues = 1'000'000;
constexpr double kLargestEnd = 0x1p53;  // of whole numbers in doubles
/// What a step of 0.1 misses the end by is noise of doubles, not the reader's.
constexpr double kNoise = 1e-9;

bool is_whole(const Yaml& number) {
  return number.text().find_first_of(".eE") == std::string::npos;
}

/// Whole where the reader's numbers are; else without the noise in the last digits of a double.
std::string number_text(double value, bool whole) {
  return whole ? fmt::format("{}", static_cast<int64_t>(std::llround(value))) : fmt::format("{:.12g}", value);
}

std::vector<std::string> stepped(const Yaml& yaml, double from, double to, bool whole) {
  double step = 1;
  if (const auto given = yaml.find("step")) {
    step = given->real(0, kLargestEnd);
    if (step == 0) {
      given->fail("expected a step above 0");
    }
    whole = whole && is_whole(*given);
  }
  const double count = std::floor((to - from) / step + kNoise) + 1;
  if (count > static_cast<double>(kMostValues)) {
    yaml.fail(fmt::format("more than {} values", kMostValues));
  }
  std::vector<std::string> values;
  for (int64_t i = 0; i < static_cast<int64_t>(count); ++i) {
    values.push_back(number_text(from + static_cast<double>(i) * step, whole));
  }
  return values;
}

std::vector<std::string> counted(const Yaml& yaml, double from, double to, bool whole) {
  const Yaml number = yaml.at("count");
  const int64_t count = number.integer(2, kMostValues);
  const bool log = yaml.choice<bool>("scale", false, {{"linear", false}, {"log", true}});
  if (log && from <= 0) {
    yaml.at("from").fail("a logarithmic scale begins above 0");
  }
  std::vector<std::string> values;
  for (int64_t i = 0; i < count; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(count - 1);
    double value = log ? from * std::pow(to / from, part) : from + (to - from) * part;
    value = i + 1 == count ? to : value;
    values.push_back(number_text(value, whole));
    if (i > 0 && values[values.size() - 2] == values.back()) {
      number.fail(
          fmt::format("two of {} values round to {}: ask for fewer, or write an end with a decimal point",
                      count, values.back()));
    }
  }
  return values;
}

std::vector<std::string> range(const Yaml& yaml) {
  const Yaml first = yaml.at("from"), last = yaml.at("to");
  const double from = first.real(-kLargestEnd, kLargestEnd), to = last.real(-kLargestEnd, kLargestEnd);
  if (to < from) {
    last.fail(fmt::format("is below from, which is {}", first.text()));
  }
  const bool whole = is_whole(first) && is_whole(last);
  if (!yaml.has("count")) {
    return stepped(yaml, from, to, whole);
  }
  if (const auto step = yaml.find("step")) {
    step->fail("step and count exclude each other");
  }
  return counted(yaml, from, to, whole);
}

std::vector<std::string> powers_of_two(const Yaml& ends) {
  constexpr int64_t kMost = int64_t{1} << 52;
  const auto items = ends.items();
  if (items.size() != 2) {
    ends.fail("expected the least and the greatest, [4, 64]");
  }
  for (const auto& end : items) {
    if (const int64_t value = end.integer(1, kMost); (value & (value - 1)) != 0) {
      end.fail(fmt::format("{} is no power of two", value));
    }
  }
  const int64_t last = items[1].integer();
  if (last < items[0].integer()) {
    ends.fail("the greatest is below the least");
  }
  std::vector<std::string> values;
  for (int64_t value = items[0].integer(); value <= last; value *= 2) {
    values.push_back(fmt::format("{}", value));
  }
  return values;
}

}  // namespace

std::vector<std::string> axis_values(const Yaml& yaml) {
  std::vector<std::string> values;
  if (yaml.is_list()) {
    for (const auto& item : yaml.items()) {
      values.push_back(item.is_scalar() ? item.text() : item.dump());
    }
  } else if (!yaml.is_map()) {
    yaml.fail("expected a list of values, {from, to, step}, {from, to, count, scale} or {powers_of_two}");
  } else {
    const auto ends = yaml.find("powers_of_two");
    values = ends ? powers_of_two(*ends) : range(yaml);
    yaml.finish();
  }
  if (values.empty()) {
    yaml.fail("expected at least one value");
  }
  return values;
}

}  // namespace tridex::explore
