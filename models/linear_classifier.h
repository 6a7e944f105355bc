#pragma once
#include <functional>

#include "models/dataset.h"

namespace tridex::models {

/// Multinomial logistic regression on a data set's preprocessed pixels: what a model without any idea of
/// shape can do. A data set on which it does well says little about a network.
class LinearClassifier {
 public:
  /// `images` of `data` (at most; its first ones), each seen `epochs` times; Adam on batches of 256, the rate
  /// falling to 0 as a cosine. The same on any number of threads. Error: not a classification set, or one
  /// that does not say its classes.
  LinearClassifier(const Dataset& data, int64_t images, int epochs, unsigned threads,
                   const std::function<void(size_t done, size_t total)>& progress = {});
  /// Logits, classes x 1 x 1.
  [[nodiscard]] Activation run(const Activation& image) const;

 private:
  int classes_ = 0, inputs_ = 0;
  std::vector<float> weights_;  ///< classes x (inputs + 1), the last one the bias
};

}  // namespace tridex::models
