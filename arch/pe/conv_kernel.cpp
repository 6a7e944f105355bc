#include <algorithm>
#include <vector>

#include "arch/pe/arithmetic.h"
#include "arch/pe/kernels.h"

namespace tridex::arch {
namespace {

/// The codes that a tile of output rows reads, per input channel, padding included. They lie in stride x
/// stride planes of every stride-th row and column, so that what one weight meets in the whole tile is one
/// run.
struct Window {
  int stride = 1, rows = 0, columns = 0;  ///< rows and columns of a plane
  std::vector<int32_t> codes;
  [[nodiscard]] int64_t index(int channel, int row, int column) const {
    const int64_t plane = (int64_t{channel} * stride + row % stride) * stride + column % stride;
    return (plane * rows + row / stride) * columns + column / stride;
  }
};

Window read_window(const Command& c, const BufferViews& buffers, const Tile& in, int channel0, int channel1) {
  const int rows = (c.y1 - c.y0 - 1) * c.stride + c.kernel_h;
  const int columns = (c.width - 1) * c.stride + c.kernel_w;
  Window window{c.stride, (rows + c.stride - 1) / c.stride, (columns + c.stride - 1) / c.stride, {}};
  window.codes.resize(static_cast<size_t>(channel1 - channel0) * c.stride * c.stride * window.rows *
                      window.columns);
  const bool padded = c.kernel_h > 1 || c.kernel_w > 1;
  const uint8_t* pads = padded ? buffers.at(kWeightBuffer, c.pads, int64_t{channel1} * 4) : nullptr;
  for (int channel = channel0; channel < channel1; ++channel) {
    int32_t zero = 0;
    if (padded) {
      std::memcpy(&zero, pads + int64_t{channel} * 4, 4);
    }
    for (int r = 0; r < rows; ++r) {
      const int y = c.y0 * c.stride - c.pad_top + r;
      const bool inside = y >= 0 && y < c.in_height;
      const uint8_t* from = inside ? in.element(channel, y, 0) : nullptr;
      for (int phase = 0; phase < std::min(c.stride, columns); ++phase) {
        int32_t* at = window.codes.data() + window.index(channel - channel0, r, phase);
        for (int column = phase; column < columns; column += c.stride, ++at) {
          const int x = column - c.pad_left;
          *at = inside && x >= 0 && x < c.in_width
                    ? static_cast<int32_t>(load_code(from + x * in.pixel_bytes(), in.ref()))
                    : zero;
        }
      }
    }
  }
  return window;
}

/// Where each weight of an output channel meets its first code, from the first input channel's window on.
std::vector<int64_t> tap_offsets(const Command& c, const Window& window) {
  std::vector<int64_t> offsets;
  for (int i = 0; i < c.in_channels; ++i) {
    for (int ky = 0; ky < c.kernel_h; ++ky) {
      for (int kx = 0; kx < c.kernel_w; ++kx) {
        offsets.push_back(window.index(i, ky, kx));
      }
    }
  }
  return offsets;
}

/// Accumulators of one channel over the whole tile, a plane's columns from row to row. Four weights at a
/// time, as sums are read and written once for all of them.
template <typename Sum>
void accumulate(const int32_t* codes, const std::vector<int64_t>& offsets,
                const std::vector<int16_t>& weights, std::vector<Sum>& sums) {
  std::fill(sums.begin(), sums.end(), Sum{0});
  Sum* __restrict to = sums.data();
  const size_t length = sums.size();
  size_t t = 0;
  for (; t + 4 <= offsets.size(); t += 4) {
    const int32_t* a = codes + offsets[t];
    const int32_t* b = codes + offsets[t + 1];
    const int32_t* d = codes + offsets[t + 2];
    const int32_t* e = codes + offsets[t + 3];
    const Sum wa = weights[t];
    const Sum wb = weights[t + 1];
    const Sum wd = weights[t + 2];
    const Sum we = weights[t + 3];
    for (size_t x = 0; x < length; ++x) {
      to[x] += wa * a[x] + wb * b[x] + wd * d[x] + we * e[x];
    }
  }
  for (; t < offsets.size(); ++t) {
    const int32_t* a = codes + offsets[t];
    const Sum wa = weights[t];
    for (size_t x = 0; x < length; ++x) {
      to[x] += wa * a[x];
    }
  }
}

template <typename Sum>
void run(const Command& c, const BufferViews& buffers) {
  const Tile in(buffers, c.in);
  const Tile out(buffers, c.out);
  const Tile shortcut(buffers, c.has_shortcut != 0 ? c.in2 : c.in);
  const auto activation = static_cast<quant::Activation>(c.activation);
  const RecordFormat format{activation, c.has_shortcut};
  const CodeRange range(c.out.format);
  const int group0 = c.c0 / c.group_outputs;
  const int group1 = (c.c1 - 1) / c.group_outputs + 1;
  const Window window = read_window(c, buffers, in, group0 * c.in_channels, group1 * c.in_channels);
  const std::vector<int64_t> offsets = tap_offsets(c, window);
  std::vector<int16_t> weights(offsets.size());
  std::vector<Sum> sums(static_cast<size_t>(c.y1 - c.y0 - 1) * window.columns + c.width);
  for (int o = c.c0; o < c.c1; ++o) {
    const int64_t row_number = o - c.block_c0;
    unpack_weights(buffers.at(kWeightBuffer, c.weights + row_number * c.weight_row_bytes, c.weight_row_bytes),
                   c.weight_bits, weights);
    const Record record = read_record(
        buffers.at(kWeightBuffer, c.params + row_number * format.bytes(), format.bytes()), format);
    const int group_channel = (o / c.group_outputs - group0) * c.in_channels;
    accumulate(window.codes.data() + window.index(group_channel, 0, 0), offsets, weights, sums);
    for (int y = c.y0; y < c.y1; ++y) {
      const Sum* from = sums.data() + int64_t{y - c.y0} * window.columns;
      for (int x = 0; x < c.width; ++x) {
        int64_t a = record.bias + static_cast<int64_t>(from[x]);
        if (c.has_shortcut != 0) {
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
