#pragma once
#include <cstring>
#include <vector>

#include "arch/mapping/command.h"
#include "arch/mapping/params.h"
#include "arch/pe/buffer_view.h"

namespace tridex::arch {

/// The input of a convolution's command with its padding, and its weights.
class ConvInput {
 public:
  ConvInput(const Command& command, const BufferViews& buffers)
      : c_(command), buffers_(buffers), in_(buffers, command.in) {}

  /// The code that weight (ky, kx) meets for output pixel (y, x) in an input channel.
  [[nodiscard]] int32_t code(int channel, int y, int x, int ky, int kx) const {
    const int row = y * c_.stride - c_.pad_top + ky;
    const int column = x * c_.stride - c_.pad_left + kx;
    if (row >= 0 && row < c_.in_height && column >= 0 && column < c_.in_width) {
      return static_cast<int32_t>(in_.get(channel, row, column));
    }
    int32_t zero = 0;
    std::memcpy(&zero, buffers_.at(kWeightBuffer, c_.pads + int64_t{channel} * 4, 4), 4);
    return zero;
  }
  /// Weights of an output channel: input channel of its group, kernel row, kernel column.
  void weights(int channel, std::vector<int16_t>& out) const {
    out.resize(static_cast<size_t>(c_.in_channels) * c_.kernel_h * c_.kernel_w);
    const int64_t row = int64_t{channel - c_.block_c0} * c_.weight_row_bytes;
    unpack_weights(buffers_.at(kWeightBuffer, c_.weights + row, c_.weight_row_bytes), c_.weight_bits, out);
  }
  [[nodiscard]] Record record(int channel) const {
    const RecordFormat format{static_cast<quant::Activation>(c_.activation), c_.has_shortcut};
    const int64_t at = c_.params + int64_t{channel - c_.block_c0} * format.bytes();
    return read_record(buffers_.at(kWeightBuffer, at, format.bytes()), format);
  }

 private:
  Command c_;
  BufferViews buffers_;
  Tile in_;
};

}  // namespace tridex::arch
