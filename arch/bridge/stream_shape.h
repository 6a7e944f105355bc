#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "arch/bridge/pin_type.h"

namespace tridex::arch {

/// The pins that an AXI4-Stream interface has; the template parameter of its bridges:
///
///     constexpr StreamShape kVideo{.data_bits = 512, .user_bits = 1};
///     StreamTransmitter<kVideo> transmitter("transmitter");
struct StreamShape {
  int data_bits = 32;   ///< 8 to 1024, whole bytes
  int id_bits = 0;      ///< of TID, to 64; 0: no such pin
  int dest_bits = 0;    ///< of TDEST
  int user_bits = 0;    ///< of TUSER
  bool keep = true;     ///< without TKEEP all bytes are kept
  bool strobe = false;  ///< without TSTRB kept bytes are data bytes
  bool last = true;     ///< without TLAST each beat is a packet

  [[nodiscard]] constexpr int bytes() const { return data_bits / 8; }
  [[nodiscard]] constexpr bool valid() const {
    const auto side = [](int bits) { return bits >= 0 && bits <= 64; };
    return data_bits >= 8 && data_bits <= 1024 && data_bits % 8 == 0 && side(id_bits) && side(dest_bits) &&
           side(user_bits);
  }
};

/// A bit for each byte of a beat.
struct ByteMask {
  std::array<uint64_t, 2> words{};

  [[nodiscard]] bool get(int byte) const { return (words[byte / 64] >> (byte % 64) & 1) != 0; }
  void set(int byte) { words[byte / 64] |= uint64_t{1} << (byte % 64); }
  /// The first `bytes` of a beat.
  static ByteMask first(int bytes) {
    const auto low = [](int bits) { return bits <= 0 ? 0 : ~uint64_t{0} >> (bits >= 64 ? 0 : 64 - bits); };
    return {{low(bytes), low(bytes - 64)}};
  }
  bool operator==(const ByteMask&) const = default;
};

/// What the pins say of one transfer. Byte i of the data is on TDATA[8i+7:8i].
struct StreamBeat {
  std::array<uint8_t, 128> data{};
  ByteMask keep, strobe;
  uint64_t id = 0, dest = 0, user = 0;
  bool last = false;
  bool operator==(const StreamBeat&) const = default;
};

/// The bits of a pin as bytes, lowest first, and back. Nothing is allocated.
template <int Bits>
void pin_to_bytes(const PinType<Bits>& pin, void* bytes) {
  constexpr int kBytes = (Bits + 7) / 8;
  if constexpr (Bits == 1) {
    *static_cast<uint8_t*>(bytes) = pin ? 1 : 0;
  } else if constexpr (Bits <= 64) {
    std::memcpy(bytes, &pin, kBytes);
  } else {
    for (int i = 0; i < kBytes; i += 4) {
      const uint32_t word = pin.get_word(i / 4);
      std::memcpy(static_cast<uint8_t*>(bytes) + i, &word, i + 4 <= kBytes ? 4 : kBytes - i);
    }
  }
}
template <int Bits>
void bytes_to_pin(const void* bytes, PinType<Bits>& pin) {
  constexpr int kBytes = (Bits + 7) / 8;
  if constexpr (Bits == 1) {
    pin = (*static_cast<const uint8_t*>(bytes) & 1) != 0;
  } else if constexpr (Bits <= 64) {
    pin = 0;
    std::memcpy(&pin, bytes, kBytes);
  } else {
    for (int i = 0; i < kBytes; i += 4) {
      uint32_t word = 0;
      std::memcpy(&word, static_cast<const uint8_t*>(bytes) + i, i + 4 <= kBytes ? 4 : kBytes - i);
      pin.set_word(i / 4, word);
    }
  }
}

}  // namespace tridex::arch
