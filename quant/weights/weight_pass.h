#pragma once
#include <memory>
#include <vector>

#include "quant/quantize.h"
#include "quant/weights/layer_problem.h"

namespace tridex::quant {

/// Taps of a convolution's row; passes try fewer candidates on rows that are longer.
inline constexpr int kLongRow = 512;

/// One step of finding a convolution's weight codes. Each registers itself, has a switch in the recipe, and
/// leaves no row with a larger objective than it found (the one that changes `wanted` itself says what it
/// does not make worse instead). Thread-safe; may use `threads` threads.
class WeightPass {
 public:
  virtual ~WeightPass() = default;
  /// Passes run in this order.
  [[nodiscard]] virtual int order() const = 0;
  [[nodiscard]] virtual bool applies(const Recipe& recipe, const LayerProblem& problem) const = 0;
  virtual void run(LayerProblem& problem, const Recipe& recipe, unsigned threads) const = 0;
};

/// The registered passes in their order.
std::vector<std::unique_ptr<WeightPass>> weight_passes();

}  // namespace tridex::quant
