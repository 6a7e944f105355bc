#include <algorithm>
#include <vector>

#include "arch/pe/arithmetic.h"
#include "arch/pe/kernels.h"

namespace tridex::arch {
namespace {

/// The window that a tile of output rows reads, per input channel, padding included: rows x (width +
/// padding).
struct Window {
  int rows = 0, columns = 0;
  std::vector<int32_t> codes;
  [[nodiscard]] const int32_t* row(int channel, int r) const {
    return codes.data() + (int64_t{channel} * rows + r) * columns;
  }
};

Window read_window(const Command& c, const BufferViews& buffers, const Tile& in, int channel0, int channel1) {
  Window window;
  window.rows = (c.y1 - c.y0 - 1) * c.stride + c.kernel_h;
  window.columns = (c.width - 1) * c.stride + c.kernel_w;
  window.codes.resize(static_cast<size_t>(channel1 - channel0) * window.rows * window.columns);
  const bool padded = c.kernel_h > 1 || c.kernel_w > 1;
  const uint8_t* pads = padded ? buffers.at(kWeightBuffer, c.pads, int64_t{channel1} * 4) : nullptr;
  const int x0 = std::max(0, c.pad_left);
  const int x1 = std::min(window.columns, c.in_width + c.pad_left);
  int32_t* at = window.codes.data();
  for (int channel = channel0; channel < channel1; ++channel) {
    int32_t zero = 0;
    if (padded) {
      std::memcpy(&zero, pads + int64_t{channel} * 4, 4);
    }
    for (int r = 0; r < window.rows; ++r, at += window.columns) {
      const int y = c.y0 * c.stride - c.pad_top + r;
      if (y < 0 || y >= c.in_height) {
        std::fill(at, at + window.columns, zero);
        continue;
      }
      std::fill(at, at + x0, zero);
      std::fill(at + std::max(x0, x1), at + window.columns, zero);
      const uint8_t* from = in.element(channel, y, 0) + (x0 - c.pad_left) * in.pixel_bytes();
      for (int x = x0; x < x1; ++x, from += in.pixel_bytes()) {
        at[x] = static_cast<int32_t>(load_code(from, in.ref()));
      }
    }
  }
  return window;
}

/// Accumulators of one output row of one channel.
template <typename Sum>
void accumulate_row(const Command& c, const Window& window, const int16_t* weights, int channel0, int row,
                    std::vector<Sum>& sums) {
  std::fill(sums.begin(), sums.end(), Sum{0});
  for (int i = 0; i < c.in_channels; ++i) {
    for (int ky = 0; ky < c.kernel_h; ++ky) {
      const int32_t* in = window.row(channel0 + i, row * c.stride + ky);
      for (int kx = 0; kx < c.kernel_w; ++kx) {
        const auto weight = static_cast<Sum>(*weights++);
        if (c.stride == 1) {
          for (int x = 0; x < c.width; ++x) {
            sums[static_cast<size_t>(x)] += weight * static_cast<Sum>(in[x + kx]);
          }
        } else {
          for (int x = 0; x < c.width; ++x) {
            sums[static_cast<size_t>(x)] += weight * static_cast<Sum>(in[x * c.stride + kx]);
          }
        }
      }
    }
  }
}

template <typename Sum>
void run(const Command& c, const BufferViews& buffers) {
  const Tile in(buffers, c.in);
  const Tile out(buffers, c.out);
  const auto activation = static_cast<quant::Activation>(c.activation);
  const RecordFormat format{activation, c.has_shortcut};
  const CodeRange range(c.out.format);
  const int group0 = c.c0 / c.group_outputs;
  const int group1 = (c.c1 - 1) / c.group_outputs + 1;
  const int channel0 = group0 * c.in_channels;
  const Window window = read_window(c, buffers, in, channel0, group1 * c.in_channels);
  std::vector<int16_t> weights(static_cast<size_t>(c.in_channels) * c.kernel_h * c.kernel_w);
  std::vector<Sum> sums(static_cast<size_t>(c.width));
  for (int o = c.c0; o < c.c1; ++o) {
    const int64_t row_number = o - c.block_c0;
    unpack_weights(buffers.at(kWeightBuffer, c.weights + row_number * c.weight_row_bytes, c.weight_row_bytes),
                   c.weight_bits, weights);
    const Record record = read_record(
        buffers.at(kWeightBuffer, c.params + row_number * format.bytes(), format.bytes()), format);
    const int group_channel = (o / c.group_outputs - group0) * c.in_channels;
    for (int y = c.y0; y < c.y1; ++y) {
      accumulate_row(c, window, weights.data(), group_channel, y - c.y0, sums);
      for (int x = 0; x < c.width; ++x) {
        int64_t a = record.bias + static_cast<int64_t>(sums[static_cast<size_t>(x)]);
        if (c.has_shortcut != 0) {
          const Tile shortcut(buffers, c.in2);
          const Record::Term& term = record.terms[0];
          a += shift_rounded((shortcut.get(o, y, x) - term.zero) * term.mult, term.shift);
        }
        out.put(o, y, x, finish(a, activation, record, range));
      }
    }
  }
}

}  // namespace

void compute_conv(const Command& c, const BufferViews& buffers) {
  // 32-bit sums where no sum of products can leave them; padding may lie outside the range of the codes.
  uint64_t largest = (uint64_t{1} << c.in.bits()) - 1;
  if (c.kernel_h > 1 || c.kernel_w > 1) {
    const int channels = (c.c1 - 1) / c.group_outputs * c.in_channels + c.in_channels;
    const uint8_t* pads = buffers.at(kWeightBuffer, c.pads, int64_t{channels} * 4);
    for (int channel = 0; channel < channels; ++channel) {
      int32_t zero = 0;
      std::memcpy(&zero, pads + int64_t{channel} * 4, 4);
      largest = std::max(largest, static_cast<uint64_t>(zero < 0 ? -int64_t{zero} : int64_t{zero}));
    }
  }
  const auto terms = static_cast<uint64_t>(c.in_channels) * static_cast<uint64_t>(c.kernel_h * c.kernel_w);
  const int bits = c.weight_bits - 1 + leading_one(largest) + 1 + leading_one(terms) + 1;
  if (bits < 31) {
    run<int32_t>(c, buffers);
  } else {
    run<int64_t>(c, buffers);
  }
}

}  // namespace tridex::arch
