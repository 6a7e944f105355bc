#pragma once
#include <array>
#include <cstdint>

#include "arch/mapping/params.h"

namespace tridex::arch {

/// A beat of the record stream: the constants of one result lane (arch/rtl/README.md, Records).
struct RecordBeat {
  static constexpr int kEvery = 255;  ///< of copy and slot
  int copy = kEvery, slot = kEvery;
  Record record;  ///< requantization, activation, shortcut (the first term)
  int32_t quotient_mult = 0, quotient_zero = 0;
  int quotient_shift = 0;
  int32_t den_mult = 0;
  int den_frac = 0;
  using Bytes = std::array<uint8_t, 64>;
  /// std::logic_error: a field that its bits do not hold.
  [[nodiscard]] Bytes encode() const;
};

/// The other way.
RecordBeat decode_record_beat(const RecordBeat::Bytes& bytes);

}  // namespace tridex::arch
