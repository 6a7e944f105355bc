#include "quant/quantize.h"

#include <algorithm>

#include "base/error.h"
#include "quant/calibrator.h"
#include "quant/fold.h"
#include "quant/input_quantizer.h"
#include "quant/weight_codes.h"

namespace tridex::quant {

namespace {

/// What the float network must be asked before anything is quantized. With bias correction its own parameters
/// are right: the correction brings the means of the integer network back to it. Without, the activations are
/// those of the network with quantized weights, as in the released Trio-ViT code.
FloatStatistics float_statistics(const Lowered& lowered, const models::Weights& weights, const Recipe& recipe,
                                 const std::vector<models::Activation>& images, unsigned threads,
                                 const std::function<void(size_t)>& progress) {
  std::vector<int> extremes;
  std::vector<int> means;
  std::vector<int> weight_bits(lowered.folded.nodes.size(), 0);
  for (const IntNode& node : lowered.graph.nodes) {
    const Unit& unit = lowered.units[static_cast<size_t>(node.id)];
    if (!passes_of(lowered.graph, node, recipe).empty()) {
      extremes.push_back(unit.value);
    }
    if (node.op == IntOp::kConv) {
      weight_bits[static_cast<size_t>(unit.linear)] = node.weight_bits;
      if (recipe.bias_correction) {
        means.push_back(unit.linear);
      }
    }
  }
  if (extremes.empty() && means.empty()) {
    return {};
  }
  if (recipe.bias_correction) {
    return gather_statistics(lowered.folded, weights, images, extremes, means, threads, progress);
  }
  const models::Weights rounded = with_quantized_weights(lowered.folded, weights, recipe, weight_bits);
  return gather_statistics(lowered.folded, rounded, images, extremes, means, threads, progress);
}

}  // namespace

IntegerGraph quantize(const models::Graph& graph, const models::Weights& weights, const Recipe& recipe,
                      const std::vector<models::Activation>& images, unsigned threads,
                      const std::function<void(const QuantizeProgress&)>& progress) {
  if (images.empty()) {
    fail("recipe {}: no images to calibrate on", recipe.name);
  }
  const size_t count = std::min(images.size(), static_cast<size_t>(recipe.calibration_images));
  const std::vector<models::Activation> used(images.begin(),
                                             images.begin() + static_cast<std::ptrdiff_t>(count));
  const auto report = [&](const char* step, size_t done, size_t total) {
    if (progress) {
      progress({step, done, total});
    }
  };
  Calibrator::Setup setup;
  setup.lowered = lower(graph, recipe);
  setup.weights = fold_batch_norms(graph, weights);
  setup.recipe = recipe;
  setup.threads = threads;
  setup.statistics = float_statistics(setup.lowered, setup.weights, recipe, used, threads,
                                      [&](size_t done) { report("float statistics", done, count); });
  setup.progress = [&](size_t done, size_t total) { report("layers", done, total); };
  set_input_quantizer(setup.lowered.graph, recipe, used);
  IntegerGraph result = Calibrator(std::move(setup)).run(used);
  check(result);
  return result;
}

}  // namespace tridex::quant
