#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "arch/bridge/pin_type.h"

namespace tridex::arch {

static_assert(std::endian::native == std::endian::little, "byte lane 0 is the lowest byte of a word");

/// The widest data bus that AXI4 has, in bytes (A1.2.1: 1,024 bits).
inline constexpr unsigned kAxi4MostBytes = 128;

/// A bit a byte lane, lane 0 first.
using Axi4Strobe = std::array<uint64_t, 2>;

/// Is a lane's bit set?
inline bool axi4_lane(const Axi4Strobe& strobe, unsigned lane) {
  return (strobe[lane / 64] >> (lane % 64) & 1) != 0;
}

/// Lanes `first` to `first + count - 1`.
inline Axi4Strobe axi4_lanes(unsigned first, unsigned count) {
  const auto below = [](unsigned bits) { return bits >= 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1; };
  const unsigned end = first + count;
  return {below(end) & ~below(first),
          end <= 64 ? 0 : below(end - 64) & ~(first <= 64 ? 0 : below(first - 64))};
}

/// The value of a pin of so many bits from bytes, lane 0 lowest; `bytes` has all of the pin's.
template <int Bits>
void axi4_to_pin(const void* bytes, PinType<Bits>& pin) {
  if constexpr (Bits <= 64) {
    std::memcpy(&pin, bytes, (Bits + 7) / 8);
  } else {
    for (int i = 0; i < Bits / 32; ++i) {
      uint32_t word;
      std::memcpy(&word, static_cast<const uint8_t*>(bytes) + 4 * i, sizeof(word));
      pin.set_word(i, word);
    }
  }
}

/// The way back.
template <int Bits>
void axi4_from_pin(const PinType<Bits>& pin, void* bytes) {
  if constexpr (Bits <= 64) {
    std::memcpy(bytes, &pin, (Bits + 7) / 8);
  } else {
    for (int i = 0; i < Bits / 32; ++i) {
      const auto word = static_cast<uint32_t>(pin.get_word(i));
      std::memcpy(static_cast<uint8_t*>(bytes) + 4 * i, &word, sizeof(word));
    }
  }
}

}  // namespace tridex::arch
