#pragma once
#include <optional>
#include <vector>

#include "arch/design/design_reader.h"
#include "explore/optimizer.h"
#include "explore/store.h"
#include "explore/sweep.h"

namespace tridex::explore {

/// A sweep's points as choices: the first variable is the network (an index of Sweep::networks), the axes
/// follow. A variable is ordered where its values are numbers that rise or fall, those of a group all of
/// them.
class SearchSpace {
 public:
  /// Error: the base design cannot be read.
  explicit SearchSpace(const Sweep& sweep);

  [[nodiscard]] const std::vector<size_t>& sizes() const { return sizes_; }
  [[nodiscard]] const std::vector<bool>& ordered() const { return ordered_; }
  [[nodiscard]] size_t points() const;  ///< at most SIZE_MAX
  [[nodiscard]] DesignVariant design(const Choice& choice);
  [[nodiscard]] arch::DesignPoint read(const std::map<std::string, std::string>& settings);
  /// The choice that a row of a store is; none where it has another network, or lacks a value of an axis.
  [[nodiscard]] std::optional<Choice> choice_of(const PointRow& row) const;
  /// The choices whose axes all have their first values, all their last ones, or all but one of them; for the
  /// first network.
  [[nodiscard]] std::vector<Choice> corners() const;

 private:
  const Sweep& sweep_;
  arch::DesignReader reader_;
  std::vector<size_t> sizes_;
  std::vector<bool> ordered_;
};

}  // namespace tridex::explore
