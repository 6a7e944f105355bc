#pragma once
#include <tlm>

#include <cstdint>

namespace tridex::arch {

/// What AXI4 has and the generic payload has not. Ignorable: a payload means the same without it, as a
/// wrapping burst is a payload with the address of its wrap boundary and its bytes in the order of their
/// addresses. Axi4Manager obeys it where a payload has one; Axi4Subordinate's payloads have one.
struct Axi4Extension : tlm::tlm_extension<Axi4Extension> {
  static constexpr uint32_t kAnyId = UINT32_MAX;
  uint32_t id = kAnyId;         ///< AxID; kAnyId: the bridge takes the next of its own
  uint32_t bytes_per_beat = 0;  ///< a power of two up to the width; 0: the bridge's
  bool wrap = false;            ///< a WRAP burst; the payload's address is its wrap boundary
  uint64_t wrap_first = 0;      ///< then: the address of the beat that goes first, aligned to a beat
  bool lock = false;            ///< an exclusive access (A7.2)
  uint8_t cache = 3;            ///< AxCACHE (A4.4); 0b0011: normal, non-cacheable, bufferable
  uint8_t prot = 0, qos = 0, region = 0;
  bool exclusive_okay = false;  ///< of an exclusive access, set by who serves it: EXOKAY

  tlm::tlm_extension_base* clone() const override { return new Axi4Extension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const Axi4Extension&>(other);
  }
};

}  // namespace tridex::arch
