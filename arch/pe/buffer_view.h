#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "arch/mapping/command.h"
#include "arch/mapping/layout.h"

namespace tridex::arch {

/// The bytes of the three buffers, as an engine reaches them through DMI. Every access is checked against the
/// buffer.
struct BufferViews {
  struct View {
    uint8_t* data = nullptr;
    int64_t size = 0;
  };
  std::array<View, 3> views;

  [[nodiscard]] uint8_t* at(int32_t buffer, int64_t address, int64_t bytes) const {
    const View& view = views.at(static_cast<size_t>(buffer));
    if (address < 0 || bytes < 0 || address + bytes > view.size) {
      throw std::logic_error("a command reaches outside of its buffer");
    }
    return view.data + address;
  }
};

inline int64_t load_code(const uint8_t* at, const TileRef& tile) {
  switch (tile.bytes()) {
    case 1:
      return tile.is_signed() ? int64_t{static_cast<int8_t>(*at)} : int64_t{*at};
    case 2: {
      uint16_t word = 0;
      std::memcpy(&word, at, 2);
      return tile.is_signed() ? int64_t{static_cast<int16_t>(word)} : int64_t{word};
    }
    default: {
      int32_t word = 0;
      std::memcpy(&word, at, 4);
      return word;
    }
  }
}

inline void store_code(uint8_t* at, int bytes, int64_t code) {
  const auto word = static_cast<uint32_t>(code);
  std::memcpy(at, &word, static_cast<size_t>(bytes));
}

/// A tile in a buffer: element access by the tensor's own coordinates.
class Tile {
 public:
  Tile(const BufferViews& buffers, const TileRef& ref)
      : ref_(ref),
        layout_{ref.blocks, ref.width, ref.bytes()},
        base_(buffers.at(ref.buffer, ref.address, ref.places() * layout_.row_bytes())) {}
  [[nodiscard]] uint8_t* element(int c, int y, int x) const {
    const int channel = c - ref_.channel;
    const int row = y - ref_.first_row;
    if (channel < 0 || channel >= ref_.blocks * kChannelBlock || row < 0 || row >= ref_.rows || x < 0 ||
        x >= ref_.width) {
      throw std::logic_error("a command reaches outside of its tile");
    }
    return base_ + layout_.offset(channel, ref_.place(y), x);
  }
  /// element(c, y, 0); the next pixel is pixel_bytes() further on.
  [[nodiscard]] int64_t pixel_bytes() const { return int64_t{kChannelBlock} * layout_.bytes; }
  [[nodiscard]] int64_t get(int c, int y, int x) const { return load_code(element(c, y, x), ref_); }
  void put(int c, int y, int x, int64_t code) const { store_code(element(c, y, x), layout_.bytes, code); }
  [[nodiscard]] const TileRef& ref() const { return ref_; }

 private:
  TileRef ref_;
  RowLayout layout_;
  uint8_t* base_;
};

}  // namespace tridex::arch
