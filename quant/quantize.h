#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "models/dataset.h"
#include "models/weights.h"
#include "quant/integer_graph.h"

namespace tridex::quant {

enum class RangeMethod { kMinMax, kPercentile, kLp };

/// The exponents of a log2_code division: y_min to y_max of the recipe, or those of the division's own
/// divisors in the calibration images (set_exponent_window in quant/requantize.h).
enum class ExponentWindow { kFixed, kCalibrated };

/// One entry of Recipe::layers: widths of the layers that it names.
struct LayerWidths {
  std::string match;  ///< name of an IntNode, or a glob over the names (`*`, `?`, `[...]`)
  std::optional<int> weight_bits, activation_bits;
  std::string where;  ///< FILE:LINE, for errors
  bool operator==(const LayerWidths&) const = default;
};

/// A PTQ recipe (configs/quant/*.yaml).
///
/// Widths are 2 to 16 bits each. What holds, weakest first:
///   weights      weight_bits, role_weight_bits, first_weight_bits and last_weight_bits, layers
///   activations  activation_bits, residual_bits, role_activation_bits, attention_bits, division_bits and
///                resize_bits (each of its tensors), logit_bits (the output), layers
/// Later entries of `layers` win. The input has 8 bits and accumulators stay accumulators whatever a recipe
/// says; what a concat reads has the concat's width.
struct Recipe {
  std::string name = "default";
  std::string text;  ///< the YAML that it came from

  int weight_bits = 8, activation_bits = 8;
  int attention_bits =
      8;  ///< kv and ksum, and num and den unless division_bits or the divisor says otherwise
  /// Of num and den. Without it `exact` and `reciprocal` divide accumulators and the others attention_bits;
  /// the den of log2_code is an accumulator in any case.
  std::optional<int> division_bits;
  int logit_bits = 16, resize_bits = 16;
  std::map<std::string, int> role_weight_bits;             ///< role name -> weight bits
  std::optional<int> first_weight_bits, last_weight_bits;  ///< of the first and the last convolution
  std::map<std::string, int> role_activation_bits;         ///< role name -> bits of the output tensor
  /// Of the residual stream (quant/residual_stream.h); without it activation_bits. Where it is wider, engines
  /// read a narrow copy of activation_bits (quant/operand_casts.h) unless wide_operands, and a tensor of the
  /// stream that only convolutions read stays narrow.
  std::optional<int> residual_bits;
  bool wide_operands = false;  ///< convolutions read the codes of the residual stream as they are
  std::vector<LayerWidths> layers;
  bool symmetric = false;  ///< activations and weights
  /// Weights are codes of weight_bits with a zero point a channel, as in the released Trio-ViT code. A
  /// machine multiplies by code - zero point, so IntNode::weight_bits is one more.
  bool weight_zero_point = false;
  /// Scales of tensors and of accumulators are powers of two, rounded up, so that engines requantize by a
  /// shift (NUMERICS.md 2). The weights' scales take up what the image's scale has beside a power of two.
  bool power_of_two_scales = false;
  RangeMethod weight_range = RangeMethod::kLp, activation_range = RangeMethod::kLp;
  double percentile = 99.99, lp = 2.4;
  int search_steps = 80;
  int calibration_images = 64;

  bool migration = true;        ///< scale per channel on MBConv depthwise inputs
  bool shift = true;            ///< zero point per channel on PW2 inputs; pointwise_migration has its own
  bool residual_scales = true;  ///< per channel on the residual stream; not where symmetric
  Divisor divisor = Divisor::kLog2Paper;
  int min_code = 0;               ///< uniform and reciprocal divisors
  int reciprocal_table_bits = 8;  ///< 4 to 10
  int y_min = -6, y_max = 9;      ///< log2_code
  /// What codes divide to where a divisor is next to nothing does not count for the range of a quotient, as
  /// far as it is beyond what the float network has.
  bool bounded_quotients = true;
  ExponentWindow y_window = ExponentWindow::kFixed;
  bool bias_correction = true;                ///< sequential
  std::vector<double> input_mean, input_std;  ///< of the images; empty: those of the network\'s family

  // Activation maps (quant/activation_*.cpp).
  bool depthwise_scales =
      false;  ///< scale and zero point per channel on depthwise inputs; instead of migration
  /// Searched exponents of channel scales leave room for images that are not among the calibration images,
  /// and those of depthwise inputs and of the residual stream are searched too (quant/channel_exponent.h).
  /// Not with channel_clipping.
  bool headroom = false;
  bool channel_clipping = false;  ///< the maps below cover what costs least, not the extremes
  bool head_scales = false;       ///< by head, and of q, k and v, in attentions
  bool norm_scales = false;       ///< scale and zero point per channel on layer norm inputs
  /// Scale per channel on the inputs of dense convolutions, range ^ exponent: 0 to 1; kSearchExponent: the
  /// best of a grid for each.
  double pointwise_migration = 0;
  static constexpr double kSearchExponent = -1;

  // Weight passes (quant/weights/).
  bool compensation = false;
  bool hessian_scales = false;
  bool gptq = false;
  bool lattice = false;
  int polish_sweeps = 0;

  bool block_search = false;  ///< activation ranges by forward passes to the end of a block
  /// Images that block search and reconstruction use.
  int block_images = 16;
  /// Steps of gradient-based reconstruction of each block (quant/reconstruct/): 0 is off.
  int reconstruction_steps = 0;
  int reconstruction_batch = 4;                 ///< images a step
  double reconstruction_rate = 1e-2;            ///< of Adam
  double reconstruction_rounding_weight = 0.5;  ///< of the penalty that draws codes to whole numbers

  bool operator==(const Recipe&) const = default;
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
/// The same on every platform where no exponent is searched (the C library's pow decides then).
IntegerGraph quantize_random(const models::Graph& graph, const Recipe& recipe, uint64_t seed);

/// The same nodes, shapes, widths, activations and divisors without any values, for timing.
IntegerGraph shape_only(const models::Graph& graph, const Recipe& recipe);

}  // namespace tridex::quant
