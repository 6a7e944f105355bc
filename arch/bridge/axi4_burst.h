#pragma once
#include <cstdint>

namespace tridex::arch {

// Sections (A3.4.1 and so on) are those of Arm's AMBA AXI and ACE Protocol Specification, IHI 0022; how far
// they are verified is said in axi4_rules.cpp.

/// AxBURST (A3.4.1).
enum class Axi4BurstKind : uint8_t { kFixed = 0, kIncr = 1, kWrap = 2, kReserved = 3 };
/// BRESP, RRESP (A3.4.4).
enum class Axi4Response : uint8_t { kOkay = 0, kExOkay = 1, kSlvErr = 2, kDecErr = 3 };

/// What a burst may be (A3.4.1): no burst crosses a multiple of kAxi4Boundary bytes.
inline constexpr uint64_t kAxi4Boundary = 4096;
inline constexpr unsigned kAxi4IncrBeats = 256, kAxi4FixedBeats = 16, kAxi4WrapBeats = 16;

/// The addresses of one burst (A3.4.1).
struct Axi4Burst {
  uint64_t address = 0;  ///< as on the pins, of the first beat
  uint16_t beats = 1;    ///< AxLEN + 1
  uint8_t size = 0;      ///< AxSIZE: log2 of the bytes of a beat
  Axi4BurstKind kind = Axi4BurstKind::kIncr;

  [[nodiscard]] uint64_t beat_bytes() const { return uint64_t{1} << size; }
  /// Where a WRAP burst wraps to; its bytes are those from here on.
  [[nodiscard]] uint64_t wrap_boundary() const {
    return address / (beats * beat_bytes()) * (beats * beat_bytes());
  }
  /// The address of a beat (from 0), with the unaligned part of the first one.
  [[nodiscard]] uint64_t beat_address(unsigned beat) const;
  bool operator==(const Axi4Burst&) const = default;
};

/// What the pins of AW or AR say of one burst.
struct Axi4Address {
  Axi4Burst burst;
  uint32_t id = 0;
  bool lock = false;
  uint8_t cache = 0, prot = 0, qos = 0, region = 0;
  bool operator==(const Axi4Address&) const = default;
};

/// The bytes of one beat: `count` of them from `address` on, `index` and the following ones of the payload's
/// data.
struct Axi4Span {
  uint64_t address = 0;
  uint32_t index = 0, count = 0;
};

/// A burst and the part of a generic payload's data that it carries.
struct Axi4Part {
  Axi4Burst burst;
  uint32_t offset =
      0;  ///< index of its first byte in the data; of a WRAP burst, that of the wrap boundary's byte
  uint32_t bytes = 0;  ///< how many it carries; a beat may have room for more
  uint32_t width = 0;  ///< of FIXED bursts: bytes of a beat that are meant, the payload's streaming width

  /// All bytes that the burst has room for, as a payload of its own: with the address of the first beat, or
  /// that of the wrap boundary, and for FIXED with a streaming width of `width`.
  static Axi4Part whole(const Axi4Burst& burst);
  [[nodiscard]] Axi4Span span(unsigned beat) const;
};

}  // namespace tridex::arch
