#pragma once
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include <tlm_utils/multi_passthrough_target_socket.h>

#include "arch/buffer/buffer_ports.h"
#include "arch/buffer/port_arbiter.h"
#include "arch/design/design_point.h"

namespace tridex::arch {

/// An on-chip buffer: a TLM-2.0 memory of design.bytes at address 0 for any number of initiators. Blocking
/// transport takes one access latency and bytes / (banks x width) cycles; DMI is granted for the whole buffer
/// with the latencies of one byte. Without storage (timed runs) it keeps the same timing and moves nothing.
/// Errors are response statuses: address, command, byte enables, a streaming width shorter than the data, no
/// data (length 0: burst error, null pointer: generic error); such an access takes no time. Debug access
/// moves what lies inside. The storage never moves, so DMI is never invalidated.
///
/// Units and the DMA, which move their bytes by DMI or, in timed runs, not at all, tell the buffer's ports
/// what they move and when, and learn how long that takes beside the others (BufferPortsIf). Blocking
/// transport, which is by itself, does not.
class BufferModule : public sc_core::sc_module, public BufferPortsIf {
 public:
  tlm_utils::multi_passthrough_target_socket<BufferModule> socket;

  BufferModule(const sc_core::sc_module_name& name, const Buffer& design, const sc_core::sc_time& cycle,
               bool storage);

  /// Cycles of an access before its first beat.
  static constexpr int kLatencyCycles = 1;

  size_t add_user() override;
  void begin(size_t user, int64_t now, int64_t start, int64_t due, int64_t read, int64_t written) override;
  int64_t passed(size_t user, int64_t now) override;
  int64_t transfer(bool out, int64_t from, int64_t bytes) override;

 private:
  void b_transport(int id, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
  unsigned transport_dbg(int id, tlm::tlm_generic_payload& trans);
  bool get_direct_mem_ptr(int id, tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
  [[nodiscard]] tlm::tlm_response_status check(const tlm::tlm_generic_payload& trans) const;
  void copy(tlm::tlm_generic_payload& trans, size_t bytes);

  Buffer design_;
  sc_core::sc_time cycle_;
  std::vector<uint8_t> storage_;
  PortArbiter read_port_, write_port_;
};

}  // namespace tridex::arch
