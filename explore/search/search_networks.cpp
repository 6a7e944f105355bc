#include "explore/search/search_networks.h"

#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {

size_t SearchNetworks::at(size_t entry, const Settings& settings) {
  const auto found = indices_.find({entry, settings});
  if (found != indices_.end()) {
    return found->second;
  }
  variants_.push_back(network_with(sweep_, entry, settings, variants_));
  return indices_.emplace(std::pair(entry, settings), variants_.size() - 1).first->second;
}

std::pair<size_t, Settings> SearchNetworks::base_of(size_t network) const {
  const NetworkVariant& variant = variants_[network];
  Settings settings = variant.settings;
  std::erase_if(settings, [](const auto& entry) { return is_width_key(entry.first); });
  return {variant.entry, std::move(settings)};
}

NetworkVariant SearchNetworks::base(size_t network) const {
  const auto [entry, settings] = base_of(network);
  return network_with(sweep_, entry, settings, {});
}

}  // namespace tridex::explore
