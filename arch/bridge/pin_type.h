#pragma once
#include <cstdint>
#include <systemc>
#include <type_traits>

namespace tridex::arch {

/// The type of a pin of so many bits, as Verilator's SystemC output (`--sc`, its defaults) has it: bool,
/// uint32_t, uint64_t, and sc_bv where 64 bits are not enough.
template <int Bits>
using PinType = std::conditional_t<
    Bits == 1, bool,
    std::conditional_t<Bits <= 32, uint32_t, std::conditional_t<Bits <= 64, uint64_t, sc_dt::sc_bv<Bits>>>>;

}  // namespace tridex::arch
