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
  double pixel_accuracy = 0;  ///< percent; segmentation
  double miou = 0;            ///< percent; segmentation
  double top1 = 0, top5 = 0;  ///< percent; classification
  double sqnr_db = 0;         ///< of the logits against the float network's
  double agreement = 0;       ///< percent of decisions equal to the float network's
  bool compared = false;      ///< sqnr_db and agreement are there (not for the float network itself)
  double quantize_seconds = 0, evaluate_seconds = 0;
};

struct AblationProgress {
  std::string recipe;
  std::string step;
  size_t done = 0, total = 0;
};

/// The float network (first row, named "float"), then each recipe: quantize on `calibration`, evaluate on
/// `test`. A recipe that fails is a row with its error.
std::vector<AblationRow> run_ablation(const models::Graph& graph, const models::Weights& weights,
                                      const std::vector<Recipe>& recipes, const models::Dataset& calibration,
                                      const models::Dataset& test, unsigned threads = 0,
                                      const std::function<void(const AblationProgress&)>& progress = {});

/// What a LinearClassifier makes of `test` that is fitted to the pixels of `train`'s first images.
AblationRow linear_row(const models::Dataset& train, int64_t train_images, const models::Dataset& test,
                       unsigned threads = 0,
                       const std::function<void(const AblationProgress&)>& progress = {});

}  // namespace tridex::quant
