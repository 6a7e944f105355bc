#pragma once
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "models/dataset.h"
#include "models/float_executor.h"
#include "quant/integer_graph.h"

namespace tridex::explore {

/// What is evaluated. Everything pointed at outlives the call.
struct Candidate {
  const models::Graph* graph = nullptr;  ///< with weights: the float network, or the one to compare with
  const models::Weights* weights = nullptr;
  const quant::IntegerGraph* network = nullptr;
  const arch::DesignPoint* design =
      nullptr;  ///< with network: runs on the functional platform, a process an image
};

struct EvaluateOptions {
  int64_t images = 0;    ///< so many (models::evaluation_indices); 0: all
  unsigned threads = 0;  ///< 0: default_threads()
  std::function<void(size_t done, size_t total)> progress;
};

const char* task_name(models::Task task);
const char* metric_name(models::Task task);  ///< "top1" or "miou"

struct Evaluation {
  std::string model, executor;  ///< float, integer or platform
  models::Task task = models::Task::kClassification;
  std::vector<std::string> classes;
  int64_t images = 0;
  double top1 = 0, top5 = 0;            ///< classification
  double pixel_accuracy = 0, miou = 0;  ///< segmentation
  std::vector<double> class_iou;
  std::optional<double> agreement_with_float, logits_sqnr_db;  ///< with network, graph and weights
  std::optional<models::Difference> difference_from_float;     ///< of metric()
  double seconds = 0;
  [[nodiscard]] const char* metric() const { return metric_name(task); }
  [[nodiscard]] double value() const { return task == models::Task::kSegmentation ? miou : top1; }
};

/// Runs the candidate over a data set and scores it. The result does not depend on the number of threads.
Evaluation evaluate(const Candidate& candidate, const models::Dataset& dataset,
                    const EvaluateOptions& options);

nlohmann::json to_json(const Evaluation& evaluation);
/// {metric, points, low, high, confidence, resamples, seed}: percentage points.
nlohmann::json to_json(const models::Difference& difference, models::Task task);

}  // namespace tridex::explore
