#include "quant/quantize.h"

#include <algorithm>

#include "base/error.h"
#include "quant/calibrator.h"
#include "quant/fold.h"
#include "quant/input_quantizer.h"
#include "quant/weight_codes.h"
#include "quant/weights/fit.h"

namespace tridex::quant {

namespace {

/// The parameters of the float network that runs beside the integer one. With bias correction, weight passes
/// or reconstruction its own: they bring the integer network back to it. Without, the activations are those
/// of the network with quantized weights, as in the released Trio-ViT code.
models::Weights float_weights(const Lowered& lowered, const models::Weights& weights, const Recipe& recipe) {
  if (recipe.bias_correction || fits_weights(recipe) || recipe.reconstruction_steps > 0) {
    return weights;
  }
  std::vector<int> weight_bits(lowered.folded.nodes.size(), 0);
  for (const IntNode& node : lowered.graph.nodes) {
    if (node.op == IntOp::kConv) {
      weight_bits[static_cast<size_t>(lowered.units[static_cast<size_t>(node.id)].linear)] = node.weight_bits;
    }
  }
  return with_quantized_weights(lowered.folded, weights, recipe, weight_bits);
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
  setup.float_weights = float_weights(setup.lowered, setup.weights, recipe);
  setup.progress = report;
  set_input_quantizer(setup.lowered.graph, recipe, used);
  IntegerGraph result = Calibrator(std::move(setup)).run(used);
  check(result);
  return result;
}

}  // namespace tridex::quant
