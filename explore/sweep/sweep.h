#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arch/design/design_point.h"
#include "arch/design/run_result.h"
#include "base/yaml.h"
#include "explore/model.h"
#include "explore/sweep/expression.h"
#include "explore/sweep/sample.h"
#include "quant/quantize.h"

namespace tridex::explore {

using Settings = std::map<std::string, std::string>;  ///< key -> value

/// One network of a sweep with one recipe: a row of networks x recipes.
struct NetworkVariant {
  size_t entry = 0;  ///< of Sweep::networks, that network_with() has made it of
  Model model;
  std::string recipe_name;  ///< as the sweep names it
  std::filesystem::path recipe_file;
  Settings settings;  ///< of axes over recipe.KEY and network.KEY
  quant::Recipe recipe;
  std::filesystem::path weights;  ///< empty: shapes and widths only, so no accuracy
  std::filesystem::path calibration;
  std::filesystem::path data;  ///< empty: accuracy is not measured
  int64_t images = 0;          ///< of data; 0: all
};

/// One value of an axis: the keys that it sets together. An axis over one key has one entry; a zip group
/// several. Keys are the design's, or begin with "recipe." or "network.".
using Setting = std::vector<std::pair<std::string, std::string>>;

struct Axis {
  std::vector<Setting> settings;
  std::string where;  ///< "FILE:LINE: axes.copies", for errors
};

/// `expression` is the value of `key` at every point.
struct Derived {
  std::string key;
  Expression expression;
  std::string where;  ///< "FILE:LINE: derived.KEY", for errors
};

/// Points where `expression` is false are none of the sweep's.
struct Constraint {
  Expression expression;
  std::string where;
};

/// Where a sweep ends before it has run all its points. What is not run now, the same command runs next time.
struct Budget {
  std::optional<size_t> points;   ///< of the sweep: the first ones by hash
  std::optional<double> minutes;  ///< of one command; points that have begun are finished
};

/// A sweep file as plain structs (`tridex sweep --help` has the schema).
struct Sweep {
  std::string name;
  std::string text;  ///< of the file
  std::filesystem::path file;
  std::filesystem::path design_file;
  arch::Fidelity fidelity = arch::Fidelity::kTimed;
  int frames = 3;
  uint64_t seed = 1;
  double timeout_seconds = 300;  ///< of one point
  std::vector<NetworkVariant> networks;
  std::vector<Axis> axes;
  std::vector<Derived> derived;
  std::vector<Constraint> constraints;
  Sampling sampling;
  std::string sampling_where;  ///< "FILE:LINE: sample", for errors
  Budget budget;
};

/// The designs of a sweep's points: the base design with some keys changed.
struct DesignVariant {
  Settings settings;
  std::optional<arch::DesignPoint> design;  ///< none: it cannot be read
  std::string reason;                       ///< why not
};

/// Reads configs/sweeps/*.yaml. Names of designs, recipes and data sets are looked for beside the sweep, then
/// in configs/, so are network files; weights also in $TRIDEX_DATA and $TRIDEX_DATA/data. Errors: file:line:
/// key, what is accepted.
Sweep read_sweep(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});
/// What a search's file has of a sweep's: all but constraints, sample and budget. The caller asks for the
/// other keys and calls finish().
Sweep read_points(const Yaml& yaml);
/// A constraint over keys.
Constraint read_constraint(const Yaml& yaml);

/// The network with those keys of recipe.* and network.* changed. Error: the key, the value, what is
/// accepted.
NetworkVariant with_settings(const NetworkVariant& network, const Settings& settings, const Sweep& sweep);

/// The file that `name` stands for: a path as it is, beside `from`, or (weights, data sets) under
/// $TRIDEX_DATA or $TRIDEX_DATA/data, a file with an extension also in models/zoo. Error: lists the places.
std::filesystem::path find_data(const std::string& name, const std::filesystem::path& from = {});
/// A data set: a folder or file as find_data does, else configs/datasets/NAME.yaml.
std::filesystem::path find_dataset(const std::string& name, const std::filesystem::path& from = {});

}  // namespace tridex::explore
