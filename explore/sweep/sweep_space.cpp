#include "explore/sweep/sweep_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/names.h"
#include "base/yaml.h"
#include "explore/store/store.h"
#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {
namespace {

/// The scalar at a dotted key below `yaml`.
std::optional<Value> value_at(const Yaml& yaml, const std::string& key) {
  if (key.empty()) {
    return yaml.is_scalar() ? std::optional(value_of(yaml.text())) : std::nullopt;
  }
  const size_t dot = std::min(key.find('.'), key.size());
  const std::string step = key.substr(0, dot), rest = key.substr(std::min(dot + 1, key.size()));
  if (yaml.is_list()) {
    const Value index = value_of(step);
    const auto items = yaml.items();
    const auto* number = std::get_if<double>(&index);
    const bool inside = number != nullptr && *number >= 0 && *number < static_cast<double>(items.size());
    return inside ? value_at(items[static_cast<size_t>(*number)], rest) : std::nullopt;
  }
  const auto child = yaml.is_map() ? yaml.find(step) : std::nullopt;
  return child ? value_at(*child, rest) : std::nullopt;
}

/// A value of a setting as YAML, whatever it is.
Yaml parsed(const std::string& text) {
  return Yaml::parse("{value: 0}", "setting", {"value=" + text}).at("value");
}

std::optional<Value> value_in(const Setting& setting, const std::string& key) {
  for (const auto& [own, text] : setting) {
    if (own == key) {
      return value_of(text);
    }
  }
  for (const auto& [own, text] : setting) {
    if (key.starts_with(own + ".")) {
      return value_at(parsed(text), key.substr(own.size() + 1));
    }
  }
  return std::nullopt;
}

/// recipe.KEY and network.KEY of a network as the sweep's `networks` has it.
std::optional<Value> value_in(const NetworkVariant& network, const std::string& key) {
  if (key.starts_with(kRecipePrefix)) {
    return value_at(Yaml::load(network.recipe_file), key.substr(kRecipePrefix.size()));
  }
  if (key == std::string(kNetworkPrefix) + "model") {
    return network.model.name;
  }
  if (key == std::string(kNetworkPrefix) + "recipe") {
    return network.recipe_name;
  }
  if (key == std::string(kNetworkPrefix) + "resolution") {
    const std::string resolution = resolution_of(network.model.name);
    return resolution.empty() ? std::nullopt : std::optional(value_of(resolution));
  }
  return std::nullopt;
}

}  // namespace

/// Finds the sources of keys.
class SweepSpace::Binder {
 public:
  explicit Binder(const Sweep& sweep) : sweep_(sweep), design_(Yaml::load(sweep.design_file)) {}

  /// `derived`: how many of the derived values an expression may read.
  Bound bind(const Expression& expression, const std::string& where, size_t derived) const {
    Bound bound{&expression, where, {}};
    for (const auto& key : expression.keys()) {
      bound.sources.push_back(source(key, where, derived));
    }
    return bound;
  }

 private:
  Source source(const std::string& key, const std::string& where, size_t derived) const {
    for (size_t d = 0; d < sweep_.derived.size(); ++d) {
      if (sweep_.derived[d].key == key) {
        if (d >= derived) {
          fail("{}: '{}' is derived only after this; move it up", where, key);
        }
        return {Source::Kind::kDerived, d, {}};
      }
    }
    for (size_t a = 0; a < sweep_.axes.size(); ++a) {
      if (auto values = of_all(sweep_.axes[a].settings, key, where)) {
        return {Source::Kind::kAxis, a + 1, std::move(*values)};
      }
    }
    if (is_network_key(key)) {
      if (auto values = of_all(sweep_.networks, key, where)) {
        return {Source::Kind::kAxis, 0, std::move(*values)};
      }
    } else if (auto value = value_at(design_, key)) {
      return {Source::Kind::kConstant, 0, {std::move(*value)}};
    }
    fail_unknown(key, where);
  }

  /// The key's value in each of the items; none: the first one has no such key.
  template <typename Item>
  std::optional<std::vector<Value>> of_all(const std::vector<Item>& items, const std::string& key,
                                           const std::string& where) const {
    std::vector<Value> values;
    for (const auto& item : items) {
      auto value = value_in(item, key);
      if (!value && values.empty()) {
        return std::nullopt;
      }
      if (!value) {
        fail("{}: '{}' is there for some values of its axis only", where, key);
      }
      values.push_back(std::move(*value));
    }
    return values;
  }

  [[noreturn]] void fail_unknown(const std::string& key, const std::string& where) const {
    const auto& figures = number_columns();
    const auto is_key = [&](const auto& column) { return column.name == key; };
    if (key == "accuracy" || std::any_of(figures.begin(), figures.end(), is_key)) {
      fail(
          "{}: '{}' is a figure of a point that has run, and what decides whether one runs is its keys; "
          "`tridex "
          "search` has constraints over figures, `tridex query --where` and the report pick rows by them",
          where, key);
    }
    std::vector<std::string> known;
    for (const auto& axis : sweep_.axes) {
      for (const auto& [own, value] : axis.settings[0]) {
        known.push_back(own);
      }
    }
    for (const auto& one : sweep_.derived) {
      known.push_back(one.key);
    }
    for (const auto& own : design_.keys()) {
      known.push_back(own);
    }
    const std::string near = nearest_name(key, known);
    fail("{}: '{}' is no axis, no derived value and not in {}{}; write it there, or make it an axis", where,
         key, is_network_key(key) ? "the recipes or networks" : sweep_.design_file.string(),
         near.empty() ? "" : " (did you mean '" + near + "'?)");
  }

  const Sweep& sweep_;
  Yaml design_;
};

SweepSpace::SweepSpace(const Sweep& sweep) : sweep_(sweep), sizes_{sweep.networks.size()} {
  for (const auto& axis : sweep.axes) {
    sizes_.push_back(axis.settings.size());
  }
  const Binder binder(sweep);
  for (size_t d = 0; d < sweep.derived.size(); ++d) {
    derived_.push_back(binder.bind(sweep.derived[d].expression, sweep.derived[d].where, d));
  }
  for (const auto& constraint : sweep.constraints) {
    constraints_.push_back(binder.bind(constraint.expression, constraint.where, sweep.derived.size()));
  }
}

Value SweepSpace::evaluate(const Bound& bound, const Choice& choice,
                           const std::vector<Value>& derived) const {
  std::vector<Value> values;
  for (const auto& source : bound.sources) {
    switch (source.kind) {
      case Source::Kind::kAxis:
        values.push_back(source.values[choice[source.index]]);
        break;
      case Source::Kind::kDerived:
        values.push_back(derived[source.index]);
        break;
      case Source::Kind::kConstant:
        values.push_back(source.values[0]);
        break;
    }
  }
  try {
    return bound.expression->evaluate(values);
  } catch (const Error& error) {
    std::vector<std::string> with;
    for (size_t i = 0; i < values.size(); ++i) {
      with.push_back(bound.expression->keys()[i] + "=" + text_of(values[i]));
    }
    fail("{}: {}: {}{}", bound.where, bound.expression->text(), error.what(),
         with.empty() ? "" : " (" + join(with) + ")");
  }
}

std::vector<Value> SweepSpace::derive(const Choice& choice) const {
  std::vector<Value> values;
  for (const auto& bound : derived_) {
    values.push_back(evaluate(bound, choice, values));
  }
  return values;
}

bool SweepSpace::allowed(const Choice& choice) const {
  if (constraints_.empty()) {
    return true;
  }
  const auto derived = derive(choice);
  return std::all_of(constraints_.begin(), constraints_.end(), [&](const Bound& bound) {
    const Value value = evaluate(bound, choice, derived);
    if (const auto* truth = std::get_if<bool>(&value)) {
      return *truth;
    }
    fail("{}: {}: a constraint is true or false, this one {}; compare it with something", bound.where,
         bound.expression->text(), text_of(value));
  });
}

Settings SweepSpace::settings(const Choice& choice) const {
  Settings settings;
  for (size_t a = 0; a < sweep_.axes.size(); ++a) {
    const Setting& setting = sweep_.axes[a].settings[choice[a + 1]];
    settings.insert(setting.begin(), setting.end());
  }
  const auto derived = derive(choice);
  for (size_t d = 0; d < derived.size(); ++d) {
    settings[sweep_.derived[d].key] = text_of(derived[d]);
  }
  return settings;
}

}  // namespace tridex::explore
