#include "models/dataset_config.h"

#include <cstdlib>
#include <limits>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/names.h"
#include "base/yaml.h"
#include "models/class_folders.h"

namespace tridex::models {

namespace fs = std::filesystem;

namespace {

using Layout = DatasetConfig::Layout;

constexpr int kMaxClasses = 65536;
constexpr int kMaxLabel = 255;  // label images have 8 bits

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

fs::path find_root(const Yaml& node, const fs::path& yaml_file) {
  const fs::path root = node.text();
  std::vector<fs::path> places = {yaml_file.parent_path() / root};
  const char* data = std::getenv("TRIDEX_DATA");
  if (root.is_relative() && data != nullptr && *data != '\0') {
    places.push_back(fs::path(data) / "data" / root);
    places.push_back(fs::path(data) / root);
  }
  std::vector<std::string> tried;
  for (const fs::path& place : places) {
    if (is_there(place)) {
      return place;
    }
    tried.push_back(place.string());
  }
  node.fail(fmt::format("there is no '{}' (looked for: {}{})", root.string(), join(tried),
                        data == nullptr ? "; TRIDEX_DATA, the folder of data sets, is not set" : ""));
}

std::vector<std::string> names_by_class(const std::map<std::string, int>& class_of) {
  std::vector<std::string> names(class_of.size());
  for (const auto& [name, index] : class_of) {
    names[static_cast<size_t>(index)] = name;
  }
  return names;
}

/// A list of names, or their number.
std::vector<std::string> read_classes(const Yaml& node) {
  std::vector<std::string> names;
  if (node.is_list()) {
    std::set<std::string> seen;
    for (const Yaml& item : node.items()) {
      if (!seen.insert(item.text()).second) {
        item.fail(fmt::format("class '{}' is listed twice", item.text()));
      }
      names.push_back(item.text());
    }
  } else {
    const int64_t count = node.integer(1, kMaxClasses);
    for (int64_t i = 0; i < count; ++i) {
      names.push_back(std::to_string(i));
    }
  }
  if (names.empty()) {
    node.fail("at least one class is needed");
  }
  return names;
}

std::array<float, 3> read_triple(const Yaml& node, double low, double high) {
  const auto items = node.items();
  if (items.size() != 3) {
    node.fail(fmt::format("expected three numbers (red, green, blue), got {}", items.size()));
  }
  std::array<float, 3> result{};
  for (size_t c = 0; c < 3; ++c) {
    result[c] = static_cast<float>(items[c].real(low, high));
  }
  return result;
}

void read_resize(const Yaml& node, Preprocess& how) {
  how.fit = node.at("mode").choice<Preprocess::Fit>({{"none", Preprocess::Fit::kNone},
                                                     {"exact", Preprocess::Fit::kExact},
                                                     {"short_side", Preprocess::Fit::kShortSide}});
  how.method = node.choice<Preprocess::Method>("filter", Preprocess::Method::kBicubic,
                                               {{"bilinear", Preprocess::Method::kBilinear},
                                                {"bicubic", Preprocess::Method::kBicubic},
                                                {"bilinear_float", Preprocess::Method::kBilinearFloat}});
  if (how.method == Preprocess::Method::kBilinearFloat && how.fit != Preprocess::Fit::kExact) {
    node.at("filter").fail("bilinear_float goes with mode: exact only");
  }
  if (how.fit == Preprocess::Fit::kShortSide) {
    const auto side = node.find("short_side");
    const auto ratio = node.find("crop_ratio");
    if (side.has_value() == ratio.has_value()) {
      node.fail("mode short_side needs either short_side (pixels) or crop_ratio (input / short side)");
    }
    how.short_side = side ? static_cast<int>(side->integer(1, 1 << 15)) : 0;
    how.crop_ratio = ratio ? ratio->real(0.1, 1.0) : 1.0;
  }
  node.finish();
}

void read_normalize(const Yaml& node, Preprocess& how) {
  how.divide = node.at("divide").real(1e-6, 1e6);
  how.mean = read_triple(node.at("mean"), -1e6, 1e6);
  how.std = read_triple(node.at("std"), 1e-6, 1e6);
  node.finish();
}

void read_label_keys(const Yaml& yaml, DatasetInfo& info) {
  const auto classes = static_cast<int64_t>(info.classes.size());
  info.ignore = static_cast<int>(yaml.integer("ignore", -1, 0, kMaxLabel));
  if (const auto map = yaml.find("class_map")) {
    for (const Yaml& item : map->items()) {
      info.class_map.push_back(static_cast<int>(item.integer(0, classes - 1)));
    }
  }
}

/// `classes` of class folders is their number, a list of them, or a text file with one a line (beside the
/// YAML).
void read_folder_classes(const Yaml& yaml, const fs::path& file, DatasetConfig& config) {
  const Yaml classes = yaml.at("classes");
  const bool is_number =
      classes.is_scalar() && classes.text().find_first_not_of("0123456789") == std::string::npos;
  if (classes.is_scalar() && !is_number) {
    const fs::path list = file.parent_path() / classes.text();
    if (!is_there(list)) {
      classes.fail(
          fmt::format("expected the number of classes, a list of them, or a text file with one a line; "
                      "there is no file {}",
                      list.string()));
    }
    config.folder_class = read_class_list(list);
    config.info.classes = names_by_class(config.folder_class);
    return;
  }
  config.info.classes = read_classes(classes);
  if (!is_number) {
    for (size_t i = 0; i < config.info.classes.size(); ++i) {
      config.folder_class.emplace(config.info.classes[i], static_cast<int>(i));
    }
  } else if (const auto map = yaml.find("class_map")) {
    if (map->keys().empty()) {
      map->fail("expected folder: class, got an empty map");
    }
    for (const std::string& folder : map->keys()) {
      const auto highest = static_cast<int64_t>(config.info.classes.size()) - 1;
      config.folder_class.emplace(folder, static_cast<int>(map->at(folder).integer(0, highest)));
    }
  }
}

SceneSet read_scenes(const Yaml& node) {
  SceneSet set;
  set.split = node.at("split").choice<SceneSplit>({{"train", SceneSplit::kTrain},
                                                   {"calibration", SceneSplit::kCalibration},
                                                   {"test", SceneSplit::kTest}});
  set.seed = static_cast<uint64_t>(node.integer("seed", 1, 0, std::numeric_limits<int64_t>::max()));
  set.images = node.at("images").integer(1, kMaxScenes);
  node.finish();
  return set;
}

}  // namespace

DatasetConfig read_dataset_config(const fs::path& file) {
  const Yaml yaml = Yaml::load(file);
  DatasetConfig config;
  config.info.task = yaml.at("task").choice<Task>(
      {{"classification", Task::kClassification}, {"segmentation", Task::kSegmentation}});
  config.layout = yaml.at("layout").choice<Layout>({{"labels_csv", Layout::kLabelsCsv},
                                                    {"image_label_pairs", Layout::kImageLabelPairs},
                                                    {"class_folders", Layout::kClassFolders},
                                                    {"cifar10", Layout::kCifar10},
                                                    {"generated", Layout::kGenerated}});
  const bool segmentation = config.info.task == Task::kSegmentation;
  if (segmentation != (config.layout == Layout::kImageLabelPairs)) {
    yaml.at("layout").fail(segmentation ? "segmentation goes with image_label_pairs"
                                        : "image_label_pairs goes with segmentation");
  }
  if (config.layout == Layout::kGenerated) {
    config.scenes = read_scenes(yaml.at("scenes"));
    config.info.classes = scene_class_names();
  } else if (config.layout == Layout::kClassFolders) {
    read_folder_classes(yaml, file, config);
  } else {
    config.info.classes = read_classes(yaml.at("classes"));
  }
  if (segmentation) {
    read_label_keys(yaml, config.info);
  }
  read_resize(yaml.at("resize"), config.preprocess);
  read_normalize(yaml.at("normalize"), config.preprocess);
  if (config.layout == Layout::kGenerated) {
    yaml.finish();
    return config;
  }
  const Yaml root = yaml.at("root");
  yaml.finish();
  config.root = find_root(root, file);
  return config;
}

DatasetConfig guess_dataset_config(const fs::path& folder) {
  DatasetConfig config;
  config.root = folder;
  if (is_there(folder / "labels.csv")) {
    return config;
  }
  if (is_there(folder / "image") && is_there(folder / "label")) {
    config.layout = Layout::kImageLabelPairs;
    config.info.task = Task::kSegmentation;
    config.info.ignore = kMaxLabel;
    config.preprocess.fit = Preprocess::Fit::kExact;
    return config;
  }
  if (!class_folder_names(folder).empty()) {
    config.layout = Layout::kClassFolders;
    if (is_there(folder / "classes.txt")) {
      config.folder_class = read_class_list(folder / "classes.txt");
      config.info.classes = names_by_class(config.folder_class);
    }
    return config;
  }
  fail(
      "{}: not a data set: a folder needs labels.csv, or image/ and label/, or a subfolder per class (or "
      "name a data "
      "set YAML)",
      folder.string());
}

}  // namespace tridex::models
