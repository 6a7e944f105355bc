#include "quant/reconstruct/conv_gradient.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <numeric>
#include <type_traits>

namespace tridex::quant {

namespace {

using models::ConvAttributes;

template <typename T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T>
using View = Eigen::Map<Matrix<T>>;
template <typename T>
using ConstView = Eigen::Map<const Matrix<T>>;

/// Calls row(output, input, count) for each row of the output: offsets of the first pixel that tap (ky, kx)
/// reads inside the map, and how many there are; inputs lie conv.stride apart.
template <typename Row>
void for_rows(const ConvAttributes& conv, const Window& in, const Window& out, int ky, int kx,
              const Row& row) {
  const int stride = conv.stride;
  const int left = std::max(0, conv.pad_left - kx);
  const int first = std::max(0, (left + stride - 1) / stride - out.x);
  const int right = in.map_w - 1 + conv.pad_left - kx;
  const int end = right < 0 ? 0 : std::min(out.w, right / stride - out.x + 1);
  for (int r = 0; r < out.h && first < end; ++r) {
    const int y = (out.y + r) * stride - conv.pad_top + ky;
    if (y < 0 || y >= in.map_h) {
      continue;
    }
    const int x = (out.x + first) * stride - conv.pad_left + kx;
    row(int64_t{r} * out.w + first, int64_t{y - in.y} * in.w + (x - in.x), end - first);
  }
}

bool is_pointwise(const ConvAttributes& conv, const Window& in, const Window& out) {
  return conv.kernel_h == 1 && conv.kernel_w == 1 && conv.stride == 1 && in == out;
}

/// The inputs of one group, a row a tap: in_group * kh * kw x pixels.
template <typename T>
void gather(const ConvAttributes& conv, const Patch<T>& x, int first, int count, const Window& out,
            Matrix<T>& columns) {
  columns.setZero(int64_t{count} * conv.kernel_h * conv.kernel_w, out.pixels());
  int64_t k = 0;
  for (int i = first; i < first + count; ++i) {
    for (int ky = 0; ky < conv.kernel_h; ++ky) {
      for (int kx = 0; kx < conv.kernel_w; ++kx, ++k) {
        T* to = columns.row(k).data();
        const T* from = x.channel(i);
        for_rows(conv, x.window, out, ky, kx, [&](int64_t o, int64_t at, int n) {
          for (int p = 0; p < n; ++p) {
            to[o + p] = from[at + int64_t{p} * conv.stride];
          }
        });
      }
    }
  }
}

/// The transpose of gather: adds.
template <typename T>
void scatter(const ConvAttributes& conv, const Matrix<T>& columns, int first, int count, const Window& out,
             Patch<T>& x) {
  int64_t k = 0;
  for (int i = first; i < first + count; ++i) {
    for (int ky = 0; ky < conv.kernel_h; ++ky) {
      for (int kx = 0; kx < conv.kernel_w; ++kx, ++k) {
        const T* from = columns.row(k).data();
        T* to = x.channel(i);
        for_rows(conv, x.window, out, ky, kx, [&](int64_t o, int64_t at, int n) {
          for (int p = 0; p < n; ++p) {
            to[at + int64_t{p} * conv.stride] += from[o + p];
          }
        });
      }
    }
  }
}

/// Calls work(stride) with a constant where it is 1, so that loops over it become vectors.
template <typename Work>
void with_stride(int stride, const Work& work) {
  if (stride == 1) {
    work(std::integral_constant<int, 1>());
  } else {
    work(stride);
  }
}

template <typename T>
void depthwise_forward(const ConvAttributes& conv, const Patch<T>& x, const T* weights, Patch<T>& y) {
  with_stride(conv.stride, [&](auto stride) {
    for (int c = 0; c < y.channels; ++c) {
      T* to = y.channel(c);
      const T* from = x.channel(c);
      for (int ky = 0; ky < conv.kernel_h; ++ky) {
        for (int kx = 0; kx < conv.kernel_w; ++kx) {
          const T w = *weights++;
          for_rows(conv, x.window, y.window, ky, kx, [&](int64_t o, int64_t at, int n) {
            for (int64_t p = 0; p < n; ++p) {
              to[o + p] += w * from[at + p * stride];
            }
          });
        }
      }
    }
  });
}

/// Sums in lanes, in a fixed order: the compiler may not reorder a sum, so it would not make vectors of it.
template <typename T, typename Stride>
T strided_dot(const T* a, const T* b, int64_t count, Stride stride) {
  constexpr int64_t kLanes = 8;
  std::array<T, kLanes> sums{};
  int64_t p = 0;
  for (; p + kLanes <= count; p += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      sums[static_cast<size_t>(lane)] += a[p + lane] * b[(p + lane) * stride];
    }
  }
  T sum = 0;
  for (; p < count; ++p) {
    sum += a[p] * b[p * stride];
  }
  return std::accumulate(sums.begin(), sums.end(), sum);
}

template <typename T>
void depthwise_backward(const ConvAttributes& conv, const Patch<T>& x, const T* weights,
                        const Patch<T>& y_gradient, T* weight_gradient, Patch<T>* x_gradient) {
  with_stride(conv.stride, [&](auto stride) {
    for (int c = 0; c < y_gradient.channels; ++c) {
      const T* g = y_gradient.channel(c);
      const T* from = x.channel(c);
      T* to = x_gradient != nullptr ? x_gradient->channel(c) : nullptr;
      for (int ky = 0; ky < conv.kernel_h; ++ky) {
        for (int kx = 0; kx < conv.kernel_w; ++kx) {
          const T w = *weights++;
          T sum = 0;
          for_rows(conv, x.window, y_gradient.window, ky, kx, [&](int64_t o, int64_t at, int n) {
            sum += strided_dot(g + o, from + at, n, stride);
            for (int64_t p = 0; to != nullptr && p < n; ++p) {
              to[at + p * stride] += w * g[o + p];
            }
          });
          *weight_gradient++ += sum;
        }
      }
    }
  });
}

bool is_depthwise(const ConvAttributes& conv, int in, int out) {
  return conv.groups > 1 && conv.groups == in && conv.groups == out;
}

}  // namespace

Window read_window(const ConvAttributes& conv, const models::Shape& in, const Window& out) {
  Window result{in.h, in.w};
  const auto span = [&](int first, int count, int kernel, int pad, int size, int& low, int& extent) {
    low = std::clamp(first * conv.stride - pad, 0, size - 1);
    const int high = std::clamp((first + count - 1) * conv.stride - pad + kernel - 1, 0, size - 1);
    extent = high - low + 1;
  };
  span(out.y, out.h, conv.kernel_h, conv.pad_top, in.h, result.y, result.h);
  span(out.x, out.w, conv.kernel_w, conv.pad_left, in.w, result.x, result.w);
  return result;
}

template <typename T>
void conv_forward(const ConvAttributes& conv, const Patch<T>& x, const T* weights, const T* bias,
                  Patch<T>& y) {
  const int64_t pixels = y.window.pixels();
  View<T> result(y.data.data(), y.channels, pixels);
  for (int c = 0; c < y.channels; ++c) {
    result.row(c).setConstant(bias[c]);
  }
  if (is_depthwise(conv, x.channels, y.channels)) {
    return depthwise_forward(conv, x, weights, y);
  }
  const int in_group = x.channels / conv.groups;
  const int out_group = y.channels / conv.groups;
  const int64_t taps = int64_t{in_group} * conv.kernel_h * conv.kernel_w;
  const bool pointwise = is_pointwise(conv, x.window, y.window);
  Matrix<T> columns;
  for (int g = 0; g < conv.groups; ++g) {
    if (!pointwise) {
      gather(conv, x, g * in_group, in_group, y.window, columns);
    }
    const ConstView<T> inputs(pointwise ? x.channel(g * in_group) : columns.data(), taps, pixels);
    const ConstView<T> w(weights + g * out_group * taps, out_group, taps);
    result.middleRows(g * out_group, out_group).noalias() += w * inputs;
  }
}

template <typename T>
void conv_backward(const ConvAttributes& conv, const Patch<T>& x, const T* weights,
                   const Patch<T>& y_gradient, T* weight_gradient, T* bias_gradient, Patch<T>* x_gradient) {
  const int64_t pixels = y_gradient.window.pixels();
  const ConstView<T> gradient(y_gradient.data.data(), y_gradient.channels, pixels);
  for (int c = 0; c < y_gradient.channels; ++c) {
    bias_gradient[c] += gradient.row(c).sum();
  }
  if (is_depthwise(conv, x.channels, y_gradient.channels)) {
    return depthwise_backward(conv, x, weights, y_gradient, weight_gradient, x_gradient);
  }
  const int in_group = x.channels / conv.groups;
  const int out_group = y_gradient.channels / conv.groups;
  const int64_t taps = int64_t{in_group} * conv.kernel_h * conv.kernel_w;
  const bool pointwise = is_pointwise(conv, x.window, y_gradient.window);
  Matrix<T> columns;
  for (int g = 0; g < conv.groups; ++g) {
    if (!pointwise) {
      gather(conv, x, g * in_group, in_group, y_gradient.window, columns);
    }
    const ConstView<T> inputs(pointwise ? x.channel(g * in_group) : columns.data(), taps, pixels);
    const ConstView<T> w(weights + g * out_group * taps, out_group, taps);
    const auto rows = gradient.middleRows(g * out_group, out_group);
    View<T>(weight_gradient + g * out_group * taps, out_group, taps).noalias() += rows * inputs.transpose();
    if (x_gradient == nullptr) {
      continue;
    }
    if (pointwise) {
      View<T>(x_gradient->channel(g * in_group), taps, pixels).noalias() += w.transpose() * rows;
    } else {
      columns.noalias() = w.transpose() * rows;
      scatter(conv, columns, g * in_group, in_group, y_gradient.window, *x_gradient);
    }
  }
}

template void conv_forward(const ConvAttributes&, const Patch<float>&, const float*, const float*,
                           Patch<float>&);
template void conv_forward(const ConvAttributes&, const Patch<double>&, const double*, const double*,
                           Patch<double>&);
template void conv_backward(const ConvAttributes&, const Patch<float>&, const float*, const Patch<float>&,
                            float*, float*, Patch<float>*);
template void conv_backward(const ConvAttributes&, const Patch<double>&, const double*, const Patch<double>&,
                            double*, double*, Patch<double>*);

}  // namespace tridex::quant
