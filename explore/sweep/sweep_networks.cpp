#include "explore/sweep/sweep_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/names.h"
#include "explore/located.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

constexpr const char* kResolutionMark = "_r";
constexpr int64_t kMostImages = 1'000'000'000;

/// {match: "stem.*", weight_bits: 4}
std::string entry_text(const quant::LayerWidths& layer) {
  nlohmann::json entry{{"match", layer.match}};
  if (layer.weight_bits) {
    entry["weight_bits"] = *layer.weight_bits;
  }
  if (layer.activation_bits) {
    entry["activation_bits"] = *layer.activation_bits;
  }
  return entry.dump();
}

/// The recipe of a file with `recipe.KEY` of the settings changed. recipe.weight_bits[GLOB] and
/// recipe.activation_bits[GLOB] append an entry to its `layers`, in the order of the keys;
/// recipe.role_weight_bits.ROLE needs no role_weight_bits in the file.
quant::Recipe recipe_with(const path& file, const Settings& settings) {
  const Yaml base = Yaml::load(file);
  std::vector<std::string> overrides, entries;
  for (const auto& [full, value] : settings) {
    if (!full.starts_with(kRecipePrefix)) {
      continue;
    }
    const std::string key = full.substr(kRecipePrefix.size());
    const size_t bracket = key.find('[');
    if (bracket != std::string::npos) {
      if (key.back() != ']' || bracket + 2 >= key.size()) {
        fail("{}: expected names of layers in the brackets, as in recipe.weight_bits[stages.2.*]", full);
      }
      const std::string match = key.substr(bracket + 1, key.size() - bracket - 2);
      entries.push_back(
          fmt::format("{{match: {}, {}: {}}}", nlohmann::json(match).dump(), key.substr(0, bracket), value));
      continue;
    }
    for (const std::string map : {"role_weight_bits", "role_activation_bits"}) {
      const std::string empty = map + "={}";
      if (key.starts_with(map + ".") && !base.find(map) &&
          std::find(overrides.begin(), overrides.end(), empty) == overrides.end()) {
        overrides.push_back(empty);
      }
    }
    overrides.push_back(key + "=" + value);
  }
  quant::Recipe recipe = quant::read_recipe(Yaml::load(file, overrides));
  if (entries.empty()) {
    return recipe;
  }
  std::vector<std::string> layers;
  for (const auto& layer : recipe.layers) {
    layers.push_back(entry_text(layer));
  }
  layers.insert(layers.end(), entries.begin(), entries.end());
  overrides.push_back("layers=[" + join(layers) + "]");
  return quant::read_recipe(Yaml::load(file, overrides));
}

/// The value of network.images.
int64_t images_of(const std::string& text) {
  const Value value = value_of(text);
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || *number != std::floor(*number) || *number < 0 || *number > kMostImages) {
    fail("network.images={}: expected a whole number, 0 (all) to {}", text, kMostImages);
  }
  return static_cast<int64_t>(*number);
}

}  // namespace

bool is_network_key(const std::string& key) {
  return key.starts_with(kRecipePrefix) || key.starts_with(kNetworkPrefix);
}

bool is_of_networks(const Axis& axis) {
  const Setting& setting = axis.settings[0];
  return std::any_of(setting.begin(), setting.end(),
                     [](const auto& entry) { return is_network_key(entry.first); });
}

bool is_width_key(const std::string& key) {
  static const std::set<std::string> widths{"weight_bits",      "activation_bits",     "attention_bits",
                                            "division_bits",    "logit_bits",          "resize_bits",
                                            "residual_bits",    "first_weight_bits",   "last_weight_bits",
                                            "role_weight_bits", "role_activation_bits"};
  if (!key.starts_with(kRecipePrefix)) {
    return false;
  }
  const std::string name = key.substr(kRecipePrefix.size());
  return widths.count(name.substr(0, name.find_first_of(".["))) > 0;
}

path find_beside(const std::string& name, const path& sweep, const std::string& kind) {
  const path beside = sweep.parent_path() / name;
  return std::filesystem::is_regular_file(beside) ? beside : arch::find_config(name, kind);
}

void read_network(const Yaml& yaml, const path& file, std::vector<NetworkVariant>& out) {
  NetworkVariant variant;
  const Yaml model = yaml.at("model");
  variant.model = located(model, [&] { return find_model(model.text(), file); });
  located(model, [&] {
    check_one_name(variant.model, out);
    static_cast<void>(variant.model.build());
  });
  if (const auto weights = yaml.find("weights")) {
    variant.weights = located(*weights, [&] { return find_data(weights->text(), file); });
    const Yaml calibration = yaml.at("calib");
    variant.calibration = located(calibration, [&] { return find_dataset(calibration.text(), file); });
    if (const auto data = yaml.find("data")) {
      variant.data = located(*data, [&] { return find_dataset(data->text(), file); });
    }
  } else {
    for (const char* key : {"calib", "data", "images"}) {
      if (const auto child = yaml.find(key)) {
        child->fail("needs weights, and this network names none");
      }
    }
  }
  variant.images = yaml.integer("images", 0, 0, kMostImages);
  const Yaml recipes = yaml.at("recipes");
  for (const auto& item : recipes.items()) {
    variant.recipe_name = path(item.text()).stem();
    variant.recipe_file = located(item, [&] { return find_beside(item.text(), file, "quant"); });
    variant.recipe = quant::read_recipe(Yaml::load(variant.recipe_file));
    out.push_back(variant);
  }
  if (recipes.items().empty()) {
    recipes.fail("expected at least one recipe");
  }
  yaml.finish();
}

std::filesystem::path find_data(const std::string& name, const path& from) {
  std::vector<path> places{name};
  std::string hint;
  if (path(name).is_relative()) {
    if (!from.empty()) {
      places.push_back(from.parent_path() / name);
    }
    if (const char* root = std::getenv("TRIDEX_DATA"); root != nullptr && *root != '\0') {
      places.push_back(path(root) / "data" / name);
      places.push_back(path(root) / name);
    } else {
      hint = "; TRIDEX_DATA is not set";
    }
    if (path(name).has_extension()) {  // a weight file; names of data sets have none
      places.push_back(arch::config_root().parent_path() / "models" / "zoo" / name);
    }
  }
  std::vector<std::string> looked;
  for (const auto& place : places) {
    std::error_code code;
    if (std::filesystem::exists(place, code)) {
      return place;
    }
    looked.push_back(place.string());
  }
  fail("{}: no such file or folder (looked for: {}{})", name, join(looked), hint);
}

std::filesystem::path find_dataset(const std::string& name, const path& from) {
  std::string reason;
  try {
    return find_data(name, from);
  } catch (const Error& error) {
    reason = error.what();
  }
  if (name.find('/') != std::string::npos) {
    throw Error(reason);
  }
  return arch::find_config(name, "datasets");
}

void check_one_name(const Model& model, const std::vector<NetworkVariant>& others) {
  for (const NetworkVariant& other : others) {
    if (other.model.name == model.name && other.model.graph != model.graph) {
      fail("another network of this sweep is called '{}'", model.name);
    }
  }
}

const std::vector<std::string>& network_keys() {
  static const std::vector<std::string> keys{"model", "resolution", "weights", "calib", "data", "images"};
  return keys;
}

std::string resolution_of(const std::string& model) {
  const size_t at = model.rfind(kResolutionMark);
  const bool digits = at != std::string::npos && at + 2 < model.size() &&
                      model.find_first_not_of("0123456789x", at + 2) == std::string::npos;
  return digits ? model.substr(at + 2) : "";
}

NetworkVariant with_settings(const NetworkVariant& network, const Settings& settings, const Sweep& sweep) {
  NetworkVariant result = network;
  result.settings = settings;
  const auto value_of_key = [&](const std::string& key) -> const std::string* {
    const auto found = settings.find(std::string(kNetworkPrefix) + key);
    return found == settings.end() ? nullptr : &found->second;
  };
  const auto& keys = network_keys();
  for (const auto& [key, value] : settings) {
    if (key.starts_with(kNetworkPrefix) &&
        std::find(keys.begin(), keys.end(), key.substr(kNetworkPrefix.size())) == keys.end()) {
      fail("{}: a network has no such key (there are: {})", key, join(keys));
    }
  }
  if (const auto* model = value_of_key("model")) {
    result.model = find_model(*model, sweep.file);
  }
  if (const auto* side = value_of_key("resolution")) {
    const std::string old = resolution_of(result.model.name);
    if (result.model.graph || old.empty()) {
      fail(
          "network.resolution={}: only names of built-in networks end in their resolution, as "
          "efficientvit_b0_r224 does; '{}' has its own",
          *side, result.model.name);
    }
    result.model.name.replace(result.model.name.size() - old.size(), old.size(), *side);
  }
  if (const auto* weights = value_of_key("weights")) {
    result.weights = find_data(*weights, sweep.file);
  }
  if (const auto* calibration = value_of_key("calib")) {
    result.calibration = find_dataset(*calibration, sweep.file);
  }
  if (const auto* data = value_of_key("data")) {
    result.data = find_dataset(*data, sweep.file);
  }
  if (const auto* images = value_of_key("images")) {
    result.images = images_of(*images);
  }
  if (!result.weights.empty() && result.calibration.empty()) {
    fail("network.weights: needs calib, and this network names none");
  }
  if (result.weights.empty() && !(result.calibration.empty() && result.data.empty())) {
    fail("network.calib, network.data: need weights, and this network names none");
  }
  result.recipe = recipe_with(network.recipe_file, settings);
  return result;
}

std::string described(const std::string& name, const Settings& settings) {
  std::string text = name;
  for (const auto& [key, value] : settings) {
    text += fmt::format("{}{}={}", text.size() == name.size() ? " with " : ", ", key, value);
  }
  return text;
}

NetworkVariant network_with(const Sweep& sweep, size_t index, const Settings& settings,
                            const std::vector<NetworkVariant>& others) {
  const NetworkVariant& base = sweep.networks[index];
  try {
    NetworkVariant result = settings.empty() ? base : with_settings(base, settings, sweep);
    result.entry = index;
    check_one_name(result.model, others);
    return result;
  } catch (const Error& error) {
    fail("{}: {}: {}", sweep.file.string(), described(base.model.name, settings), error.what());
  }
}

}  // namespace tridex::explore
