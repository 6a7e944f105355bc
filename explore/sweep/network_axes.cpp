#include "explore/sweep/network_axes.h"

#include <algorithm>

#include "arch/design/design_reader.h"
#include "arch/mapping/mapper.h"
#include "base/error.h"
#include "base/names.h"
#include "explore/network.h"
#include "explore/sweep/sweep_networks.h"
#include "explore/sweep/sweep_space.h"

namespace tridex::explore {
namespace {

constexpr const char* kCapabilities = "capabilities.";
/// Where capabilities cross to more, a point says that its design cannot compute its network.
constexpr size_t kMostCapabilities = 256;

bool has_capability(const Axis& axis) {
  const Setting& setting = axis.settings[0];
  return std::any_of(setting.begin(), setting.end(),
                     [&](const auto& entry) { return entry.first.starts_with(kCapabilities); });
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
  explicit NetworkAxes(const Sweep& sweep) : sweep_(sweep), space_(sweep), reader_(sweep.design_file) {}

  void check() {
    for (size_t a = 0; a < sweep_.axes.size(); ++a) {
      if (is_of_networks(sweep_.axes[a])) {
        check_axis(a);
      }
    }
  }

 private:
  void check_axis(size_t a) {
    const Axis& axis = sweep_.axes[a];
    std::vector<std::string> reasons;  // by value; empty: some design can compute some network
    for (size_t v = 0; v < axis.settings.size(); ++v) {
      Choice choice(space_.sizes().size(), 0);
      choice[a + 1] = v;
      try {
        reasons.push_back(check_value(choice, a, Keys::kAll));
      } catch (const Error& error) {
        fail("{}: {}: {}", axis.where, value_text(axis.settings[v]), error.what());
      }
    }
    const bool all =
        std::all_of(reasons.begin(), reasons.end(), [](const auto& one) { return !one.empty(); });
    if (all && !check_value(Choice(space_.sizes().size(), 0), a, Keys::kOfOthers).empty()) {
      return;  // it is not this axis
    }
    for (size_t v = 0; v < reasons.size(); ++v) {
      if (!reasons[v].empty()) {
        fail("{}: {}: no point can have this value: {}", axis.where, value_text(axis.settings[v]),
             reasons[v]);
      }
    }
  }

  /// Why no design can compute any network; else empty. Error: a network does not accept the value, neither
  /// beside those of the choice nor alone. (Alone too, so that it is not another axis' value.)
  enum class Keys { kAll, kOfOthers };  ///< whose values the networks have: also the axis' own
  std::string check_value(Choice choice, size_t axis, Keys keys) {
    const Setting& setting = sweep_.axes[axis].settings[choice[axis + 1]];
    std::string reason;
    bool computed = false;
    for (; choice[0] < space_.sizes()[0]; ++choice[0]) {
      std::optional<quant::IntegerGraph> network;
      try {
        Settings settings = space_.settings(choice);
        for (const auto& [key, value] : setting) {
          if (keys == Keys::kOfOthers && is_network_key(key)) {
            settings.erase(key);
          }
        }
        network = shapes(choice[0], settings);
      } catch (const Error&) {
        static_cast<void>(shapes(choice[0], {setting.begin(), setting.end()}));
        return "";
      }
      if (!computed) {
        const std::string its = refusal(choice, axis, *network);
        computed = its.empty();
        reason = reason.empty() ? its : reason;
      }
    }
    return computed ? "" : reason;
  }

  quant::IntegerGraph shapes(size_t entry, Settings settings) {
    std::erase_if(settings, [](const auto& one) { return !is_network_key(one.first); });
    const NetworkVariant network = with_settings(sweep_.networks[entry], settings, sweep_);
    check_one_name(network.model, networks_);
    networks_.push_back(network);
    return quant::shape_only(graphs_.of(network), network.recipe);
  }

  /// Why no capabilities are enough for the network; else empty. Those of `axis` are the choice's.
  std::string refusal(Choice choice, size_t axis, const quant::IntegerGraph& network) {
    std::vector<size_t> crossed, sizes;
    size_t count = 1;
    for (size_t a = 0; a < sweep_.axes.size(); ++a) {
      if (a != axis && has_capability(sweep_.axes[a])) {
        crossed.push_back(a + 1);
        sizes.push_back(space_.sizes()[a + 1]);
        count *= sizes.back();
        if (count > kMostCapabilities) {
          return "";
        }
      }
    }
    std::string reason;
    Choice values(crossed.size(), 0);
    do {
      for (size_t i = 0; i < crossed.size(); ++i) {
        choice[crossed[i]] = values[i];
      }
      const std::string its = refusal(space_.settings(choice), network);
      if (its.empty()) {
        return "";
      }
      reason = reason.empty() ? its : reason;
    } while (to_next(values, sizes));
    return reason;
  }

  std::string refusal(Settings settings, const quant::IntegerGraph& network) {
    std::erase_if(settings, [](const auto& entry) { return is_network_key(entry.first); });
    try {
      auto design = designs_.find(settings);
      if (design == designs_.end()) {
        std::vector<std::string> overrides;
        for (const auto& [key, value] : settings) {
          overrides.push_back(key + "=" + value);
        }
        design = designs_.emplace(settings, reader_.read(overrides)).first;
      }
      arch::check_capabilities(design->second, network);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  const Sweep& sweep_;
  SweepSpace space_;
  arch::DesignReader reader_;
  GraphCache graphs_;
  std::vector<NetworkVariant> networks_;
  std::map<Settings, arch::DesignPoint> designs_;
};

}  // namespace

void check_network_axes(const Sweep& sweep) {
  NetworkAxes(sweep).check();
}

}  // namespace tridex::explore
