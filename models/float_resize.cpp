#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "models/float_kernels.h"

namespace tridex::models {

namespace {

/// The four source positions of an output position and their weights (bilinear leaves the outer two zero).
struct Taps {
  std::array<int, 4> at;
  std::array<float, 4> weight;
};

/// Cubic convolution (Keys 1981) with a = -0.75.
float cubic(float distance) {
  constexpr float kA = -0.75f;
  const float d = std::abs(distance);
  if (d <= 1.0f) {
    return ((kA + 2.0f) * d - (kA + 3.0f)) * d * d + 1.0f;
  }
  return ((kA * d - 5.0f * kA) * d + 8.0f * kA) * d - 4.0f * kA;
}

std::vector<Taps> make_taps(int in, int out, bool bicubic) {
  std::vector<Taps> taps(static_cast<size_t>(out));
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  for (int i = 0; i < out; ++i) {
    float centre = scale * (static_cast<float>(i) + 0.5f) - 0.5f;
    if (!bicubic) {
      centre = std::max(centre, 0.0f);
    }
    const float base = std::floor(centre);
    const float t = centre - base;
    Taps& one = taps[static_cast<size_t>(i)];
    one.weight = bicubic ? std::array<float, 4>{cubic(t + 1.0f), cubic(t), cubic(1.0f - t), cubic(2.0f - t)}
                         : std::array<float, 4>{0.0f, 1.0f - t, t, 0.0f};
    for (int k = 0; k < 4; ++k) {
      one.at[static_cast<size_t>(k)] = std::clamp(static_cast<int>(base) - 1 + k, 0, in - 1);
    }
  }
  return taps;
}

/// Rows first, then columns.
void resize(const float* x, int in_h, int in_w, float* y, int out_h, int out_w, bool bicubic) {
  const auto across = make_taps(in_w, out_w, bicubic);
  const auto down = make_taps(in_h, out_h, bicubic);
  std::vector<float> wide(static_cast<size_t>(in_h) * static_cast<size_t>(out_w));
  for (int row = 0; row < in_h; ++row) {
    const float* from = x + int64_t{row} * in_w;
    float* to = wide.data() + int64_t{row} * out_w;
    for (const Taps& t : across) {
      *to++ = from[t.at[0]] * t.weight[0] + from[t.at[1]] * t.weight[1] + from[t.at[2]] * t.weight[2] +
              from[t.at[3]] * t.weight[3];
    }
  }
  for (const Taps& t : down) {
    std::array<const float*, 4> from;
    for (size_t k = 0; k < 4; ++k) {
      from[k] = wide.data() + int64_t{t.at[k]} * out_w;
    }
    for (int col = 0; col < out_w; ++col) {
      y[col] = from[0][col] * t.weight[0] + from[1][col] * t.weight[1] + from[2][col] * t.weight[2] +
               from[3][col] * t.weight[3];
    }
    y += out_w;
  }
}

}  // namespace

void float_resize_bicubic(const float* x, int in_h, int in_w, float* y, int out_h, int out_w) {
  resize(x, in_h, in_w, y, out_h, out_w, true);
}

void float_resize_bilinear(const float* x, int in_h, int in_w, float* y, int out_h, int out_w) {
  resize(x, in_h, in_w, y, out_h, out_w, false);
}

}  // namespace tridex::models
