#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "explore/sweep/sweep.h"

namespace tridex::explore {

/// How keys of axes begin that are not the design's.
constexpr std::string_view kRecipePrefix = "recipe.";
constexpr std::string_view kNetworkPrefix = "network.";
bool is_network_key(const std::string& key);  ///< begins so
bool is_of_networks(const Axis& axis);        ///< sets any such key
/// Whether it is a width of the recipe: recipe.weight_bits, recipe.weight_bits[GLOB],
/// recipe.role_activation_bits.ROLE, ...
bool is_width_key(const std::string& key);
/// "NAME with KEY=VALUE, ...", for errors; the name where there are no settings.
std::string described(const std::string& name, const Settings& settings);

/// A design or a recipe that a sweep names: a file beside it, or NAME.yaml of configs/`kind`.
std::filesystem::path find_beside(const std::string& name, const std::filesystem::path& sweep,
                                  const std::string& kind);

/// Reads an entry of a sweep's `networks`, and appends a variant a recipe.
void read_network(const Yaml& yaml, const std::filesystem::path& sweep, std::vector<NetworkVariant>& out);

/// Rows and files of networks go by name, so one name must be one network. Error otherwise.
void check_one_name(const Model& model, const std::vector<NetworkVariant>& others);

/// Network `index` of the sweep with those keys of recipe.* and network.* changed, to stand beside `others`.
/// Error: with_settings' and check_one_name's, with the network and the keys.
NetworkVariant network_with(const Sweep& sweep, size_t index, const Settings& settings,
                            const std::vector<NetworkVariant>& others);

/// The keys "network.KEY" that a network has, for axes and expressions.
const std::vector<std::string>& network_keys();
/// The N of a built-in network's name, efficientvit_b0_rN; "": it has none.
std::string resolution_of(const std::string& model);

}  // namespace tridex::explore
