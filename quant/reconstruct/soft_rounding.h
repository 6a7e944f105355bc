#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tridex::quant {

/// Codes of some weights that can each be rounded down or up, learned as AdaRound does (Nagel et al. 2020):
///   code = base + h,   h = clamp(1.2 sigmoid(alpha) - 0.1, 0, 1)
/// alpha is moved by Adam (Kingma and Ba 2015) along the gradient of a loss, to which
/// weight * sum(1 - |2h - 1|^beta) is added, which draws h to 0 or 1.
class SoftRounding {
 public:
  /// wanted[k] is the weight in units of its scale, codes[k] the code that it has: one of the two choices.
  /// The other is on the side of `wanted`. h begins where base + h is `wanted`, or as near as it can without
  /// rounding to another code. low[k] < high[k]: the codes that there are.
  SoftRounding(const std::vector<double>& wanted, const std::vector<int16_t>& codes,
               const std::vector<int>& low, const std::vector<int>& high);

  [[nodiscard]] size_t size() const { return base_.size(); }
  [[nodiscard]] float code(size_t k) const { return static_cast<float>(base_[k]) + h_[k]; }
  /// The nearer of the two choices.
  [[nodiscard]] std::vector<int16_t> hardened() const;
  /// One step of Adam. gradient[k]: of the loss with respect to code(k); beta: 0 leaves the penalty out.
  void step(const std::vector<float>& gradient, double rate, double weight, double beta);

 private:
  void set_h(size_t k);

  std::vector<int16_t> base_;
  std::vector<float> alpha_, h_, first_, second_;  ///< the moments of Adam
  int steps_ = 0;
};

}  // namespace tridex::quant
