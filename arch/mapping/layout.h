#pragma once
#include <cstdint>

#include "models/graph.h"

namespace tridex::arch {

/// Channels stored side by side. A row of a tensor is ceil(C / 8) blocks of width x 8 codes, so that a tile
/// of whole rows is one contiguous run in DRAM and on chip, and eight channels of a pixel are read in one
/// beat.
inline constexpr int kChannelBlock = 8;

/// Where element (c, y, x) of a tensor or of a tile of its rows lies:
///     base + (((y - first_row) * blocks + c / 8) * width + x) * 8 * bytes + (c % 8) * bytes
struct RowLayout {
  int blocks = 0;  ///< channel blocks in a row
  int width = 0;
  int bytes = 1;  ///< of a code: 1, 2, 4

  static RowLayout of(const models::Shape& shape, int code_bytes) {
    return {(shape.c + kChannelBlock - 1) / kChannelBlock, shape.w, code_bytes};
  }
  [[nodiscard]] int64_t block_bytes() const { return int64_t{width} * kChannelBlock * bytes; }
  [[nodiscard]] int64_t row_bytes() const { return blocks * block_bytes(); }
  [[nodiscard]] int64_t offset(int c, int row, int x) const {
    return ((int64_t{row} * blocks + c / kChannelBlock) * width + x) * kChannelBlock * bytes +
           int64_t{c % kChannelBlock} * bytes;
  }
};

}  // namespace tridex::arch
