#include "explore/sweep/network_axes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "arch/design/design_reader.h"
#include "arch/mapping/mapper.h"
#include "base/error.h"
#include "base/names.h"
#include "explore/network.h"
#include "explore/sweep/sweep_networks.h"
#include "explore/sweep/sweep_space.h"

namespace tridex::explore {
namespace {

/// Where more must be crossed, nothing is told: a point says what is wrong.
constexpr size_t kMostCrossed = 64;

/// Whether check_capabilities() looks at this key of a design.
bool is_capability(const std::string& key) {
  return key.starts_with("capabilities") || key == "engines" ||
         (key.starts_with("engines.") && key.ends_with(".kind"));
}

/// Whether the axis may decide what another one's value needs, or whether it can be had. One over widths does
/// not: it sets its own layers' widths, whichever value it has.
bool decides(const Axis& axis) {
  const Setting& setting = axis.settings[0];
  return std::any_of(setting.begin(), setting.end(), [](const auto& entry) {
    return is_capability(entry.first) || (is_network_key(entry.first) && !is_width_key(entry.first));
  });
}

/// "8", of a group "recipe.weight_bits=8, recipe.gptq=true".
std::string value_text(const Setting& setting) {
  if (setting.size() == 1) {
    return setting[0].second;
  }
  std::vector<std::string> entries;
  for (const auto& [key, value] : setting) {
    if (is_network_key(key)) {
      entries.push_back(key + "=" + value);
    }
  }
  return join(entries);
}

class NetworkAxes {
 public:
  explicit NetworkAxes(const Sweep& sweep) : sweep_(sweep), space_(sweep), reader_(sweep.design_file) {
    for (size_t a = 0; a < sweep.axes.size(); ++a) {
      if (decides(sweep.axes[a])) {
        deciding_.push_back(a);
      }
    }
    derived_ = std::any_of(sweep.derived.begin(), sweep.derived.end(), [](const Derived& derived) {
      return is_capability(derived.key) || is_network_key(derived.key);
    });
  }

  void check() {
    for (size_t a = 0; a < sweep_.axes.size(); ++a) {
      if (is_of_networks(sweep_.axes[a])) {
        check_axis(a);
      }
    }
  }

 private:
  /// What is known of a value: that some network of the sweep accepts it, and that some design can compute
  /// one that does.
  struct Known {
    bool accepted = false, computed = false;
    std::string not_accepted, not_computed;  ///< the first reasons
  };
  enum class Keys { kAll, kOfOthers };  ///< whose values the networks have: also the axis' own

  void check_axis(size_t a) {
    const Axis& axis = sweep_.axes[a];
    std::vector<Known> values;
    for (size_t v = 0; v < axis.settings.size(); ++v) {
      values.push_back(known_of(a, v, Keys::kAll));
      if (!values[v].accepted) {
        check_recipes();
        fail("{}: {}: {}", axis.where, value_text(axis.settings[v]), values[v].not_accepted);
      }
    }
    const bool some =
        std::any_of(values.begin(), values.end(), [](const Known& one) { return one.computed; });
    if (!some && !known_of(a, 0, Keys::kOfOthers).computed) {
      return;  // it is not this axis
    }
    for (size_t v = 0; v < values.size(); ++v) {
      if (!values[v].computed) {
        fail("{}: {}: no point can have this value: {}", axis.where, value_text(axis.settings[v]),
             values[v].not_computed);
      }
    }
  }

  /// Error: none of the sweep's networks can have its recipe as it is.
  void check_recipes() {
    std::optional<Error> first;
    for (size_t entry = 0; entry < sweep_.networks.size(); ++entry) {
      try {
        static_cast<void>(shapes(entry, {}));
        return;
      } catch (const Error& error) {
        first = first ? first : error;
      }
    }
    throw Error(*first);
  }

  /// Tries networks and values of deciding axes until something is known to be possible.
  Known known_of(size_t axis, size_t value, Keys keys) {
    Known known;
    std::vector<size_t> crossed{0}, sizes{space_.sizes()[0]};
    size_t count = sizes[0];
    for (const size_t a : deciding_) {
      if (a != axis) {
        crossed.push_back(a + 1);
        sizes.push_back(space_.sizes()[a + 1]);
        count = std::min(count * sizes.back(), kMostCrossed + 1);
      }
    }
    if (count > kMostCrossed) {
      return {true, true, "", ""};
    }
    Choice values(crossed.size(), 0);
    do {
      Choice choice(space_.sizes().size(), 0);
      choice[axis + 1] = value;
      for (size_t i = 0; i < crossed.size(); ++i) {
        choice[crossed[i]] = values[i];
      }
      add(choice, axis, keys, known);
    } while (!(known.accepted && known.computed) && to_next(values, sizes));
    return known;
  }

  void add(const Choice& choice, size_t axis, Keys keys, Known& known) {
    Settings settings = space_.settings(choice);
    if (keys == Keys::kOfOthers) {
      for (const auto& [key, value] : sweep_.axes[axis].settings[0]) {
        if (is_network_key(key)) {
          settings.erase(key);
        }
      }
    }
    std::optional<quant::IntegerGraph> network;
    try {
      network = shapes(choice[0], settings);
    } catch (const Error&) {
      add_alone(choice, axis, known);
      return;
    }
    known.accepted = true;
    const std::string reason = derived_ ? "" : refusal(settings, *network);
    known.computed = known.computed || reason.empty();
    known.not_computed = known.not_computed.empty() ? reason : known.not_computed;
  }

  /// The network does not accept the choice: is it the value, or one of another axis?
  void add_alone(const Choice& choice, size_t axis, Known& known) {
    Settings settings;
    for (size_t a = 0; a < sweep_.axes.size(); ++a) {
      if (a == axis || std::find(deciding_.begin(), deciding_.end(), a) != deciding_.end()) {
        const Setting& its = sweep_.axes[a].settings[choice[a + 1]];
        settings.insert(its.begin(), its.end());
      }
    }
    try {
      static_cast<void>(shapes(choice[0], settings));
      known.accepted = known.computed = true;  // as far as this axis knows
    } catch (const Error&) {
      try {
        const Setting& own = sweep_.axes[axis].settings[choice[axis + 1]];
        static_cast<void>(shapes(choice[0], {own.begin(), own.end()}));
        known.accepted = known.computed = true;
      } catch (const Error& error) {
        known.not_accepted = known.not_accepted.empty() ? error.what() : known.not_accepted;
      }
    }
  }

  quant::IntegerGraph shapes(size_t entry, Settings settings) {
    std::erase_if(settings, [](const auto& one) { return !is_network_key(one.first); });
    const NetworkVariant network = with_settings(sweep_.networks[entry], settings, sweep_);
    check_one_name(network.model, networks_);
    if (names_.insert(network.model.name).second) {
      networks_.push_back(network);
    }
    return quant::shape_only(graphs_.of(network), network.recipe);
  }

  /// Why the design cannot compute the network; empty: it can, or is none that can be read.
  std::string refusal(Settings settings, const quant::IntegerGraph& network) {
    std::erase_if(settings, [](const auto& entry) { return is_network_key(entry.first); });
    auto found = designs_.find(settings);
    if (found == designs_.end()) {
      std::optional<arch::DesignPoint> design;
      try {
        design = reader_.read_with(settings);
      } catch (const Error&) {
        // the point says why
      }
      found = designs_.emplace(settings, std::move(design)).first;
    }
    try {
      if (found->second) {
        arch::check_capabilities(*found->second, network);
      }
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  const Sweep& sweep_;
  SweepSpace space_;
  arch::DesignReader reader_;
  std::vector<size_t> deciding_;  ///< axes
  bool derived_ = false;          ///< capabilities or keys of networks are
  GraphCache graphs_;
  std::vector<NetworkVariant> networks_;  ///< one a name
  std::set<std::string> names_;
  std::map<Settings, std::optional<arch::DesignPoint>> designs_;
};

}  // namespace

void check_network_axes(const Sweep& sweep) {
  NetworkAxes(sweep).check();
}

}  // namespace tridex::explore
