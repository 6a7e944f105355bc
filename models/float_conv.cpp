#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "models/float_kernels.h"

namespace tridex::models {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using StridedMap = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;
using ConstStridedMap = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;

/// Size of the scratch of im2col, in floats: half of a usual L2 cache.
constexpr int64_t kColumnsScratch = int64_t{64} * 1024;

/// y = bias + weight * x, over `columns` pixels. x has rows of length x_stride, y of y_stride.
void multiply(const float* weight, const float* bias, const float* x, int64_t x_stride, float* y,
              int64_t y_stride, int rows, int depth, int64_t columns) {
  const ConstMap w(weight, rows, depth);
  const ConstStridedMap in(x, depth, columns, Eigen::OuterStride<>(x_stride));
  StridedMap out(y, rows, columns, Eigen::OuterStride<>(y_stride));
  if (columns == 1 && x_stride == 1 && y_stride == 1) {
    Eigen::Map<Eigen::VectorXf> vector(y, rows);
    vector.noalias() = w * Eigen::Map<const Eigen::VectorXf>(x, depth);
    if (bias != nullptr) {
      vector += Eigen::Map<const Eigen::VectorXf>(bias, rows);
    }
  } else if (bias != nullptr) {
    out.colwise() = Eigen::Map<const Eigen::VectorXf>(bias, rows);
    out.noalias() += w * in;
  } else {
    out.noalias() = w * in;
  }
}

/// One row of the im2col matrix: the pixels that tap (ky, kx) of a channel sees for output rows [first,
/// last).
void gather(const ConvAttributes& a, const Shape& in, const float* plane, int ky, int kx, const Shape& out,
            int first, int last, float* row) {
  for (int oy = first; oy < last; ++oy, row += out.w) {
    const int iy = oy * a.stride + ky - a.pad_top;
    if (iy < 0 || iy >= in.h) {
      std::fill_n(row, out.w, 0.0f);
      continue;
    }
    const float* from = plane + int64_t{iy} * in.w;
    for (int ox = 0; ox < out.w; ++ox) {
      const int ix = ox * a.stride + kx - a.pad_left;
      row[ox] = ix >= 0 && ix < in.w ? from[ix] : 0.0f;
    }
  }
}

/// Any convolution: im2col of a few output rows at a time, then a matrix product per group.
void conv_by_columns(const ConvAttributes& a, const Shape& in, const float* x, const float* weight,
                     const float* bias, const Shape& out, float* y) {
  const int in_channels = in.c / a.groups;
  const int out_channels = out.c / a.groups;
  const int taps = a.kernel_h * a.kernel_w;
  const int depth = in_channels * taps;
  const auto rows_at_once =
      static_cast<int>(std::clamp<int64_t>(kColumnsScratch / (int64_t{depth} * out.w), 1, out.h));
  std::vector<float> columns(static_cast<size_t>(int64_t{depth} * rows_at_once * out.w));
  for (int g = 0; g < a.groups; ++g) {
    const float* group_weight = weight + int64_t{g} * out_channels * depth;
    const float* group_bias = bias == nullptr ? nullptr : bias + int64_t{g} * out_channels;
    for (int first = 0; first < out.h; first += rows_at_once) {
      const int last = std::min(first + rows_at_once, out.h);
      const int64_t pixels = int64_t{last - first} * out.w;
      float* row = columns.data();
      for (int c = 0; c < in_channels; ++c) {
        const float* plane = x + (int64_t{g} * in_channels + c) * in.pixels();
        for (int tap = 0; tap < taps; ++tap, row += pixels) {
          gather(a, in, plane, tap / a.kernel_w, tap % a.kernel_w, out, first, last, row);
        }
      }
      multiply(group_weight, group_bias, columns.data(), pixels,
               y + int64_t{g} * out_channels * out.pixels() + int64_t{first} * out.w, out.pixels(),
               out_channels, depth, pixels);
    }
  }
}

void conv_pointwise(const ConvAttributes& a, const Shape& in, const float* x, const float* weight,
                    const float* bias, const Shape& out, float* y) {
  const int depth = in.c / a.groups;
  const int rows = out.c / a.groups;
  const int64_t pixels = in.pixels();
  for (int64_t g = 0; g < a.groups; ++g) {
    multiply(weight + g * rows * depth, bias == nullptr ? nullptr : bias + g * rows, x + g * depth * pixels,
             pixels, y + g * rows * pixels, pixels, rows, depth, pixels);
  }
}

/// sums[i] = bias + sum over t of weight[t] * taps[t][i]
template <int kTaps>
void sum_taps(const float* const* taps, const float* weight, float bias, float* __restrict sums,
              int64_t count) {
  std::array<const float*, kTaps> from;
  std::array<float, kTaps> w;
  std::copy_n(taps, kTaps, from.begin());
  std::copy_n(weight, kTaps, w.begin());
  for (int64_t i = 0; i < count; ++i) {
    float sum = bias;
#pragma GCC unroll 25
    for (size_t t = 0; t < kTaps; ++t) {
      sum += w[t] * from[t][i];
    }
    sums[i] = sum;
  }
}

void sum_taps(const std::vector<const float*>& taps, const float* weight, float bias, float* __restrict sums,
              int64_t count) {
  if (taps.size() == 9) {
    return sum_taps<9>(taps.data(), weight, bias, sums, count);
  }
  if (taps.size() == 25) {
    return sum_taps<25>(taps.data(), weight, bias, sums, count);
  }
  std::fill_n(sums, count, bias);
  for (size_t t = 0; t < taps.size(); ++t) {
    const float* from = taps[t];
    const float w = weight[t];
    for (int64_t i = 0; i < count; ++i) {
      sums[i] += w * from[i];
    }
  }
}

/// Depthwise convolution. A padded channel is dealt out into stride x stride planes by the remainders of its
/// row and column, so that every tap walks through one plane with step one. All planes have the pitch of the
/// sums, which lets the walk run over row ends; what it sums there (pitch - out.w values a row) is not
/// copied.
void conv_depthwise(const ConvAttributes& a, const Shape& in, const float* x, const float* weight,
                    const float* bias, const Shape& out, float* y) {
  const int stride = a.stride;
  const int pitch = out.w + (a.kernel_w - 1) / stride;
  const int plane_h = out.h + (a.kernel_h - 1) / stride;
  const int64_t plane_size = int64_t{plane_h} * pitch;
  const int64_t count = int64_t{out.h - 1} * pitch + out.w;
  std::vector<float> planes(static_cast<size_t>(plane_size * stride * stride), 0.0f);
  std::vector<float> sums(static_cast<size_t>(count));
  std::vector<const float*> taps;
  for (int ky = 0; ky < a.kernel_h; ++ky) {
    for (int kx = 0; kx < a.kernel_w; ++kx) {
      taps.push_back(planes.data() + ((ky % stride) * stride + kx % stride) * plane_size +
                     int64_t{ky / stride} * pitch + kx / stride);
    }
  }
  for (int c = 0; c < in.c; ++c) {
    const float* channel = x + c * in.pixels();
    for (int iy = 0; iy < in.h; ++iy) {
      const int py = iy + a.pad_top;
      if (py / stride >= plane_h) {
        break;
      }
      const float* from = channel + int64_t{iy} * in.w;
      for (int phase = 0; phase < stride; ++phase) {
        // The columns of this remainder: the first one that the input has, then each stride-th.
        const int first = ((phase - a.pad_left) % stride + stride) % stride;
        float* to = planes.data() + ((py % stride) * stride + phase) * plane_size +
                    int64_t{py / stride} * pitch + (first + a.pad_left) / stride;
        const int room = pitch - (first + a.pad_left) / stride;
        const int wanted = std::min(room, first < in.w ? (in.w - first + stride - 1) / stride : 0);
        if (stride == 1) {
          std::copy_n(from + first, std::max(wanted, 0), to);
        } else {
          for (int i = 0; i < wanted; ++i) {
            to[i] = from[first + i * stride];
          }
        }
      }
    }
    sum_taps(taps, weight + static_cast<int64_t>(taps.size()) * c, bias == nullptr ? 0.0f : bias[c],
             sums.data(), count);
    for (int oy = 0; oy < out.h; ++oy) {
      std::copy_n(sums.data() + int64_t{oy} * pitch, out.w, y + c * out.pixels() + int64_t{oy} * out.w);
    }
  }
}

}  // namespace

void float_conv(const ConvAttributes& a, const Shape& in, const float* x, const float* weight,
                const float* bias, const Shape& out, float* y) {
  const bool unpadded = a.pad_top == 0 && a.pad_left == 0 && a.pad_bottom == 0 && a.pad_right == 0;
  if (a.kernel_h == 1 && a.kernel_w == 1 && a.stride == 1 && unpadded) {
    conv_pointwise(a, in, x, weight, bias, out, y);
  } else if (a.groups == in.c && out.c == in.c) {
    conv_depthwise(a, in, x, weight, bias, out, y);
  } else {
    conv_by_columns(a, in, x, weight, bias, out, y);
  }
}

}  // namespace tridex::models
