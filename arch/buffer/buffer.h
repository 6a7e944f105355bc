#pragma once
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include <tlm_utils/multi_passthrough_target_socket.h>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// An on-chip buffer: a TLM-2.0 memory of design.bytes at address 0 for any number of initiators. Blocking
/// transport takes one access latency and bytes / (banks x width) cycles; DMI is granted for the whole buffer
/// with the latencies of one byte. Without storage (timed runs) it keeps the same timing and moves nothing.
/// Errors are response statuses: address, command, byte enables, a streaming width shorter than the data, no
/// data (length 0: burst error, null pointer: generic error); such an access takes no time. Debug access
/// moves what lies inside. The storage never moves, so DMI is never invalidated.
class BufferModule : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<BufferModule> socket;

  BufferModule(const sc_core::sc_module_name& name, const Buffer& design, const sc_core::sc_time& cycle,
               bool storage);

  /// Cycles of an access before its first beat.
  static constexpr int kLatencyCycles = 1;

 private:
  void b_transport(int id, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
  unsigned transport_dbg(int id, tlm::tlm_generic_payload& trans);
  bool get_direct_mem_ptr(int id, tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
  [[nodiscard]] tlm::tlm_response_status check(const tlm::tlm_generic_payload& trans) const;
  void copy(tlm::tlm_generic_payload& trans, size_t bytes);

  Buffer design_;
  sc_core::sc_time cycle_;
  std::vector<uint8_t> storage_;
};

}  // namespace tridex::arch
