#include "explore/search/search_space.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "explore/sweep/expression.h"
#include "explore/sweep/network_axes.h"
#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {
namespace {

/// Whether the values of every key of an axis rise or fall, or stay as they are.
bool is_ordered(const Axis& axis) {
  for (size_t key = 0; key < axis.settings[0].size(); ++key) {
    bool rises = true, falls = true;
    std::optional<double> last;
    for (const auto& setting : axis.settings) {
      const Value value = value_of(setting[key].second);
      const auto* number = std::get_if<double>(&value);
      if (number == nullptr) {
        return false;
      }
      rises = rises && (!last || *number >= *last);
      falls = falls && (!last || *number <= *last);
      last = *number;
    }
    if (!rises && !falls) {
      return false;
    }
  }
  return true;
}

/// At most SIZE_MAX.
size_t product(const std::vector<size_t>& sizes) {
  size_t count = 1;
  for (const size_t size : sizes) {
    count =
        count > std::numeric_limits<size_t>::max() / size ? std::numeric_limits<size_t>::max() : count * size;
  }
  return count;
}

}  // namespace

SearchSpace::SearchSpace(const Sweep& sweep)
    : sweep_(sweep),
      space_(sweep),
      reader_(sweep.design_file),
      ordered_{false},
      network_variables_{0},
      networks_(sweep) {
  for (size_t a = 0; a < sweep.axes.size(); ++a) {
    ordered_.push_back(is_ordered(sweep.axes[a]));
    if (is_of_networks(sweep.axes[a])) {
      network_variables_.push_back(a + 1);
    }
  }
  for (const auto& derived : sweep.derived) {
    if (is_network_key(derived.key)) {
      fail(
          "{}: the recipes and networks of a search are those of its axes; zip '{}' with the axis it is "
          "derived from",
          derived.where, derived.key);
    }
  }
  static_cast<void>(read({}));
}

size_t SearchSpace::network(const Choice& choice) {
  Settings settings;
  for (const size_t variable : network_variables_) {
    if (variable == 0) {
      continue;
    }
    for (const auto& entry : sweep_.axes[variable - 1].settings[choice[variable]]) {
      if (is_network_key(entry.first)) {
        settings.insert(entry);
      }
    }
  }
  return networks_.at(choice[0], settings);
}

bool SearchSpace::allowed(const Choice& choice) {
  return space_.allowed(choice) && is_accepted(choice);
}

bool SearchSpace::is_accepted(const Choice& choice) {
  try {
    static_cast<void>(network(choice));
    return true;
  } catch (const Error& error) {
    refused_ = refused_.empty() ? error.what() : refused_;
    return false;
  }
}

std::vector<size_t> SearchSpace::network_steps(const Choice& choice) {
  std::vector<size_t> result;
  for (const size_t variable : network_variables_) {
    Choice step = choice;
    for (size_t value = 0; variable > 0 && value < sizes()[variable]; ++value) {
      step[variable] = value;
      if (is_accepted(step)) {
        result.push_back(network(step));
      }
    }
  }
  if (is_accepted(choice)) {
    result.push_back(network(choice));
  }
  return result;
}

std::vector<std::pair<size_t, Choice>> SearchSpace::all_networks() {
  std::vector<size_t> sizes_of_networks;
  std::vector<std::pair<size_t, Choice>> result;
  for (const size_t variable : network_variables_) {
    sizes_of_networks.push_back(sizes()[variable]);
  }
  Choice values(network_variables_.size(), 0);
  do {
    Choice choice(sizes().size(), 0);
    for (size_t v = 0; v < values.size(); ++v) {
      choice[network_variables_[v]] = values[v];
    }
    if (is_accepted(choice)) {
      result.emplace_back(network(choice), choice);
    }
  } while (to_next(values, sizes_of_networks));
  return result;
}

size_t SearchSpace::network_count() const {
  std::vector<size_t> crossed;
  for (const size_t variable : network_variables_) {
    crossed.push_back(sizes()[variable]);
  }
  return product(crossed);
}

size_t SearchSpace::points() const {
  return product(sizes());
}

DesignVariant SearchSpace::design(const Choice& choice) {
  DesignVariant variant;
  variant.settings = settings(choice);
  std::erase_if(variant.settings, [](const auto& entry) { return is_network_key(entry.first); });
  try {
    variant.design = read(variant.settings);
  } catch (const Error& error) {
    variant.reason = error.what();
  }
  return variant;
}

std::optional<Choice> SearchSpace::choice_of(const PointRow& row) {
  Choice choice{0};
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
  for (; choice[0] < sweep_.networks.size(); ++choice[0]) {
    if (!is_accepted(choice)) {
      continue;
    }
    const NetworkVariant& variant = networks_.variants()[network(choice)];
    if (variant.model.name == row.model && variant.recipe_name == row.recipe) {
      return choice;
    }
  }
  return std::nullopt;
}

std::vector<Choice> SearchSpace::corners() const {
  Choice first(sizes().size(), 0), last(sizes().size(), 0);
  for (size_t v = 1; v < sizes().size(); ++v) {
    last[v] = sizes()[v] - 1;
  }
  std::vector<Choice> result{first, last};
  for (size_t v = 1; v < sizes().size(); ++v) {
    if (sizes()[v] > 1) {
      for (const auto& [from, value] : {std::pair(first, last[v]), std::pair(last, first[v])}) {
        result.push_back(from);
        result.back()[v] = value;
      }
    }
  }
  return result;
}

void SearchSpace::check() {
  check_network_axes(sweep_);
  const auto choices = corners();
  if (std::none_of(choices.begin(), choices.end(),
                   [&](const Choice& choice) { return design(choice).design.has_value(); })) {
    check_axes(sweep_);
  }
}

}  // namespace tridex::explore
