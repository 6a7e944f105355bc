#pragma once
#include <functional>
#include <string>
#include <vector>

#include "models/dataset.h"
#include "quant/quantize.h"

namespace tridex::quant {

/// What one recipe gives on a data set, run by the integer executor.
struct AblationRow {
  std::string recipe;
  std::string error;  ///< why there is no result; empty otherwise
  std::string network_hash;
  std::vector<std::string> needs;  ///< what a machine needs for it, in words (quant/requirements.h)
  double pixel_accuracy = 0;       ///< percent; segmentation
  double miou = 0;                 ///< percent; segmentation
  double top1 = 0, top5 = 0;       ///< percent; classification
  double sqnr_db = 0;              ///< of the logits against the float network's
  double agreement = 0;            ///< percent of decisions equal to the float network's
  models::Difference difference;   ///< top-1 or mIoU less the float network's, percentage points
  bool compared = false;  ///< sqnr_db, agreement, difference are there (not for the float network itself)
  size_t calibration_images = 0;
  double quantize_seconds = 0, evaluate_seconds = 0;
};

struct AblationProgress {
  std::string recipe;
  std::string step;
  size_t done = 0, total = 0;
};

/// Rows of one network on one data set. Keeps references to what it is made of.
class Ablation {
 public:
  using Progress = std::function<void(const AblationProgress&)>;
  /// Error: the data set has another number of classes than the network.
  Ablation(const models::Graph& graph, const models::Weights& weights, const models::Dataset& calibration,
           const models::Dataset& test, unsigned threads = 0, Progress progress = {});
  /// The float network, named "float".
  AblationRow float_row();
  /// Quantizes on the calibration images that the recipe asks for, evaluates, and compares with the float
  /// network, which is run first if it was not yet. A recipe that fails is a row with its error.
  AblationRow recipe_row(const Recipe& recipe);

 private:
  void report(const std::string& recipe, const std::string& step, size_t done, size_t total) const;
  void load_images(const Recipe& recipe);

  const models::Graph& graph_;
  const models::Weights& weights_;
  const models::Dataset& calibration_;
  const models::Dataset& test_;
  unsigned threads_;
  Progress progress_;
  std::vector<models::Activation> logits_;  ///< of the float network
  std::vector<size_t> chosen_;              ///< samples of calibration_ that are in images_
  std::vector<models::Activation> images_;
};

/// The float network, then each recipe.
std::vector<AblationRow> run_ablation(const models::Graph& graph, const models::Weights& weights,
                                      const std::vector<Recipe>& recipes, const models::Dataset& calibration,
                                      const models::Dataset& test, unsigned threads = 0,
                                      const Ablation::Progress& progress = {});

/// What a LinearClassifier makes of `test` that is fitted to the pixels of `train`'s first images.
AblationRow linear_row(const models::Dataset& train, int64_t train_images, const models::Dataset& test,
                       unsigned threads = 0, const Ablation::Progress& progress = {});

}  // namespace tridex::quant
