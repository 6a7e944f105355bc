#pragma once
#include <cstdint>
#include <tlm>

#include "arch/bridge/axi4_burst.h"
#include "arch/bridge/axi4_extension.h"

namespace tridex::arch {

/// What the pins can carry.
struct Axi4Limits {
  unsigned bus_bytes = 4;       ///< of a data beat
  unsigned bytes_per_beat = 4;  ///< of a payload that asks for no other; a power of two, at most bus_bytes
  unsigned address_bits = 32;
};

/// Cuts a generic payload into legal bursts, in the order of its data:
///  * with a streaming width of the whole length, INCR bursts of at most 256 beats that stay between
///  multiples of 4 KB;
///  * with a shorter one, FIXED bursts of at most 16 beats with beats of the least size that holds one
///  streaming width
///    where it lies, and where a beat cannot hold it INCR bursts for each repetition;
///  * with an extension that says so, one WRAP burst.
/// Bytes of a beat that the payload does not have are written with strobes off, and are read and dropped.
class Axi4Splitter {
 public:
  /// TLM_OK_RESPONSE, or what is wrong with the payload as the response that it gets: no data (generic
  /// error), byte enables of no bytes (byte enable error), a streaming width of 0, a WRAP or exclusive burst
  /// that is none (burst error), bytes beyond the address pins (address error). After an error there is
  /// nothing to split.
  tlm::tlm_response_status start(const tlm::tlm_generic_payload& payload, const Axi4Extension* extension,
                                 const Axi4Limits& limits);
  [[nodiscard]] bool done() const { return offset_ >= length_; }
  /// Needs !done().
  Axi4Part next();

 private:
  tlm::tlm_response_status start_wrap(const Axi4Extension& extension, const Axi4Limits& limits);

  uint64_t address_ = 0;
  uint32_t length_ = 0, offset_ = 0, width_ = 0;
  Axi4Burst burst_;  // kind and size of all; address and beats of a WRAP burst
};

/// May an exclusive access be this burst? (A7.2.4: 1, 2, 4 and so on to 128 bytes, at most 16 beats, aligned
/// to its bytes.)
bool axi4_exclusive_length(const Axi4Burst& burst);
bool axi4_exclusive_aligned(const Axi4Burst& burst);

}  // namespace tridex::arch
