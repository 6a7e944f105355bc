#include "explore/sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/error.h"
#include "explore/located.h"
#include "explore/sweep/axis_values.h"
#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {
namespace {

constexpr double kMostMinutes = 1e6;

/// The keys that a sweep sets; each may be an axis or a derived value, and once.
class KeysOnce {
 public:
  void add(const Yaml& node, const std::string& key) {
    if (!keys_.insert(key).second) {
      node.fail("the key '" + key + "' is already an axis of this sweep");
    }
  }

 private:
  std::set<std::string> keys_;
};

std::string place(const Yaml& node) {
  return node.where() + ": " + node.path();
}

void read_axes(const Yaml& axes, KeysOnce& keys, std::vector<Axis>& out) {
  for (const auto& key : axes.keys()) {
    const Yaml yaml = axes.at(key);
    keys.add(yaml, key);
    Axis axis{{}, place(yaml)};
    std::set<std::string> seen;
    for (const auto& value : axis_values(yaml)) {
      if (!seen.insert(value).second) {
        yaml.fail("the value " + value + " is given twice");
      }
      axis.settings.push_back({{key, value}});
    }
    out.push_back(std::move(axis));
  }
}

void read_zip(const Yaml& group, KeysOnce& keys, std::vector<Axis>& out) {
  Axis axis{{}, place(group)};
  for (const auto& key : group.keys()) {
    const Yaml yaml = group.at(key);
    keys.add(yaml, key);
    const auto values = axis_values(yaml);
    if (axis.settings.empty()) {
      axis.settings.resize(values.size());
    }
    if (values.size() != axis.settings.size()) {
      yaml.fail(fmt::format("zipped lists must have one length: {} here, {} in the first", values.size(),
                            axis.settings.size()));
    }
    for (size_t i = 0; i < values.size(); ++i) {
      axis.settings[i].emplace_back(key, values[i]);
    }
  }
  if (axis.settings.empty()) {
    group.fail("expected keys with lists of one length");
  }
  out.push_back(std::move(axis));
}

Expression expression_of(const Yaml& yaml) {
  return located(yaml, [&] { return Expression::parse(yaml.text()); });
}

void read_derived(const Yaml& yaml, KeysOnce& keys, Sweep& sweep) {
  if (const auto derived = yaml.find("derived")) {
    for (const auto& key : derived->keys()) {
      const Yaml one = derived->at(key);
      keys.add(one, key);
      sweep.derived.push_back({key, expression_of(one), place(one)});
    }
  }
}

Sampling read_sampling(const Yaml& yaml) {
  Sampling sampling;
  sampling.method = yaml.at("method").choice<Sampling::Method>(
      {{"random", Sampling::Method::kRandom}, {"latin_hypercube", Sampling::Method::kLatinHypercube}});
  sampling.points = static_cast<size_t>(yaml.at("points").integer(1, static_cast<int64_t>(kMostPoints)));
  sampling.seed = static_cast<uint64_t>(yaml.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
  yaml.finish();
  return sampling;
}

Budget read_budget(const Yaml& yaml) {
  Budget budget;
  if (const auto points = yaml.find("points")) {
    budget.points = static_cast<size_t>(points->integer(1, static_cast<int64_t>(kMostPoints)));
  }
  if (const auto minutes = yaml.find("minutes")) {
    budget.minutes = minutes->real(0, kMostMinutes);
  }
  yaml.finish();
  if (!budget.points && !budget.minutes) {
    yaml.fail("expected points, minutes or both");
  }
  return budget;
}

void read_space(const Yaml& yaml, Sweep& sweep) {
  KeysOnce keys;
  if (const auto axes = yaml.find("axes")) {
    read_axes(*axes, keys, sweep.axes);
  }
  if (const auto groups = yaml.find("zip")) {
    for (const auto& group : groups->items()) {
      read_zip(group, keys, sweep.axes);
    }
  }
  read_derived(yaml, keys, sweep);
}

/// Which of the space's points the sweep runs. What the axes cross to is found out here, where the file and
/// its lines are at hand.
void read_choice(const Yaml& yaml, Sweep& sweep) {
  if (const auto constraints = yaml.find("constraints")) {
    for (const auto& one : constraints->items()) {
      sweep.constraints.push_back(read_constraint(one));
    }
  }
  if (const auto sample = yaml.find("sample")) {
    sweep.sampling = read_sampling(*sample);
    sweep.sampling_where = place(*sample);
  }
  if (const auto budget = yaml.find("budget")) {
    sweep.budget = read_budget(*budget);
  }
  size_t points = sweep.networks.size();
  for (const auto& axis : sweep.axes) {
    if (sweep.sampling.method == Sampling::Method::kAll && points * axis.settings.size() > kMostPoints) {
      yaml.fail(fmt::format("the axes cross to more than {} points: take a sample of them", kMostPoints));
    }
    points = std::min(points * axis.settings.size(), kMostPoints);
  }
}

}  // namespace

Constraint read_constraint(const Yaml& yaml) {
  return {expression_of(yaml), place(yaml)};
}

Sweep read_sweep(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const Yaml yaml = Yaml::load(file, overrides);
  Sweep sweep = read_points(yaml);
  read_choice(yaml, sweep);
  yaml.finish();
  return sweep;
}

Sweep read_points(const Yaml& yaml) {
  const std::filesystem::path file = yaml.file();
  Sweep sweep;
  sweep.name = yaml.text("name", file.stem().string());
  sweep.text = yaml.dump();
  sweep.file = file;
  const Yaml design = yaml.at("design");
  sweep.design_file = located(design, [&] { return find_beside(design.text(), file, "designs"); });
  if (const auto fidelity = yaml.find("fidelity")) {
    sweep.fidelity = fidelity->choice<arch::Fidelity>(
        {{"analytic", arch::Fidelity::kAnalytic}, {"timed", arch::Fidelity::kTimed}});
  }
  sweep.frames = static_cast<int>(yaml.integer("frames", 3, 1, 1000));
  sweep.seed = static_cast<uint64_t>(yaml.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
  sweep.timeout_seconds = yaml.real("timeout_seconds", 300, 0.01, 1e6);
  const Yaml networks = yaml.at("networks");
  for (const auto& network : networks.items()) {
    read_network(network, file, sweep.networks);
  }
  if (sweep.networks.empty()) {
    networks.fail("expected at least one network");
  }
  read_space(yaml, sweep);
  return sweep;
}

}  // namespace tridex::explore
