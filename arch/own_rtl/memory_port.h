#pragma once
#include <string>
#include <systemc>
#include <tlm>

#include "arch/own_rtl/sparse_memory.h"

namespace tridex::arch {

/// Between a manager and the timed DRAM: keeps the bytes, which the DRAM does not, so that any address of a
/// large memory may be used and byte enables are served (the DRAM refuses them; a whole line is written
/// either way).
///
/// The memory's first byte has the address `base`; below it the DRAM's answer is an address error. Bytes move
/// with the request. `latency` is added to every answer: what lies between the accelerator and the DRAM's
/// controller. Requests do not wait for it.
class MemoryPort : public sc_core::sc_module,
                   private tlm::tlm_fw_transport_if<>,
                   private tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_target_socket<> from_manager{"from_manager"};
  tlm::tlm_initiator_socket<> to_dram{"to_dram"};

  MemoryPort(const sc_core::sc_module_name& module_name, SparseMemory& memory, uint64_t base,
             const sc_core::sc_time& latency);

  /// Requests that were answered with an error, and the first one: "a write of 64 bytes at 0x40: ...".
  [[nodiscard]] uint64_t errors() const { return errors_; }
  [[nodiscard]] const std::string& first_error() const { return first_error_; }

 private:
  using Payload = tlm::tlm_generic_payload;

  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  /// Calls `forward` with the payload as the DRAM takes it, then moves the bytes or notes the error.
  template <typename Forward>
  auto request(Payload& payload, const Forward& forward);
  void move(Payload& payload, uint64_t address);
  void note_error(const Payload& payload, uint64_t address);

  SparseMemory& memory_;
  const uint64_t base_;
  const sc_core::sc_time latency_;
  uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace tridex::arch
