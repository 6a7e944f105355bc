#include "explore/sweep.h"

#include <cstdlib>
#include <set>

#include "arch/design/design_reader.h"
#include "base/error.h"
#include "base/names.h"
#include "explore/located.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

constexpr size_t kMostPoints = 1'000'000;

path find_beside(const std::string& name, const path& sweep, const std::string& kind) {
  const path beside = sweep.parent_path() / name;
  return std::filesystem::is_regular_file(beside) ? beside : arch::find_config(name, kind);
}

std::string value_text(const Yaml& value) {
  return value.is_scalar() ? value.text() : value.dump();
}

std::vector<std::string> axis_values(const Yaml& list) {
  std::vector<std::string> values;
  std::set<std::string> seen;
  for (const auto& item : list.items()) {
    values.push_back(value_text(item));
    if (!seen.insert(values.back()).second) {
      item.fail("the value " + values.back() + " is given twice");
    }
  }
  if (values.empty()) {
    list.fail("expected at least one value");
  }
  return values;
}

void read_network(const Yaml& yaml, const path& file, std::vector<NetworkVariant>& out) {
  NetworkVariant variant;
  const Yaml model = yaml.at("model");
  variant.model = located(model, [&] { return find_model(model.text(), file); });
  // Rows and files of networks go by name, so one name must be one network.
  for (const NetworkVariant& other : out) {
    if (other.model.name == variant.model.name && other.model.graph != variant.model.graph) {
      model.fail(fmt::format("another network of this sweep is called '{}'", other.model.name));
    }
  }
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
  variant.images = yaml.integer("images", 0, 0, 1'000'000'000);
  const Yaml recipes = yaml.at("recipes");
  for (const auto& item : recipes.items()) {
    variant.recipe_name = path(item.text()).stem();
    const path recipe = located(item, [&] { return find_beside(item.text(), file, "quant"); });
    variant.recipe = quant::read_recipe(Yaml::load(recipe));
    out.push_back(variant);
  }
  if (recipes.items().empty()) {
    recipes.fail("expected at least one recipe");
  }
  yaml.finish();
}

void read_axes(const Yaml& yaml, Sweep& sweep) {
  std::set<std::string> keys;
  const auto once = [&](const Yaml& node, const std::string& key) {
    if (!keys.insert(key).second) {
      node.fail("the key '" + key + "' is already an axis of this sweep");
    }
  };
  if (const auto axes = yaml.find("axes")) {
    for (const auto& key : axes->keys()) {
      const Yaml list = axes->at(key);
      once(list, key);
      Axis axis{{}, list.where() + ": " + list.path()};
      for (const auto& value : axis_values(list)) {
        axis.settings.push_back({{key, value}});
      }
      sweep.axes.push_back(std::move(axis));
    }
  }
  if (const auto groups = yaml.find("zip")) {
    for (const auto& group : groups->items()) {
      Axis axis{{}, group.where() + ": " + group.path()};
      for (const auto& key : group.keys()) {
        const Yaml list = group.at(key);
        once(list, key);
        std::vector<std::string> values;
        for (const auto& item : list.items()) {
          values.push_back(value_text(item));
        }
        if (axis.settings.empty()) {
          axis.settings.resize(values.size());
        }
        if (values.empty() || values.size() != axis.settings.size()) {
          list.fail(fmt::format("zipped lists must have one length: {} here, {} in the first", values.size(),
                                axis.settings.size()));
        }
        for (size_t i = 0; i < values.size(); ++i) {
          axis.settings[i].emplace_back(key, values[i]);
        }
      }
      if (axis.settings.empty()) {
        group.fail("expected keys with lists of one length");
      }
      sweep.axes.push_back(std::move(axis));
    }
  }
  size_t points = sweep.networks.size();
  for (const auto& axis : sweep.axes) {
    if (points * axis.settings.size() > kMostPoints) {
      yaml.fail(fmt::format("the axes cross to more than {} points", kMostPoints));
    }
    points *= axis.settings.size();
  }
}

arch::DesignPoint design_with(arch::DesignReader& reader,
                              const std::map<std::string, std::string>& settings) {
  std::vector<std::string> overrides;
  for (const auto& [key, value] : settings) {
    overrides.push_back(key + "=" + value);
  }
  return reader.read(overrides);
}

/// A key that no design knows would otherwise be a sweep of nothing but failed points.
void check_axis(arch::DesignReader& reader, const Axis& axis) {
  std::string first;
  for (const auto& setting : axis.settings) {
    try {
      design_with(reader, {setting.begin(), setting.end()});
      return;
    } catch (const Error& error) {
      first = first.empty() ? error.what() : first;
    }
  }
  fail("{}: no value of this axis gives a design: {}", axis.where, first);
}

}  // namespace

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

Sweep read_sweep(const path& file, const std::vector<std::string>& overrides) {
  const Yaml yaml = Yaml::load(file, overrides);
  Sweep sweep = read_sweep(yaml);
  yaml.finish();
  return sweep;
}

Sweep read_sweep(const Yaml& yaml) {
  const path file = yaml.file();
  Sweep sweep;
  sweep.name = yaml.text("name", file.stem().string());
  sweep.text = yaml.dump();
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
  read_axes(yaml, sweep);
  return sweep;
}

std::vector<DesignVariant> expand_designs(const Sweep& sweep) {
  arch::DesignReader reader(sweep.design_file);
  design_with(reader, {});
  size_t count = 1;
  for (const auto& axis : sweep.axes) {
    check_axis(reader, axis);
    count *= axis.settings.size();
  }
  std::vector<DesignVariant> result(count);
  for (size_t i = 0; i < count; ++i) {
    size_t rest = i;
    for (size_t a = sweep.axes.size(); a-- > 0;) {
      const auto& settings = sweep.axes[a].settings;
      const Setting& setting = settings[rest % settings.size()];
      result[i].settings.insert(setting.begin(), setting.end());
      rest /= settings.size();
    }
    try {
      result[i].design = design_with(reader, result[i].settings);
    } catch (const Error& error) {
      result[i].reason = error.what();
    }
  }
  return result;
}

}  // namespace tridex::explore
