#include "explore/search_space.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/error.h"

namespace tridex::explore {
namespace {

std::optional<double> whole_number(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

/// Whether the values of every key of an axis rise or fall, or stay as they are.
bool is_ordered(const Axis& axis) {
  for (size_t key = 0; key < axis.settings[0].size(); ++key) {
    bool rises = true, falls = true;
    std::optional<double> last;
    for (const auto& setting : axis.settings) {
      const auto value = whole_number(setting[key].second);
      if (!value) {
        return false;
      }
      rises = rises && (!last || *value >= *last);
      falls = falls && (!last || *value <= *last);
      last = value;
    }
    if (!rises && !falls) {
      return false;
    }
  }
  return true;
}

}  // namespace

SearchSpace::SearchSpace(const Sweep& sweep)
    : sweep_(sweep), reader_(sweep.design_file), sizes_{sweep.networks.size()}, ordered_{false} {
  for (const auto& axis : sweep.axes) {
    sizes_.push_back(axis.settings.size());
    ordered_.push_back(is_ordered(axis));
  }
  static_cast<void>(read({}));
}

size_t SearchSpace::points() const {
  size_t count = 1;
  for (const size_t size : sizes_) {
    count =
        count > std::numeric_limits<size_t>::max() / size ? std::numeric_limits<size_t>::max() : count * size;
  }
  return count;
}

arch::DesignPoint SearchSpace::read(const std::map<std::string, std::string>& settings) {
  std::vector<std::string> overrides;
  for (const auto& [key, value] : settings) {
    overrides.push_back(key + "=" + value);
  }
  return reader_.read(overrides);
}

DesignVariant SearchSpace::design(const Choice& choice) {
  DesignVariant variant;
  for (size_t a = 0; a < sweep_.axes.size(); ++a) {
    const Setting& setting = sweep_.axes[a].settings[choice[a + 1]];
    variant.settings.insert(setting.begin(), setting.end());
  }
  try {
    variant.design = read(variant.settings);
  } catch (const Error& error) {
    variant.reason = error.what();
  }
  return variant;
}

std::optional<Choice> SearchSpace::choice_of(const PointRow& row) const {
  const auto network =
      std::find_if(sweep_.networks.begin(), sweep_.networks.end(), [&](const NetworkVariant& variant) {
        return variant.model.name == row.model && variant.recipe_name == row.recipe;
      });
  if (network == sweep_.networks.end()) {
    return std::nullopt;
  }
  Choice choice{static_cast<size_t>(network - sweep_.networks.begin())};
  for (const auto& axis : sweep_.axes) {
    const auto setting =
        std::find_if(axis.settings.begin(), axis.settings.end(), [&](const Setting& entries) {
          return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
            const auto found = row.settings.find(entry.first);
            return found != row.settings.end() && found->second == entry.second;
          });
        });
    if (setting == axis.settings.end()) {
      return std::nullopt;
    }
    choice.push_back(static_cast<size_t>(setting - axis.settings.begin()));
  }
  return choice;
}

std::vector<Choice> SearchSpace::corners() const {
  Choice first(sizes_.size(), 0), last(sizes_.size(), 0);
  for (size_t v = 1; v < sizes_.size(); ++v) {
    last[v] = sizes_[v] - 1;
  }
  std::vector<Choice> result{first, last};
  for (size_t v = 1; v < sizes_.size(); ++v) {
    if (sizes_[v] > 1) {
      for (const auto& [from, value] : {std::pair(first, last[v]), std::pair(last, first[v])}) {
        result.push_back(from);
        result.back()[v] = value;
      }
    }
  }
  return result;
}

}  // namespace tridex::explore
