#include "quant/reconstruct/soft_rounding.h"

#include <algorithm>
#include <cmath>

namespace tridex::quant {

namespace {

constexpr float kZeta = 1.1F;
constexpr float kGamma = -0.1F;
constexpr double kDecay1 = 0.9;  ///< of Adam's moments
constexpr double kDecay2 = 0.999;
constexpr float kEpsilon = 1e-8F;
constexpr double kNearHalf = 0.01;

float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

SoftRounding::SoftRounding(const std::vector<double>& wanted, const std::vector<int16_t>& codes,
                           const std::vector<int>& low, const std::vector<int>& high)
    : alpha_(codes.size()), h_(codes.size()), first_(codes.size(), 0), second_(codes.size(), 0) {
  for (size_t k = 0; k < codes.size(); ++k) {
    const int code = codes[k];
    const int base = std::clamp(wanted[k] < code ? code - 1 : code, low[k], high[k] - 1);
    double h = std::clamp(wanted[k] - base, 0.0, 1.0);
    h = code == base ? std::min(h, 0.5 - kNearHalf) : std::max(h, 0.5 + kNearHalf);
    base_.push_back(static_cast<int16_t>(base));
    const double s = (h - kGamma) / (kZeta - kGamma);
    alpha_[k] = static_cast<float>(std::log(s / (1 - s)));
    set_h(k);
  }
}

void SoftRounding::set_h(size_t k) {
  h_[k] = std::clamp((kZeta - kGamma) * sigmoid(alpha_[k]) + kGamma, 0.0F, 1.0F);
}

std::vector<int16_t> SoftRounding::hardened() const {
  std::vector<int16_t> result(base_);
  for (size_t k = 0; k < result.size(); ++k) {
    result[k] = static_cast<int16_t>(result[k] + (h_[k] >= 0.5F ? 1 : 0));
  }
  return result;
}

void SoftRounding::step(const std::vector<float>& gradient, double rate, double weight, double beta) {
  ++steps_;
  const auto correct1 = static_cast<float>(1 / (1 - std::pow(kDecay1, steps_)));
  const auto correct2 = static_cast<float>(1 / (1 - std::pow(kDecay2, steps_)));
  const auto keep1 = static_cast<float>(kDecay1);
  const auto keep2 = static_cast<float>(kDecay2);
  for (size_t k = 0; k < base_.size(); ++k) {
    const float h = h_[k];
    float slope = 0;
    if (h > 0 && h < 1) {  // where h is clamped nothing moves it
      const float s = sigmoid(alpha_[k]);
      float pull = gradient[k];
      if (beta > 0) {
        const float x = 2 * h - 1;
        const float steep = std::pow(std::abs(x), static_cast<float>(beta) - 1);
        pull -= static_cast<float>(2 * weight * beta) * std::copysign(steep, x);
      }
      slope = pull * (kZeta - kGamma) * s * (1 - s);
    }
    first_[k] = keep1 * first_[k] + (1 - keep1) * slope;
    second_[k] = keep2 * second_[k] + (1 - keep2) * slope * slope;
    alpha_[k] -=
        static_cast<float>(rate) * first_[k] * correct1 / (std::sqrt(second_[k] * correct2) + kEpsilon);
    set_h(k);
  }
}

}  // namespace tridex::quant
