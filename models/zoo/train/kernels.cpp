// The layers whose backward passes are slow in PyTorch on a CPU: 1x1 and depthwise convolutions and batch
// normalization fused with hardswish, in NHWC, FP32. Loaded by operators.py, which checks every gradient
// against PyTorch's own. All arrays are dense.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

constexpr int kLanes = 8;
using Vector = float __attribute__((vector_size(kLanes * 4), aligned(4)));

/// y[r][0..V*lanes) += sum over k of x[r][k] * w[k][...], R rows at a time.
template <int R, int V>
void rows_times(const float* x, int64_t ldx, const float* w, int64_t ldw, float* y, int64_t ldy,
                int64_t k_count) {
  Vector sum[R][V] = {};
  for (int64_t k = 0; k < k_count; ++k) {
    Vector b[V];
    for (int v = 0; v < V; ++v) {
      b[v] = *reinterpret_cast<const Vector*>(w + k * ldw + v * kLanes);
    }
    for (int r = 0; r < R; ++r) {
      const float a = x[r * ldx + k];
      for (int v = 0; v < V; ++v) {
        sum[r][v] += a * b[v];
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < V; ++v) {
      *reinterpret_cast<Vector*>(y + r * ldy + v * kLanes) += sum[r][v];
    }
  }
}

template <int V>
void all_rows_times(const float* x, const float* w, int64_t ldw, float* y, int64_t ldy, int64_t m_count,
                    int64_t k_count) {
  int64_t m = 0;
  for (; m + 6 <= m_count; m += 6) {
    rows_times<6, V>(x + m * k_count, k_count, w, ldw, y + m * ldy, ldy, k_count);
  }
  for (; m < m_count; ++m) {
    rows_times<1, V>(x + m * k_count, k_count, w, ldw, y + m * ldy, ldy, k_count);
  }
}

/// dw[k..k+R)[0..V*lanes) += sum over m of x[m][k..k+R) * dy[m][...].
template <int R, int V>
void outer(const float* x, int64_t ldx, const float* dy, int64_t ldy, float* dw, int64_t ldw,
           int64_t m_count) {
  Vector sum[R][V] = {};
  for (int64_t m = 0; m < m_count; ++m) {
    Vector b[V];
    for (int v = 0; v < V; ++v) {
      b[v] = *reinterpret_cast<const Vector*>(dy + m * ldy + v * kLanes);
    }
    for (int r = 0; r < R; ++r) {
      const float a = x[m * ldx + r];
      for (int v = 0; v < V; ++v) {
        sum[r][v] += a * b[v];
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < V; ++v) {
      *reinterpret_cast<Vector*>(dw + r * ldw + v * kLanes) += sum[r][v];
    }
  }
}

template <int V>
void outer_all(const float* x, int64_t ldx, const float* dy, int64_t ldy, float* dw, int64_t ldw,
               int64_t m_count, int64_t k_count) {
  int64_t k = 0;
  for (; k + 4 <= k_count; k += 4) {
    outer<4, V>(x + k, ldx, dy, ldy, dw + k * ldw, ldw, m_count);
  }
  for (; k < k_count; ++k) {
    outer<1, V>(x + k, ldx, dy, ldy, dw + k * ldw, ldw, m_count);
  }
}

struct Geometry {
  int64_t n, h, w, c, kernel, stride, oh, ow;
  int64_t pad() const { return kernel / 2; }
};

/// For each kernel tap and each output row: the run of output columns whose input column exists.
template <typename Run>
void each_tap(const Geometry& g, int64_t image, int64_t oy, const Run& run) {
  for (int64_t ky = 0; ky < g.kernel; ++ky) {
    const int64_t y = oy * g.stride + ky - g.pad();
    if (y < 0 || y >= g.h) {
      continue;
    }
    for (int64_t kx = 0; kx < g.kernel; ++kx) {
      for (int64_t ox = 0; ox < g.ow; ++ox) {
        const int64_t x = ox * g.stride + kx - g.pad();
        if (x >= 0 && x < g.w) {
          run(ky * g.kernel + kx, ((image * g.h + y) * g.w + x) * g.c,
              ((image * g.oh + oy) * g.ow + ox) * g.c);
        }
      }
    }
  }
}

float hardswish(float x) {
  return x * std::min(std::max(x + 3.0f, 0.0f), 6.0f) * (1.0f / 6.0f);
}
float hardswish_slope(float x) {
  return x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : (2.0f * x + 3.0f) * (1.0f / 6.0f);
}

}  // namespace

extern "C" {

/// y[m][n] = sum over k of x[m][k] * w[k][n].
void matrix_product(const float* x, const float* w, float* y, int64_t m, int64_t k, int64_t n) {
  constexpr int64_t kRows = 96;  // stay in the first cache
  std::memset(y, 0, static_cast<size_t>(m * n) * sizeof(float));
  for (int64_t at = 0; at < m; at += kRows) {
    const int64_t rows = std::min(kRows, m - at);
    int64_t column = 0;
    for (; column + 4 * kLanes <= n; column += 4 * kLanes) {
      all_rows_times<4>(x + at * k, w + column, n, y + at * n + column, n, rows, k);
    }
    for (; column + 2 * kLanes <= n; column += 2 * kLanes) {
      all_rows_times<2>(x + at * k, w + column, n, y + at * n + column, n, rows, k);
    }
    for (; column + kLanes <= n; column += kLanes) {
      all_rows_times<1>(x + at * k, w + column, n, y + at * n + column, n, rows, k);
    }
    for (; column < n; ++column) {
      for (int64_t r = at; r < at + rows; ++r) {
        float sum = 0;
        for (int64_t i = 0; i < k; ++i) {
          sum += x[r * k + i] * w[i * n + column];
        }
        y[r * n + column] = sum;
      }
    }
  }
}

/// dw[k][n] = sum over m of x[m][k] * dy[m][n].
void outer_product(const float* x, const float* dy, float* dw, int64_t m, int64_t k, int64_t n) {
  constexpr int64_t kRows = 64;
  std::memset(dw, 0, static_cast<size_t>(k * n) * sizeof(float));
  for (int64_t at = 0; at < m; at += kRows) {
    const int64_t rows = std::min(kRows, m - at);
    const float *xs = x + at * k, *dys = dy + at * n;
    int64_t column = 0;
    for (; column + 4 * kLanes <= n; column += 4 * kLanes) {
      outer_all<4>(xs, k, dys + column, n, dw + column, n, rows, k);
    }
    for (; column + 2 * kLanes <= n; column += 2 * kLanes) {
      outer_all<2>(xs, k, dys + column, n, dw + column, n, rows, k);
    }
    for (; column + kLanes <= n; column += kLanes) {
      outer_all<1>(xs, k, dys + column, n, dw + column, n, rows, k);
    }
    for (int64_t r = 0; column < n && r < rows; ++r) {
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = column; j < n; ++j) {
          dw[i * n + j] += xs[r * k + i] * dys[r * n + j];
        }
      }
    }
  }
}

/// w is [kernel * kernel][c].
void depthwise(const float* x, const float* w, float* y, int64_t n, int64_t h, int64_t width, int64_t c,
               int64_t kernel, int64_t stride, int64_t oh, int64_t ow) {
  const Geometry g{n, h, width, c, kernel, stride, oh, ow};
  std::memset(y, 0, static_cast<size_t>(n * oh * ow * c) * sizeof(float));
  for (int64_t image = 0; image < n; ++image) {
    for (int64_t oy = 0; oy < oh; ++oy) {
      each_tap(g, image, oy, [&](int64_t tap, int64_t from, int64_t to) {
        for (int64_t i = 0; i < c; ++i) {
          y[to + i] += x[from + i] * w[tap * c + i];
        }
      });
    }
  }
}

void depthwise_backward(const float* x, const float* w, const float* dy, float* dx, float* dw, int64_t n,
                        int64_t h, int64_t width, int64_t c, int64_t kernel, int64_t stride, int64_t oh,
                        int64_t ow) {
  const Geometry g{n, h, width, c, kernel, stride, oh, ow};
  std::memset(dx, 0, static_cast<size_t>(n * h * width * c) * sizeof(float));
  std::memset(dw, 0, static_cast<size_t>(kernel * kernel * c) * sizeof(float));
  for (int64_t image = 0; image < n; ++image) {
    for (int64_t oy = 0; oy < oh; ++oy) {
      each_tap(g, image, oy, [&](int64_t tap, int64_t from, int64_t to) {
        float* __restrict dwt = dw + tap * c;
        float* __restrict dxt = dx + from;
        const float *wt = w + tap * c, *xt = x + from, *dyt = dy + to;
        for (int64_t i = 0; i < c; ++i) {
          dxt[i] += dyt[i] * wt[i];
          dwt[i] += dyt[i] * xt[i];
        }
      });
    }
  }
}

/// Batch statistics of x[m][c], then y = act(x * a + b); act: 0 none, 1 hardswish. mean, var, a, b: [c], out
/// (var biased).
void norm_act(const float* x, const float* weight, const float* bias, float* y, float* mean, float* var,
              float* a, float* b, int64_t m, int64_t c, float eps, int64_t act) {
  std::vector<float> sum(static_cast<size_t>(c)), square(static_cast<size_t>(c));
  std::vector<double> total(static_cast<size_t>(c)), total_square(static_cast<size_t>(c));
  constexpr int64_t kRows = 1024;  // FP32 within, FP64 across
  for (int64_t at = 0; at < m; at += kRows) {
    std::fill(sum.begin(), sum.end(), 0.0f);
    std::fill(square.begin(), square.end(), 0.0f);
    for (int64_t r = at; r < std::min(m, at + kRows); ++r) {
      for (int64_t i = 0; i < c; ++i) {
        const float v = x[r * c + i];
        sum[i] += v;
        square[i] += v * v;
      }
    }
    for (int64_t i = 0; i < c; ++i) {
      total[i] += sum[i];
      total_square[i] += square[i];
    }
  }
  for (int64_t i = 0; i < c; ++i) {
    const double mu = total[i] / static_cast<double>(m);
    mean[i] = static_cast<float>(mu);
    var[i] = static_cast<float>(std::max(0.0, total_square[i] / static_cast<double>(m) - mu * mu));
    a[i] = weight[i] / std::sqrt(var[i] + eps);
    b[i] = bias[i] - mean[i] * a[i];
  }
  for (int64_t r = 0; r < m; ++r) {
    for (int64_t i = 0; i < c; ++i) {
      const float z = x[r * c + i] * a[i] + b[i];
      y[r * c + i] = act == 1 ? hardswish(z) : z;
    }
  }
}

void norm_act_backward(const float* x, const float* dy, const float* weight, const float* mean,
                       const float* var, const float* a, const float* b, float* dx, float* dweight,
                       float* dbias, int64_t m, int64_t c, float eps, int64_t act) {
  std::vector<float> sum(static_cast<size_t>(c)), product(static_cast<size_t>(c)),
      inverse(static_cast<size_t>(c));
  std::vector<double> total(static_cast<size_t>(c)), total_product(static_cast<size_t>(c));
  for (int64_t i = 0; i < c; ++i) {
    inverse[i] = 1.0f / std::sqrt(var[i] + eps);
  }
  constexpr int64_t kRows = 1024;
  for (int64_t at = 0; at < m; at += kRows) {
    std::fill(sum.begin(), sum.end(), 0.0f);
    std::fill(product.begin(), product.end(), 0.0f);
    for (int64_t r = at; r < std::min(m, at + kRows); ++r) {
      for (int64_t i = 0; i < c; ++i) {
        const float v = x[r * c + i];
        const float d = act == 1 ? dy[r * c + i] * hardswish_slope(v * a[i] + b[i]) : dy[r * c + i];
        dx[r * c + i] = d;
        sum[i] += d;
        product[i] += d * (v - mean[i]) * inverse[i];
      }
    }
    for (int64_t i = 0; i < c; ++i) {
      total[i] += sum[i];
      total_product[i] += product[i];
    }
  }
  for (int64_t i = 0; i < c; ++i) {
    dbias[i] = static_cast<float>(total[i]);
    dweight[i] = static_cast<float>(total_product[i]);
    sum[i] = static_cast<float>(total[i] / static_cast<double>(m));
    product[i] = static_cast<float>(total_product[i] / static_cast<double>(m));
  }
  for (int64_t r = 0; r < m; ++r) {
    for (int64_t i = 0; i < c; ++i) {
      const float normal = (x[r * c + i] - mean[i]) * inverse[i];
      dx[r * c + i] = a[i] * (dx[r * c + i] - sum[i] - normal * product[i]);
    }
  }
}

}  // extern "C"
