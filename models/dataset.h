#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "models/float_executor.h"
#include "models/paired.h"

namespace tridex::models {

enum class Task { kClassification, kSegmentation };

/// What a network's prediction is compared with.
struct Label {
  int class_index = -1;         ///< classification
  int height = 0, width = 0;    ///< segmentation: size of `pixels`
  std::vector<uint8_t> pixels;  ///< segmentation: class id per pixel; DatasetInfo::ignore is not scored
};

struct Sample {
  std::string name;
  Activation image;  ///< preprocessed network input
  Label label;
};

struct DatasetInfo {
  Task task = Task::kClassification;
  std::vector<std::string> classes;
  int ignore = -1;                  ///< segmentation: label value that is not scored
  std::vector<int> class_map;       ///< segmentation: network class -> label class (empty: identity)
  bool sorted_by_class = false;     ///< the first samples are all of one class
  bool classes_take_turns = false;  ///< sample i is of class i modulo the classes
};

/// Labelled images in a fixed order. Thread-safe: load() may be called from several threads at a time.
class Dataset {
 public:
  virtual ~Dataset() = default;
  [[nodiscard]] virtual const DatasetInfo& info() const = 0;
  [[nodiscard]] virtual size_t size() const = 0;
  /// Reads and preprocesses sample i to the shape of the network's input. Error: names the file.
  [[nodiscard]] virtual Sample load(size_t i) const = 0;
};

/// `count` indices of a data set of `size` samples, spread evenly: i * size / count (all, if there are
/// fewer).
std::vector<size_t> spread_indices(size_t size, size_t count);

/// The samples to evaluate, if not all: spread evenly, or the first `count` where classes take turns (a
/// stride would meet some classes only).
std::vector<size_t> evaluation_indices(const Dataset& dataset, size_t count);

/// Those samples as a data set, which refers to `whole`.
std::unique_ptr<Dataset> part_of(const Dataset& whole, size_t count);

/// The samples to calibrate on: the first `count`, or, where those would be of few classes, spread_indices().
std::vector<size_t> calibration_indices(const Dataset& dataset, size_t count);

/// Error: the data set says how many classes it has (or maps), and a network with `outputs` makes another
/// number.
void check_classes(const DatasetInfo& info, int outputs);

/// `where`: a data set YAML (configs/datasets), or a folder (labels.csv of file,class_index; or image/ and
/// label/; or one subfolder per class, as guess_dataset_config() has it). `input`: the shape the network
/// wants. A relative root in the YAML is looked for beside the YAML, then in $TRIDEX_DATA/data, then
/// $TRIDEX_DATA. An empty data set is an Error.
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& where, const Shape& input);

/// Confusion counts of a segmentation or classification run. Images may be added in any order, by one thread.
class Score {
 public:
  explicit Score(const DatasetInfo& info) : info_(info) {}
  /// `logits`: classes x h x w. Segmentation: resized bicubically to the label, argmax, class map.
  void add(const Activation& logits, const Label& label);
  /// Share of equal argmax decisions, the SQNR terms, and both scores, against the float network's logits of
  /// the same image.
  void compare(const Activation& logits, const Activation& reference, const Label& label);

  [[nodiscard]] int64_t images() const { return images_; }
  [[nodiscard]] double top1() const;  ///< percent
  [[nodiscard]] double top5() const;
  [[nodiscard]] double pixel_accuracy() const;  ///< percent
  [[nodiscard]] double miou() const;  ///< percent, mean over the label classes that were seen or predicted
  [[nodiscard]] std::vector<double> class_iou()
      const;                               ///< percent; NaN: the class was neither seen nor predicted
  [[nodiscard]] double agreement() const;  ///< percent of argmax decisions equal to the reference's
  [[nodiscard]] double sqnr_db() const;    ///< pooled over all logits
  [[nodiscard]] bool compared() const { return decisions_ > 0; }
  /// Of the compared images: top-1 or mIoU less the reference's. Takes up to a second (a bootstrap).
  [[nodiscard]] Difference difference() const { return paired_bootstrap(pairs_); }

 private:
  [[nodiscard]] size_t classes_of(const Activation& logits) const;
  /// Confusion counts (label x prediction) of one image. Error: a label that is no class.
  [[nodiscard]] std::vector<int64_t> confusion_of(const std::vector<int>& decisions, const Label& label,
                                                  size_t classes) const;
  DatasetInfo info_;
  int64_t images_ = 0, top1_ = 0, top5_ = 0;
  std::vector<int64_t> confusion_;  ///< label x prediction
  int64_t decisions_ = 0, agreed_ = 0;
  double signal_ = 0, noise_ = 0;
  std::vector<PairedTally> pairs_;  ///< one a compared image
};

}  // namespace tridex::models
