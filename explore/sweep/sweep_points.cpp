#include <fmt/format.h>

#include <algorithm>

#include "arch/design/design_reader.h"
#include "base/error.h"
#include "base/parallel.h"
#include "explore/sweep/network_axes.h"
#include "explore/sweep/sweep_networks.h"
#include "explore/sweep/sweep_space.h"

namespace tridex::explore {
namespace {

/// A key that no design knows would otherwise be a sweep of nothing but failed points.
void check_axis(arch::DesignReader& reader, const Axis& axis) {
  std::string first;
  for (const auto& setting : axis.settings) {
    Settings of_design;
    for (const auto& entry : setting) {
      if (!is_network_key(entry.first)) {
        of_design.insert(entry);
      }
    }
    try {
      reader.read_with(of_design);
      return;
    } catch (const Error& error) {
      first = first.empty() ? error.what() : first;
    }
  }
  fail("{}: no value of this axis gives a design: {}", axis.where, first);
}

/// Makes the designs and the networks of points, each once.
class Expansion {
 public:
  explicit Expansion(const Sweep& sweep) : sweep_(sweep) {
    arch::DesignReader reader(sweep.design_file);
    reader.read_with({});
  }

  void add(size_t network, const Settings& settings) {
    Settings of_design, of_network;
    for (const auto& entry : settings) {
      (is_network_key(entry.first) ? of_network : of_design).insert(entry);
    }
    result.points.push_back({this->network(network, of_network), design(of_design)});
  }

  void read_designs(unsigned threads) {
    threads = threads == 0 ? default_threads() : threads;
    parallel_for(threads, threads, [&](size_t thread) {
      arch::DesignReader reader(sweep_.design_file);
      for (size_t i = thread; i < result.designs.size(); i += threads) {
        DesignVariant& variant = result.designs[i];
        try {
          variant.design = reader.read_with(variant.settings);
        } catch (const Error& error) {
          variant.reason = error.what();
        }
      }
    });
    const auto& designs = result.designs;
    if (std::any_of(designs.begin(), designs.end(),
                    [](const auto& variant) { return variant.design.has_value(); })) {
      return;
    }
    check_axes(sweep_);
  }

  SweepPoints result;

 private:
  size_t design(const Settings& settings) {
    const auto [found, fresh] = designs_.emplace(settings, result.designs.size());
    if (fresh) {
      result.designs.push_back({settings, std::nullopt, ""});
    }
    return found->second;
  }

  size_t network(size_t index, const Settings& settings) {
    const auto [found, fresh] = networks_.emplace(std::pair(index, settings), result.networks.size());
    if (fresh) {
      result.networks.push_back(network_with(sweep_, index, settings, result.networks));
    }
    return found->second;
  }

  const Sweep& sweep_;
  std::map<Settings, size_t> designs_;
  std::map<std::pair<size_t, Settings>, size_t> networks_;
};

}  // namespace

Settings SweepPoints::settings(const Point& point) const {
  Settings result = designs[point.design].settings;
  const auto& more = networks[point.network].settings;
  result.insert(more.begin(), more.end());
  return result;
}

void check_axes(const Sweep& sweep) {
  arch::DesignReader reader(sweep.design_file);
  for (const auto& axis : sweep.axes) {
    check_axis(reader, axis);
  }
}

SweepPoints expand(const Sweep& sweep, unsigned threads) {
  const SweepSpace space(sweep);
  check_network_axes(sweep);
  Expansion expansion(sweep);
  size_t refused = 0;
  const auto allowed = [&](const Choice& choice) {
    const bool holds = space.allowed(choice);
    refused += !holds;
    return holds;
  };
  std::vector<Choice> choices;
  try {
    choices = choose(space.sizes(), sweep.sampling, allowed);
  } catch (const TooFewPoints& error) {
    fail("{}: {}", sweep.sampling_where, error.what());
  }
  if (choices.empty()) {
    fail("{}: the constraints leave none of {} points", sweep.file.string(), refused);
  }
  for (const auto& choice : choices) {
    expansion.add(choice[0], space.settings(choice));
  }
  expansion.read_designs(threads);
  if (sweep.sampling.method == Sampling::Method::kAll) {
    expansion.result.excluded = refused;
  }
  return std::move(expansion.result);
}

}  // namespace tridex::explore
