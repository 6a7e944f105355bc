#pragma once
#include <verilated.h>

#include <cstdint>
#include <type_traits>

namespace tridex::test {

/// Bits [lsb, lsb + width) of a port of a Verilated module, width at most 64.
template <typename Port>
void put_bits(Port& port, size_t lsb, int width, uint64_t value) {
  if constexpr (std::is_integral_v<Port>) {
    const uint64_t mask = (width == 64 ? 0 : uint64_t{1} << width) - 1;
    port = static_cast<Port>((port & ~(mask << lsb)) | (value & mask) << lsb);
  } else {
    for (int done = 0; done < width;) {
      const size_t word = (lsb + static_cast<size_t>(done)) / 32;
      const int offset = static_cast<int>((lsb + static_cast<size_t>(done)) % 32);
      const int bits = std::min(32 - offset, width - done);
      const uint64_t mask = ((uint64_t{1} << bits) - 1) << offset;
      port[word] = static_cast<uint32_t>((port[word] & ~mask) | (((value >> done) << offset) & mask));
      done += bits;
    }
  }
}

template <typename Port>
uint64_t get_bits(const Port& port, size_t lsb, int width) {
  const uint64_t all = (width == 64 ? 0 : uint64_t{1} << width) - 1;
  if constexpr (std::is_integral_v<Port>) {
    return (uint64_t{port} >> lsb) & all;
  } else {
    uint64_t value = 0;
    for (int i = 0; i < width; ++i) {
      const size_t bit = lsb + static_cast<size_t>(i);
      value |= uint64_t{port[bit / 32] >> (bit % 32) & 1} << i;
    }
    return value;
  }
}

template <typename Port>
int64_t get_signed(const Port& port, size_t lsb, int width) {
  return static_cast<int64_t>(get_bits(port, lsb, width) << (64 - width)) >> (64 - width);
}

}  // namespace tridex::test
