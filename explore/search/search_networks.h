#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "explore/network.h"
#include "explore/sweep/sweep.h"
#include "models/graph.h"
#include "quant/integer_graph.h"

namespace tridex::explore {

/// The networks that a search has asked for so far. The axes over recipe.* and network.* may cross to any
/// number of them.
class SearchNetworks {
 public:
  explicit SearchNetworks(const Sweep& sweep) : sweep_(sweep) {}

  /// The index of a network of the sweep with these settings of recipe.* and network.*, in the order in which
  /// they were first asked for. Error: network_with()'s.
  size_t at(size_t entry, const Settings& settings);
  [[nodiscard]] const std::vector<NetworkVariant>& variants() const { return variants_; }

  /// One's float network. Not from several threads.
  const models::Graph& graph(size_t network) { return graphs_.of(variants_[network]); }
  /// Its network of the sweep and its settings but widths. Networks of which these are equal differ in widths
  /// alone; their base has the widths of the recipe's file.
  [[nodiscard]] std::pair<size_t, Settings> base_of(size_t network) const;
  [[nodiscard]] NetworkVariant base(size_t network) const;

 private:
  const Sweep& sweep_;
  std::map<std::pair<size_t, Settings>, size_t> indices_;
  std::vector<NetworkVariant> variants_;
  GraphCache graphs_;
};

}  // namespace tridex::explore
