#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "models/dataset.h"
#include "models/weights.h"
#include "quant/integer_graph.h"

namespace tridex::quant {

enum class RangeMethod { kMinMax, kPercentile, kLp };

/// A PTQ recipe (configs/quant/*.yaml).
struct Recipe {
  std::string name = "default";
  std::string text;  ///< the YAML that it came from

  int weight_bits = 8, activation_bits = 8;
  int attention_bits = 8;  ///< kv, ksum, num, den where the divisor mode quantizes them
  int logit_bits = 16, resize_bits = 16;
  std::map<std::string, int> role_weight_bits;  ///< role name -> weight bits, overrides weight_bits
  bool symmetric = false;                       ///< activations and weights
  RangeMethod weight_range = RangeMethod::kLp, activation_range = RangeMethod::kLp;
  double percentile = 99.99, lp = 2.4;
  int search_steps = 80;
  int calibration_images = 64;

  bool migration = true;        ///< scale per channel on MBConv depthwise inputs
  bool shift = true;            ///< zero point per channel on PW2 inputs
  bool residual_scales = true;  ///< per channel on the residual stream; not where symmetric
  Divisor divisor = Divisor::kLog2Paper;
  int min_code = 0;                           ///< uniform divisor
  int y_min = -6, y_max = 9;                  ///< log2_code
  bool bias_correction = true;                ///< sequential
  std::vector<double> input_mean, input_std;  ///< of the images; empty: those of the network\'s family
};

/// Error: file:line: key. A recipe without a name has its file's.
Recipe read_recipe(const Yaml& yaml);

struct QuantizeProgress {
  std::string step;
  size_t done = 0, total = 0;
};

/// Float graph and weights -> integer graph. Calibrates on the first recipe.calibration_images of `images`
/// (all, if fewer). Deterministic: does not depend on the number of threads.
IntegerGraph quantize(const models::Graph& graph, const models::Weights& weights, const Recipe& recipe,
                      const std::vector<models::Activation>& images, unsigned threads = 0,
                      const std::function<void(const QuantizeProgress&)>& progress = {});

/// A network of random parameters (models::random_weights) and plausible ranges, for functional runs without
/// weights: the recipe's widths, divisor and activation passes, with min-max ranges of a few random images.
/// The same on every platform.
IntegerGraph quantize_random(const models::Graph& graph, const Recipe& recipe, uint64_t seed);

/// The same nodes, shapes, widths, activations and divisors without any values, for timing.
IntegerGraph shape_only(const models::Graph& graph, const Recipe& recipe);

}  // namespace tridex::quant
