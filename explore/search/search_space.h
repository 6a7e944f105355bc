#pragma once
#include <optional>
#include <vector>

#include "arch/design/design_reader.h"
#include "explore/search/optimizer.h"
#include "explore/search/search_networks.h"
#include "explore/store/store.h"
#include "explore/sweep/sweep.h"
#include "explore/sweep/sweep_space.h"

namespace tridex::explore {

/// A sweep's points as choices: the first variable is the network (an index of Sweep::networks), the axes
/// follow. A variable is ordered where its values are numbers that rise or fall, those of a group all of
/// them. The choices are never crossed, so there may be any number of them, and of networks: those are made
/// as they are asked for.
class SearchSpace {
 public:
  /// Error: the base design cannot be read; a derived value is a network's; SweepSpace's.
  explicit SearchSpace(const Sweep& sweep);

  [[nodiscard]] const std::vector<size_t>& sizes() const { return space_.sizes(); }
  [[nodiscard]] const std::vector<bool>& ordered() const { return ordered_; }
  [[nodiscard]] size_t points() const;  ///< at most SIZE_MAX; those that constraints exclude among them
  [[nodiscard]] size_t network_count() const;  ///< at most SIZE_MAX; of all choices
  [[nodiscard]] SearchNetworks& networks() { return networks_; }
  /// Of networks(). Error: it does not accept its settings.
  [[nodiscard]] size_t network(const Choice& choice);
  /// The choice's network, and those with another value of one of the axes over networks; but those that do
  /// not accept their settings.
  [[nodiscard]] std::vector<size_t> network_steps(const Choice& choice);
  /// All of them with a choice of each, but those that do not accept their settings.
  [[nodiscard]] std::vector<std::pair<size_t, Choice>> all_networks();
  /// Whether the constraints over keys hold, and the network accepts its settings together. Error: a
  /// constraint that cannot be evaluated there.
  [[nodiscard]] bool allowed(const Choice& choice);
  /// Why the first network did not; empty: there was none.
  [[nodiscard]] const std::string& refused() const { return refused_; }
  /// Of the design and the network.
  [[nodiscard]] Settings settings(const Choice& choice) const { return space_.settings(choice); }
  [[nodiscard]] DesignVariant design(const Choice& choice);
  [[nodiscard]] arch::DesignPoint read(const Settings& settings) { return reader_.read_with(settings); }
  /// The choice that a row of a store is; none where it has another network, or lacks a value of an axis.
  [[nodiscard]] std::optional<Choice> choice_of(const PointRow& row);
  /// The choices whose axes all have their first values, all their last ones, or all but one of them; for the
  /// first network.
  [[nodiscard]] std::vector<Choice> corners() const;
  /// Error: check_network_axes(); neither a corner gives a design nor, by itself, any value of some axis (a
  /// misspelt key).
  void check();

 private:
  bool is_accepted(const Choice& choice);

  const Sweep& sweep_;
  SweepSpace space_;
  arch::DesignReader reader_;
  std::vector<bool> ordered_;
  std::vector<size_t> network_variables_;  ///< those that a network depends on, the first of all among them
  SearchNetworks networks_;
  std::string refused_;
};

}  // namespace tridex::explore
