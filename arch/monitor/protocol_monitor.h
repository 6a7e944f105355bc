#pragma once
#include <systemc>
#include <tlm>

#include "arch/monitor/checker.h"

namespace tridex::arch {

/// Goes between an initiator socket and a target socket, and checks what both say against the TLM-2.0 base
/// protocol (rules.h). Passes every call (and exception) on in the caller's own call, without time and with
/// the same arguments. What breaks a rule is collected; nothing is printed or thrown, and the call goes on as
/// if the monitor were not there.
///
///     ProtocolMonitor<> monitor("monitor");
///     monitor.bind_between(initiator.socket, target.socket);
template <unsigned kBusWidth = 32>
class ProtocolMonitor : public sc_core::sc_module,
                        private tlm::tlm_fw_transport_if<>,
                        private tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_target_socket<kBusWidth> target_socket;        ///< for the initiator
  tlm::tlm_initiator_socket<kBusWidth> initiator_socket;  ///< for the target

  /// `interconnect`: behind the monitor is a component that may change addresses, not the target itself.
  explicit ProtocolMonitor(const sc_core::sc_module_name& module_name, bool interconnect = false)
      : sc_module(module_name),
        target_socket("target_socket"),
        initiator_socket("initiator_socket"),
        checker_(name(), interconnect) {
    target_socket.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
    initiator_socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }

  template <typename Initiator, typename Target>
  void bind_between(Initiator& initiator, Target& target) {
    initiator.bind(target_socket);
    initiator_socket.bind(target);
  }

  /// What was found so far, in order.
  [[nodiscard]] const std::vector<Violation>& violations() const { return checker_.violations(); }
  /// At the end of a simulation: transactions that are still open are violations.
  void finish() { checker_.finish(); }
  /// An initiator that wants its use of DMI pointers checked says here what it is about to access.
  void dmi_access(tlm::tlm_command command, uint64_t address, uint64_t bytes) {
    checker_.dmi_access(command, address, bytes);
  }

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    const Checker::Call call = checker_.before_forward(payload, phase, delay);
    try {
      const tlm::tlm_sync_enum answer = initiator_socket->nb_transport_fw(payload, phase, delay);
      checker_.after_forward(call, payload, phase, delay, answer);
      return answer;
    } catch (...) {
      checker_.abandon(call, payload);
      throw;
    }
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    const Checker::Call call = checker_.before_backward(payload, phase, delay);
    const tlm::tlm_sync_enum answer = target_socket->nb_transport_bw(payload, phase, delay);
    checker_.after_backward(call, payload, phase, delay, answer);
    return answer;
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    Checker::Call call = checker_.before_blocking(payload, delay);
    try {
      initiator_socket->b_transport(payload, delay);
    } catch (...) {
      checker_.abandon(call, payload);
      throw;
    }
    checker_.after_blocking(call, payload, delay);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override {
    Checker::Call call = checker_.before_debug(payload);
    const unsigned bytes = initiator_socket->transport_dbg(payload);
    checker_.after_debug(call, payload, bytes);
    return bytes;
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    Checker::Call call = checker_.before_dmi(payload, dmi);
    const bool granted = initiator_socket->get_direct_mem_ptr(payload, dmi);
    checker_.after_dmi(call, payload, dmi, granted);
    return granted;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) override {
    checker_.before_invalidation(start, end);
    target_socket->invalidate_direct_mem_ptr(start, end);
    checker_.after_invalidation();
  }

  Checker checker_;
};

}  // namespace tridex::arch
