#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "explore/model.h"
#include "explore/sweep/sweep.h"
#include "models/dataset.h"
#include "models/graph.h"
#include "models/weights.h"
#include "quant/integer_graph.h"
#include "quant/quantize.h"

namespace tridex::explore {

/// A float network with the weights of a file; the number of classes is that of the weights.
struct FloatNetwork {
  models::Graph graph;
  models::Weights weights;
  std::vector<std::string> remarks;  ///< models::Checkpoint's
};
FloatNetwork load_float_network(const Model& model, const std::filesystem::path& weights);

/// The images of models::calibration_indices as network inputs.
std::vector<models::Activation> calibration_images(const models::Dataset& dataset, int count);

struct CalibrationSplit {
  std::vector<models::Activation> calibration, measured;
};
/// Of the first `calibrate` + `measure` images of a data set (models::calibration_indices), some to calibrate
/// on and others to measure on. Where there are fewer, at most a quarter is measured; an only image serves
/// both. Which ones are measured is drawn with a fixed seed: where classes take turns or come in order, a
/// stride or an end would have some of them only.
CalibrationSplit split_calibration(const models::Dataset& dataset, int calibrate, int measure);

struct CachedNetwork {
  std::filesystem::path file;
  std::string hash;    ///< IntegerGraph::hash()
  bool fresh = false;  ///< quantized now, not found
};

/// The variant's integer network in `folder`, quantized if it is not there yet. The file's name is a hash of
/// what the result depends on: the model (the content of a network file), the weights' bytes, the recipe, the
/// calibration images. Starts threads.
CachedNetwork cache_network(const NetworkVariant& variant, const std::filesystem::path& folder,
                            unsigned threads,
                            const std::function<void(const quant::QuantizeProgress&)>& progress);

/// The variant's float network; with the number of classes that its weights have, where it names any.
models::Graph graph_of(const NetworkVariant& variant);

/// graph_of() of variants, reading what they are built of once. Not from several threads.
class GraphCache {
 public:
  const models::Graph& of(const NetworkVariant& variant);

 private:
  std::map<std::string, models::Graph> graphs_;  ///< by model and weights
};

/// Its integer network without values: shapes and widths alone.
quant::IntegerGraph shapes_of(const NetworkVariant& variant);

/// Identifies a data set and the number of images used: its definition, its size, and samples of its content.
std::string dataset_key(const std::filesystem::path& where, const models::Dataset& dataset, int64_t images);

}  // namespace tridex::explore
