#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/weights.h"
#include "quant/lowering.h"
#include "quant/range.h"

namespace tridex::quant {

/// What a change makes of the logits; infinite where they are no numbers any more, as after a division by
/// zero.
struct LogitNoise {
  double relative =
      0;          ///< sum of squared errors / sum of squared logits of the float network, over all images
  double kl = 0;  ///< mean over images and pixels of KL(float's softmax || ours), nats
  [[nodiscard]] double sqnr_db()
      const;  ///< infinite where nothing changes, -infinite where `relative` is infinite
};

/// Noise of the logits against those of the float network; equally many, of equal shapes.
LogitNoise logit_noise(const std::vector<models::Activation>& reference,
                       const std::vector<models::Activation>& logits);

/// The whole integer network of a recipe, calibrated on the first recipe.calibration_images of `calibration`,
/// on `images`. Weights are fitted to what they are calibrated on: other images tell more.
LogitNoise measure_recipe(const models::Graph& graph, const models::Weights& weights, const Recipe& recipe,
                          const std::vector<models::Activation>& calibration,
                          const std::vector<models::Activation>& images, unsigned threads = 0);

struct LayerSensitivity {
  std::string layer, op;
  int bits = 8;
  std::optional<LogitNoise> weights;  ///< kConv: its weights alone at `bits`
  LogitNoise activations;             ///< its output alone at `bits`
  std::optional<LogitNoise> both;
};

/// The layers of a network whose widths a recipe can choose: all but the input, accumulators, and what has
/// its width from a concat. Ids of IntNodes.
std::vector<int> sensitive_layers(const Lowered& lowered);

/// Measures one layer at a time: it is quantized, all else is the float network. Tensors before it are kept
/// from one run of the float network, only what depends on it is computed again, so that a layer costs half a
/// float run on average. Weights are rounded to the codes that the recipe's range method gives, with the
/// scales per channel of the layer's input folded in, and the mean of each channel is corrected where the
/// recipe has bias_correction. Activations keep the scales and centres per channel of `base` and get a range
/// of their own for the width. Memory: all tensors of all images in float.
class SensitivityMeter {
 public:
  /// `base`: the network that the recipe makes, for its scales. `weights`: of lowered.folded. Keeps
  /// references.
  SensitivityMeter(const Lowered& lowered, const models::Weights& weights, const IntegerGraph& base,
                   const Recipe& recipe, const std::vector<models::Activation>& images, unsigned threads = 0);
  /// `id` of sensitive_layers(). Does not depend on the number of threads.
  [[nodiscard]] LayerSensitivity measure(int id, int bits) const;

 private:
  /// A tensor's values as b-bit codes would have them.
  struct TensorCodes {
    const Quantizer* channels = nullptr;
    CodeScale code;
    void apply(models::Activation& tensor) const;
  };
  /// What is put in place of float operators.
  struct Change {
    int linear = -1;                 ///< float node with other weights
    models::Weights weights;         ///< of it
    std::vector<double> correction;  ///< added to its channels; empty: none
    int value = -1;                  ///< float node whose tensor becomes codes
    TensorCodes codes;
  };

  [[nodiscard]] models::Activation run_node(int id, const models::Weights& weights,
                                            const std::vector<models::Activation>& tensors,
                                            const std::map<int, models::Activation>& changed) const;
  [[nodiscard]] models::Activation run(size_t image, const Change& change) const;
  [[nodiscard]] LogitNoise noise(const Change& change) const;
  void round_weights(const IntNode& node, int bits, Change& change) const;
  void correct_means(Change& change) const;
  void round_activations(const IntNode& node, int bits, Change& change) const;

  const Lowered& lowered_;
  const models::Weights& weights_;
  const IntegerGraph& base_;
  const Recipe& recipe_;
  unsigned threads_;
  std::vector<std::vector<models::Activation>> tensors_;  ///< [image][float node]
  std::vector<models::Activation> logits_;                ///< of the float network
};

}  // namespace tridex::quant
