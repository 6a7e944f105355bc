#pragma once
#include <vector>

#include "models/float_executor.h"
#include "quant/lowering.h"

namespace tridex::quant {

/// The float network on all calibration images, one IntNode after another beside the integer network: what a
/// layer is to compute is at hand when the layer is fitted, and tensors are kept no longer than they are
/// read.
class FloatFollower {
 public:
  /// Keeps references to all but the weights, which are those of lowered.folded.
  FloatFollower(const Lowered& lowered, models::Weights weights,
                const std::vector<models::Activation>& images, unsigned threads);
  /// Computes the tensor of this IntNode on all images. Ids in ascending order.
  void advance(int id);
  /// Drops what no IntNode after `id` reads.
  void release(int id);
  /// The tensor of an IntNode that was computed and not yet dropped.
  [[nodiscard]] const models::Activation& tensor(int id, size_t image) const;
  [[nodiscard]] const std::vector<models::Activation>& tensors(int id) const {
    return values_[static_cast<size_t>(unit(id).value)];
  }
  /// Of a convolution: its output before activation and addition.
  [[nodiscard]] models::Activation linear(int id, size_t image) const;
  /// The float nodes to compute, in order, to get the value of IntNode `end` when that of IntNode `from`
  /// (before it, computed by advance) is replaced; empty when `end` does not depend on `from`.
  [[nodiscard]] std::vector<int> way(int from, int end) const;
  /// The tensor of `end` with `replaced` in place of that of `from`.
  [[nodiscard]] models::Activation run(const std::vector<int>& way, int from, int end,
                                       const models::Activation& replaced, size_t image) const;

 private:
  using Tensors = std::vector<models::Activation>;  ///< one an image
  [[nodiscard]] const Unit& unit(int id) const { return lowered_.units[static_cast<size_t>(id)]; }
  [[nodiscard]] models::Activation compute(int node, size_t image) const;

  const Lowered& lowered_;
  models::Weights weights_;
  unsigned threads_;
  size_t images_;
  std::vector<Tensors> values_;   ///< by float node; empty where it is not kept
  std::vector<int> last_reader_;  ///< IntNode, by float node
};

}  // namespace tridex::quant
