#include "arch/cosim/record_beat.h"

#include <stdexcept>
#include <string>

namespace tridex::arch {
namespace {

/// Every field with its place: byte, bits, sign. One list for both directions.
template <typename Beat, typename Visit>
void visit_fields(Beat& beat, Visit&& visit) {
  visit("copy", beat.copy, 0, 8, false);
  visit("slot", beat.slot, 1, 8, false);
  visit("bias", beat.record.bias, 2, 48, true);
  visit("mult", beat.record.mult, 8, 17, false);
  visit("pre", beat.record.pre, 11, 6, false);
  visit("shift", beat.record.shift, 12, 6, false);
  visit("zero", beat.record.zero, 13, 24, true);
  visit("six", beat.record.six, 16, 48, false);
  visit("three", beat.record.three, 22, 17, false);
  visit("act_shift", beat.record.act_shift, 25, 8, true);
  visit("res_mult", beat.record.terms[0].mult, 26, 17, false);
  visit("res_shift", beat.record.terms[0].shift, 29, 8, true);
  visit("zero of the shortcut", beat.record.terms[0].zero, 30, 24, true);
  visit("mult of the quotient", beat.quotient_mult, 33, 17, false);
  visit("shift of the quotient", beat.quotient_shift, 36, 8, true);
  visit("zero of the quotient", beat.quotient_zero, 37, 24, true);
  visit("den_mult", beat.den_mult, 40, 17, false);
  visit("den_frac", beat.den_frac, 43, 8, true);
}

}  // namespace

RecordBeat::Bytes RecordBeat::encode() const {
  Bytes bytes{};
  visit_fields(*this, [&](const char* name, int64_t value, int byte, int bits, bool is_signed) {
    const int64_t low = is_signed ? -(int64_t{1} << (bits - 1)) : 0;
    const int64_t high = (int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
    if (value < low || value > high) {
      throw std::logic_error(std::string("a record's ") + name + " does not fit: " + std::to_string(value));
    }
    for (int i = 0; 8 * i < bits; ++i) {
      const int here = bits - 8 * i < 8 ? bits - 8 * i : 8;
      bytes.at(static_cast<size_t>(byte + i)) =
          static_cast<uint8_t>((static_cast<uint64_t>(value) >> (8 * i)) & ((1U << here) - 1));
    }
  });
  return bytes;
}

RecordBeat decode_record_beat(const RecordBeat::Bytes& bytes) {
  RecordBeat beat;
  visit_fields(beat, [&](const char*, auto& value, int byte, int bits, bool is_signed) {
    uint64_t word = 0;
    for (int i = 0; 8 * i < bits; ++i) {
      word |= uint64_t{bytes.at(static_cast<size_t>(byte + i))} << (8 * i);
    }
    const int unused = 64 - bits;
    word <<= unused;
    value = static_cast<std::remove_reference_t<decltype(value)>>(
        is_signed ? static_cast<int64_t>(word) >> unused : static_cast<int64_t>(word >> unused));
  });
  return beat;
}

}  // namespace tridex::arch
