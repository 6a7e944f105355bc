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
#include "quant/quantize.h"

namespace tridex::explore {

/// One network of a sweep with one recipe: a row of networks x recipes.
struct NetworkVariant {
  Model model;
  std::string recipe_name;  ///< as the sweep names it
  quant::Recipe recipe;
  std::filesystem::path weights;  ///< empty: shapes and widths only, so no accuracy
  std::filesystem::path calibration;
  std::filesystem::path data;  ///< empty: accuracy is not measured
  int64_t images = 0;          ///< of data; 0: all
};

/// One value of an axis: the keys that it sets together. An axis over one key has one entry; a zip group
/// several.
using Setting = std::vector<std::pair<std::string, std::string>>;

struct Axis {
  std::vector<Setting> settings;
  std::string where;  ///< "FILE:LINE: axes.copies", for errors
};

/// A sweep file as plain structs (HACKING.md has the schema).
struct Sweep {
  std::string name;
  std::string text;  ///< of the file
  std::filesystem::path design_file;
  arch::Fidelity fidelity = arch::Fidelity::kTimed;
  int frames = 3;
  uint64_t seed = 1;
  double timeout_seconds = 300;  ///< of one point
  std::vector<NetworkVariant> networks;
  std::vector<Axis> axes;
};

/// Reads configs/sweeps/*.yaml. Names of designs, recipes and data sets are looked for beside the sweep, then
/// in configs/, so are network files; weights also in $TRIDEX_DATA and $TRIDEX_DATA/data. Errors: file:line:
/// key, what is accepted.
Sweep read_sweep(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});
/// The keys of a sweep in a file that has others, too; the caller asks for those and calls finish().
Sweep read_sweep(const Yaml& yaml);

/// A design of the sweep: the base design with one setting of every axis.
struct DesignVariant {
  std::map<std::string, std::string> settings;  ///< key -> value
  std::optional<arch::DesignPoint> design;      ///< none: it cannot be read
  std::string reason;                           ///< why not
};

/// All designs, the last axis fastest. A setting that fails only in company of others gives a variant with
/// its reason; an axis none of whose settings is accepted by itself (a misspelt key) is an Error.
std::vector<DesignVariant> expand_designs(const Sweep& sweep);

/// The file that `name` stands for: a path as it is, beside `from`, or (weights, data sets) under
/// $TRIDEX_DATA or $TRIDEX_DATA/data, a file with an extension also in models/zoo. Error: lists the places.
std::filesystem::path find_data(const std::string& name, const std::filesystem::path& from = {});
/// A data set: a folder or file as find_data does, else configs/datasets/NAME.yaml.
std::filesystem::path find_dataset(const std::string& name, const std::filesystem::path& from = {});

}  // namespace tridex::explore
