#include "explore/search/search_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "explore/located.h"
#include "explore/search/optimizer.h"
#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {
namespace {

constexpr size_t kEvaluations = 500;  // where the file names neither evaluations nor generations
constexpr int64_t kMostEvaluations = 1'000'000;
constexpr size_t kMostObjectives = 6;  // the time of an exact hypervolume grows exponentially with them

void read_algorithm(const Yaml& yaml, Search& search) {
  search.evaluations = kEvaluations;
  const auto algorithm = yaml.find("algorithm");
  if (!algorithm) {
    return;
  }
  if (const auto name = algorithm->find("name")) {
    std::vector<std::pair<std::string, std::string>> words;
    for (const auto& word : optimizer_names()) {
      words.emplace_back(word, word);
    }
    search.algorithm = name->choice<std::string>(words);
  }
  search.population =
      static_cast<unsigned>(algorithm->integer("population", 0, least_population(search.algorithm), 10'000));
  if (search.population % 4 != 0) {
    algorithm->at("population").fail("expected a multiple of 4");
  }
  search.generations = static_cast<size_t>(algorithm->integer("generations", 0, 1, kMostEvaluations));
  search.evaluations = static_cast<size_t>(algorithm->integer(
      "evaluations", search.generations > 0 || search.algorithm == "exhaustive" ? 0 : kEvaluations, 1,
      kMostEvaluations));
  const bool generations = search.algorithm != "random" && search.algorithm != "exhaustive";
  const size_t population = search.population > 0 ? search.population : kDefaultPopulation;
  if (generations && search.evaluations > 0 && search.evaluations < population) {
    algorithm->at(algorithm->has("evaluations") ? "evaluations" : "population")
        .fail(fmt::format(
            "{} evaluations are not one generation of {} points: give more evaluations or a smaller "
            "population",
            search.evaluations, population));
  }
  search.seed = static_cast<uint64_t>(algorithm->integer("seed", 1, 0, std::numeric_limits<uint32_t>::max()));
  algorithm->finish();
}

/// Whether the axes and derived values set this key, or a part of it.
bool sets(const Sweep& sweep, const std::string& key) {
  const auto is_part = [&](const std::string& own) { return key == own || key.starts_with(own + "."); };
  return std::any_of(sweep.axes.begin(), sweep.axes.end(),
                     [&](const Axis& axis) {
                       const Setting& setting = axis.settings[0];
                       return std::any_of(setting.begin(), setting.end(),
                                          [&](const auto& entry) { return is_part(entry.first); });
                     }) ||
         std::any_of(sweep.derived.begin(), sweep.derived.end(),
                     [&](const Derived& derived) { return is_part(derived.key); });
}

/// Whether a constraint is one over keys, which is known before a point runs; else it is over figures.
bool is_over_keys(const Sweep& sweep, const std::string& text) {
  std::vector<std::string> keys;
  try {
    keys = Expression::parse(text).keys();
  } catch (const Error&) {
    return false;
  }
  return std::any_of(keys.begin(), keys.end(),
                     [&](const auto& key) { return is_network_key(key) || sets(sweep, key); });
}

bool is_measured(const Sweep& sweep) {
  return sets(sweep, "network.data") ||
         std::all_of(sweep.networks.begin(), sweep.networks.end(),
                     [](const NetworkVariant& network) { return !network.data.empty(); });
}

void refuse_unmeasured(const Yaml& yaml, const std::string& figure, const Sweep& sweep) {
  if (figure == "accuracy" && !is_measured(sweep)) {
    yaml.fail("accuracy is not measured: each of `networks` must name weights, calib and data");
  }
}

void read_objectives(const Yaml& yaml, Search& search) {
  const Yaml list = yaml.at("objectives");
  for (const Yaml& item : list.items()) {
    const bool maximize = item.is_map() && item.has("maximize");
    if (!item.is_map() || maximize == item.has("minimize") || item.keys().size() != 1) {
      item.fail("expected one of {maximize: FIGURE} and {minimize: FIGURE}");
    }
    const Yaml figure = item.at(maximize ? "maximize" : "minimize");
    SearchObjective objective{figure_in(figure), maximize, item.where() + ": " + item.path()};
    for (const auto& other : search.objectives) {
      if (other.name == objective.name) {
        figure.fail("'" + objective.name + "' is already an objective");
      }
    }
    refuse_unmeasured(figure, objective.name, search.sweep);
    item.finish();
    search.objectives.push_back(std::move(objective));
  }
  if (search.objectives.size() < 2 || search.objectives.size() > kMostObjectives) {
    list.fail(fmt::format("expected 2 to {} objectives", kMostObjectives));
  }
}

void read_reference(const Yaml& yaml, Search& search) {
  search.reference.resize(search.objectives.size());
  if (const auto reference = yaml.find("reference")) {
    for (const auto& key : reference->keys()) {
      const Yaml value = reference->at(key);
      const std::string figure = figure_in(value, key);
      const auto found = std::find_if(search.objectives.begin(), search.objectives.end(),
                                      [&](const auto& objective) { return objective.name == figure; });
      if (found == search.objectives.end()) {
        value.fail("'" + key + "' is no objective of this search");
      }
      search.reference[static_cast<size_t>(found - search.objectives.begin())] = value.real();
    }
  }
}

/// Why accuracy cannot be predicted; else empty.
std::string unpredictable(const Search& search) {
  const auto is_accuracy = [](const auto& wanted) { return wanted.name == "accuracy"; };
  if (std::none_of(search.objectives.begin(), search.objectives.end(), is_accuracy) &&
      std::none_of(search.constraints.begin(), search.constraints.end(), is_accuracy)) {
    return "accuracy is neither an objective nor in a constraint";
  }
  const auto has_width = [](const Axis& axis) {
    return std::any_of(axis.settings[0].begin(), axis.settings[0].end(),
                       [](const auto& entry) { return is_width_key(entry.first); });
  };
  if (std::none_of(search.sweep.axes.begin(), search.sweep.axes.end(), has_width)) {
    return "no axis is over widths of a recipe, such as recipe.weight_bits";
  }
  return "";
}

void read_prediction(const Yaml& yaml, Search& search) {
  std::string reason = unpredictable(search);
  if (reason.empty() && !search.bounds) {
    reason = "bounds is false, and what a prediction leaves out it leaves out with the analytic bound";
  }
  search.predict = yaml.boolean("predict", reason.empty());
  if (search.predict && !reason.empty()) {
    yaml.at("predict").fail("cannot be true: " + reason);
  }
  if (const auto margin = yaml.find("prediction_margin")) {
    if (!search.predict) {
      margin->fail("nothing is predicted: " + (reason.empty() ? "predict is false" : reason));
    }
    search.prediction_margin = margin->real(0, 100);
  }
}

void read_limits(const Yaml& yaml, const std::filesystem::path& file, Search& search) {
  if (const auto constraints = yaml.find("constraints")) {
    for (const auto& item : constraints->items()) {
      if (is_over_keys(search.sweep, item.text())) {
        search.sweep.constraints.push_back(read_constraint(item));
        continue;
      }
      search.constraints.push_back(constraint_in(item));
      refuse_unmeasured(item, search.constraints.back().name, search.sweep);
    }
  }
  if (const auto folder = yaml.find("warm_start")) {
    search.warm_start = folder->text();
    if (search.warm_start.is_relative() && !std::filesystem::exists(search.warm_start)) {
      search.warm_start = file.parent_path() / search.warm_start;
    }
    if (!std::filesystem::exists(search.warm_start / "store.sqlite")) {
      folder->fail(fmt::format("'{}' has no store.sqlite; expected the output folder of a sweep or a search",
                               folder->text()));
    }
  }
  search.bounds = yaml.boolean("bounds", true);
  read_prediction(yaml, search);
  if (const auto budget = yaml.find("budget")) {
    search.budget_points = static_cast<size_t>(budget->integer("points", 0, 1, kMostEvaluations));
    if (const auto minutes = budget->find("minutes")) {
      search.sweep.budget.minutes = minutes->real(0, 1e6);
    }
    budget->finish();
  }
}

}  // namespace

Search read_search(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const Yaml yaml = Yaml::load(file, overrides);
  Search search;
  search.sweep = read_points(yaml);
  read_algorithm(yaml, search);
  read_objectives(yaml, search);
  read_reference(yaml, search);
  read_limits(yaml, file, search);
  yaml.finish();
  return search;
}

}  // namespace tridex::explore
