#include "models/dataset.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "models/class_folders.h"
#include "models/dataset_config.h"
#include "models/image.h"

namespace tridex::models {

namespace fs = std::filesystem;

namespace {

class BaseDataset : public Dataset {
 public:
  BaseDataset(DatasetConfig config, const Shape& input) : config_(std::move(config)), input_(input) {}
  [[nodiscard]] const DatasetInfo& info() const override { return config_.info; }

 protected:
  [[nodiscard]] Activation prepare(const Image& image, const std::string& name) const {
    return preprocess(image, config_.preprocess, input_, name);
  }
  DatasetConfig config_;
  Shape input_;
};

/// Photos below the root, each of a class.
class ListedPhotos : public BaseDataset {
 public:
  using BaseDataset::BaseDataset;
  [[nodiscard]] size_t size() const override { return entries_.size(); }
  [[nodiscard]] Sample load(size_t i) const override {
    const auto& [file, class_index] = entries_.at(i);
    Sample sample;
    sample.name = file;
    sample.image = prepare(read_image(config_.root / file), (config_.root / file).string());
    sample.label.class_index = class_index;
    return sample;
  }

 protected:
  std::vector<std::pair<std::string, int>> entries_;
};

/// labels.csv and the photos that it names.
class LabelledFolder : public ListedPhotos {
 public:
  LabelledFolder(DatasetConfig config, const Shape& input) : ListedPhotos(std::move(config), input) {
    const fs::path csv = config_.root / "labels.csv";
    const std::string text = read_text(csv);
    std::set<std::string> seen;
    int line_number = 0;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line(text.data() + begin, end - begin);
      begin = end + 1;
      ++line_number;
      if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
      }
      if (line_number == 1) {
        if (line != "file,class_index") {
          fail("{}:1: expected the header 'file,class_index', got '{}'", csv.string(), line);
        }
      } else if (!line.empty()) {
        entries_.push_back(parse(line, fmt::format("{}:{}", csv.string(), line_number)));
        if (!seen.insert(entries_.back().first).second) {
          fail("{}:{}: '{}' is listed twice", csv.string(), line_number, entries_.back().first);
        }
      }
    }
    if (entries_.empty()) {
      fail("{}: the data set is empty", csv.string());
    }
  }

 private:
  /// A file's name may hold commas; its class is what follows the last one.
  [[nodiscard]] std::pair<std::string, int> parse(std::string_view line, const std::string& where) const {
    const size_t comma = line.rfind(',');
    if (comma == std::string_view::npos || comma == 0) {
      fail("{}: expected FILE,CLASS, got '{}'", where, line);
    }
    const std::string_view number = line.substr(comma + 1);
    int class_index = -1;
    const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), class_index);
    if (code != std::errc() || end != number.data() + number.size() || class_index < 0) {
      fail("{}: '{}' is not a class index (0 or more)", where, number);
    }
    const auto classes = config_.info.classes.size();
    if (classes > 0 && static_cast<size_t>(class_index) >= classes) {
      fail("{}: class {} is not below the data set's {} classes", where, class_index, classes);
    }
    return {std::string(line.substr(0, comma)), class_index};
  }
};

/// One subfolder per class.
class ClassFolders : public ListedPhotos {
 public:
  ClassFolders(DatasetConfig config, const Shape& input) : ListedPhotos(std::move(config), input) {
    std::vector<std::string>& classes = config_.info.classes;
    config_.info.sorted_by_class = true;
    if (config_.folder_class.empty()) {
      auto folders = class_folder_names(config_.root);
      if (!classes.empty() && classes.size() != folders.size()) {
        fail(
            "{}: {} class folders, the data set has {} classes (as classes, list the folders in the "
            "network's order, "
            "or give class_map: {{folder: class}})",
            config_.root.string(), folders.size(), classes.size());
      }
      classes = std::move(folders);
    }
    entries_ = list_class_folders(config_.root, config_.folder_class);
  }
};

/// Files of a folder by their stem.
std::map<std::string, fs::path> list_files(const fs::path& folder, const std::set<std::string>& extensions) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::string extension = at->path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (extensions.count(extension) == 0) {
      continue;
    }
    const auto [other, added] = files.emplace(at->path().stem().string(), at->path());
    if (!added) {
      fail("{} and {}: two files for one sample", other->second.string(), at->path().string());
    }
  }
  if (error) {
    fail("{}: {}", folder.string(), error.message());
  }
  return files;
}

/// image/ and label/.
class PairFolder : public BaseDataset {
 public:
  PairFolder(DatasetConfig config, const Shape& input) : BaseDataset(std::move(config), input) {
    const auto labels = list_files(config_.root / "label", {".png"});
    for (const auto& [stem, image] : list_files(config_.root / "image", {".png", ".jpg", ".jpeg"})) {
      const auto label = labels.find(stem);
      if (label == labels.end()) {
        fail("{}: it has no label {}", image.string(), (config_.root / "label" / (stem + ".png")).string());
      }
      pairs_.emplace_back(image, label->second);
    }
    if (pairs_.empty()) {
      fail("{}: the data set is empty (no PNG or JPEG files)", (config_.root / "image").string());
    }
  }
  [[nodiscard]] size_t size() const override { return pairs_.size(); }
  [[nodiscard]] Sample load(size_t i) const override {
    const auto& [image, label] = pairs_.at(i);
    Sample sample;
    sample.name = image.filename().string();
    sample.image = prepare(read_image(image), image.string());
    Image ids = read_label_image(label);
    const auto classes = config_.info.classes.size();
    for (const uint8_t id : ids.pixels) {
      if (classes > 0 && id >= classes && id != config_.info.ignore) {
        fail("{}: label {} is not one of the data set's {} classes", label.string(), id, classes);
      }
    }
    sample.label.height = ids.height;
    sample.label.width = ids.width;
    sample.label.pixels = std::move(ids.pixels);
    return sample;
  }

 private:
  std::vector<std::pair<fs::path, fs::path>> pairs_;
};

class CifarFile : public BaseDataset {
 public:
  CifarFile(DatasetConfig config, const Shape& input)
      : BaseDataset(std::move(config), input), bytes_(read_bytes(config_.root)) {
    if (bytes_.empty()) {
      fail("{}: the data set is empty", config_.root.string());
    }
    if (bytes_.size() % kRecord != 0) {
      fail("{}: {} bytes are not a whole number of CIFAR-10 records of {} bytes", config_.root.string(),
           bytes_.size(), kRecord);
    }
    for (size_t i = 0; i < size(); ++i) {
      if (bytes_[i * kRecord] >= config_.info.classes.size()) {
        fail("{}: record {} has class {}, not below the data set's {} classes", config_.root.string(), i,
             bytes_[i * kRecord], config_.info.classes.size());
      }
    }
  }
  [[nodiscard]] size_t size() const override { return bytes_.size() / kRecord; }
  [[nodiscard]] Sample load(size_t i) const override {
    const uint8_t* record = &bytes_.at(i * kRecord);
    Image image{kSide, kSide, 3, std::vector<uint8_t>(kRecord - 1)};
    for (size_t pixel = 0; pixel < kPixels; ++pixel) {
      for (size_t c = 0; c < 3; ++c) {
        image.pixels[3 * pixel + c] = record[1 + c * kPixels + pixel];
      }
    }
    Sample sample;
    sample.name = fmt::format("{}", i);
    sample.image = prepare(image, fmt::format("{}, record {}", config_.root.string(), i));
    sample.label.class_index = record[0];
    return sample;
  }

 private:
  static constexpr int kSide = 32;
  static constexpr size_t kPixels = size_t{kSide} * size_t{kSide};
  static constexpr size_t kRecord = 1 + 3 * kPixels;
  std::vector<uint8_t> bytes_;
};

class Scenes : public BaseDataset {
 public:
  Scenes(DatasetConfig config, const Shape& input) : BaseDataset(std::move(config), input) {
    config_.info.classes_take_turns = true;
  }
  [[nodiscard]] size_t size() const override { return static_cast<size_t>(config_.scenes.images); }
  [[nodiscard]] Sample load(size_t i) const override {
    const Scene scene = draw_scene(config_.scenes.seed, config_.scenes.split, i);
    Sample sample;
    sample.name = fmt::format("{:06}", i);
    sample.image = prepare(scene.image, sample.name);
    sample.label.class_index = scene.class_index;
    return sample;
  }
};

class Part : public Dataset {
 public:
  Part(const Dataset& whole, std::vector<size_t> indices) : whole_(whole), indices_(std::move(indices)) {}
  [[nodiscard]] const DatasetInfo& info() const override { return whole_.info(); }
  [[nodiscard]] size_t size() const override { return indices_.size(); }
  [[nodiscard]] Sample load(size_t i) const override { return whole_.load(indices_.at(i)); }

 private:
  const Dataset& whole_;
  std::vector<size_t> indices_;
};

}  // namespace

std::vector<size_t> spread_indices(size_t size, size_t count) {
  std::vector<size_t> indices(std::min(size, count));
  for (size_t i = 0; i < indices.size(); ++i) {
    indices[i] = i * size / indices.size();
  }
  return indices;
}

std::vector<size_t> evaluation_indices(const Dataset& dataset, size_t count) {
  return spread_indices(dataset.info().classes_take_turns ? std::min(dataset.size(), count) : dataset.size(),
                        count);
}

std::unique_ptr<Dataset> part_of(const Dataset& whole, size_t count) {
  return std::make_unique<Part>(whole, evaluation_indices(whole, count));
}

std::vector<size_t> calibration_indices(const Dataset& dataset, size_t count) {
  const size_t among = dataset.info().sorted_by_class ? dataset.size() : std::min(dataset.size(), count);
  return spread_indices(among, count);
}

void check_classes(const DatasetInfo& info, int outputs) {
  const bool mapped = !info.class_map.empty();
  const size_t classes = mapped ? info.class_map.size() : info.classes.size();
  if (classes > 0 && static_cast<int>(classes) != outputs) {
    fail("the network makes {} classes, the data set {} {}{}", outputs, mapped ? "maps" : "has", classes,
         info.sorted_by_class ? " (a file classes.txt in it can list the class folders in the order of the "
                                "network's classes, one a line)"
                              : "");
  }
}

std::unique_ptr<Dataset> open_dataset(const fs::path& where, const Shape& input) {
  std::error_code ignored;
  DatasetConfig config =
      fs::is_directory(where, ignored) ? guess_dataset_config(where) : read_dataset_config(where);
  switch (config.layout) {
    case DatasetConfig::Layout::kLabelsCsv:
      return std::make_unique<LabelledFolder>(std::move(config), input);
    case DatasetConfig::Layout::kImageLabelPairs:
      return std::make_unique<PairFolder>(std::move(config), input);
    case DatasetConfig::Layout::kClassFolders:
      return std::make_unique<ClassFolders>(std::move(config), input);
    case DatasetConfig::Layout::kCifar10:
      return std::make_unique<CifarFile>(std::move(config), input);
    case DatasetConfig::Layout::kGenerated:
      return std::make_unique<Scenes>(std::move(config), input);
  }
  throw std::logic_error("open_dataset: not a Layout");
}

}  // namespace tridex::models
