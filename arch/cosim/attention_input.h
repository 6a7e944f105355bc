#pragma once
#include <cstring>

#include "arch/mapping/command.h"
#include "arch/mapping/params.h"
#include "arch/pe/buffer_view.h"

namespace tridex::arch {

/// What the attention products read: views of the q/k/v tile (NUMERICS.md 3), records and scratch.
class AttentionInput {
 public:
  struct View {
    int part, relu;
  };
  AttentionInput(const Command& command, const BufferViews& buffers)
      : block(command.heads, command.head_dim, command.in_channels),
        c_(command),
        buffers_(buffers),
        in_(buffers, command.in) {}

  const AttentionBlock block;

  /// Channel i of head h at a pixel: centred, with ReLU if the view has it.
  [[nodiscard]] int64_t get(const View& view, int h, int i, int y, int x) const {
    const int channel = view.part < 0 ? h * c_.head_dim + i : (h * 3 + view.part) * c_.head_dim + i;
    int32_t zero = 0;
    std::memcpy(&zero, buffers_.at(kWeightBuffer, c_.params + int64_t{channel} * 4, 4), 4);
    const int64_t value = in_.get(channel, y, x) - zero;
    return view.relu != 0 && value < 0 ? 0 : value;
  }
  /// Record `index` of those at an offset of the block. Products have no bias, whatever the bytes say.
  [[nodiscard]] Record record(int64_t offset, int index) const {
    constexpr int64_t kBytes = 16;  // params.h: no activation, no terms
    Record record = read_record(buffers_.at(kWeightBuffer, c_.params + offset + index * kBytes, kBytes), {});
    record.bias = 0;
    return record;
  }
  struct DenScale {
    int32_t mult;
    int frac;
  };
  [[nodiscard]] DenScale den_scale(int h) const {
    const uint8_t* at = buffers_.at(kWeightBuffer, c_.params + block.den_scale + int64_t{h} * 4, 4);
    return {at[0] | at[1] << 8 | at[2] << 16, static_cast<int8_t>(at[3])};
  }
  /// A code of the context in the output buffer.
  [[nodiscard]] int64_t scratch(int64_t base, int64_t index, int format) const {
    TileRef ref;
    ref.format = format;
    return load_code(buffers_.at(kOutputBuffer, base + index * ref.bytes(), ref.bytes()), ref);
  }
  [[nodiscard]] int64_t running_sum(int64_t address) const {
    int64_t sum = 0;
    std::memcpy(&sum, buffers_.at(kOutputBuffer, address, 8), 8);
    return sum;
  }

 private:
  Command c_;
  BufferViews buffers_;
  Tile in_;
};

}  // namespace tridex::arch
