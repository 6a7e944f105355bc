#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arch/monitor/protocol_monitor.h"

namespace tridex::test {

/// Memory manager that keeps every payload to its own end, as misbehaving models lose some. Counts those in
/// use.
class KeptPayloads : public tlm::tlm_mm_interface {
 public:
  tlm::tlm_generic_payload* make(bool write, uint64_t address, uint8_t* data, unsigned length) {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    tlm::tlm_generic_payload* const payload = all_.back().get();
    payload->acquire();
    payload->set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload->set_address(address);
    payload->set_data_ptr(data);
    payload->set_data_length(length);
    payload->set_streaming_width(length);
    ++in_use;
    return payload;
  }
  void free(tlm::tlm_generic_payload*) override { --in_use; }
  int in_use = 0;

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
};

/// An initiator that says what the test makes it say, and answers as `backward` does.
struct ScriptedInitiator : sc_core::sc_module, tlm::tlm_bw_transport_if<> {
  using Backward =
      std::function<tlm::tlm_sync_enum(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&)>;
  tlm::tlm_initiator_socket<> socket{"socket"};
  Backward backward = [](auto&, auto&, auto&) { return tlm::TLM_ACCEPTED; };
  std::function<void(uint64_t, uint64_t)> invalidated = [](uint64_t, uint64_t) {};

  explicit ScriptedInitiator(const sc_core::sc_module_name& name) : sc_module(name) { socket.bind(*this); }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return backward(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) override { invalidated(start, end); }
};

/// A target that answers as its functions do; without others it takes every request and answers later.
struct ScriptedTarget : sc_core::sc_module, tlm::tlm_fw_transport_if<> {
  tlm::tlm_target_socket<> socket{"socket"};
  ScriptedInitiator::Backward forward = [](auto&, auto&, auto&) { return tlm::TLM_ACCEPTED; };
  std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)> blocking = [](auto& payload, auto&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  std::function<unsigned(tlm::tlm_generic_payload&)> debug = [](auto& payload) {
    return payload.get_data_length();
  };
  std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)> direct = [](auto&, auto&) { return false; };

  explicit ScriptedTarget(const sc_core::sc_module_name& name) : sc_module(name) { socket.bind(*this); }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return forward(payload, phase, delay);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    blocking(payload, delay);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override { return debug(payload); }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    return direct(payload, dmi);
  }
};

/// Both with a monitor between. `read` and `write` are the payloads of a test.
struct Planted {
  static constexpr uint64_t kAddress = 0x1230;
  ScriptedInitiator initiator{"initiator"};
  ScriptedTarget target{"target"};
  arch::ProtocolMonitor<> monitor;
  KeptPayloads pool;
  sc_core::sc_event never{"never"};
  std::vector<uint8_t> data = std::vector<uint8_t>(64, 7);
  tlm::tlm_generic_payload& read = *pool.make(false, kAddress, data.data(), 64);
  tlm::tlm_generic_payload& write = *pool.make(true, kAddress, data.data(), 64);

  explicit Planted(bool interconnect = false) : monitor("monitor", interconnect) {
    monitor.bind_between(initiator.socket, target.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase, double delay_ns = 0) {
    sc_core::sc_time delay(delay_ns, sc_core::SC_NS);
    return initiator.socket->nb_transport_fw(payload, phase, delay);
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase, double delay_ns = 0) {
    sc_core::sc_time delay(delay_ns, sc_core::SC_NS);
    if (phase == tlm::BEGIN_RESP && payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    return target.socket->nb_transport_bw(payload, phase, delay);
  }
  void blocking(tlm::tlm_generic_payload& payload, double delay_ns = 0) {
    sc_core::sc_time delay(delay_ns, sc_core::SC_NS);
    initiator.socket->b_transport(payload, delay);
  }
  bool direct(tlm::tlm_generic_payload& payload) {
    tlm::tlm_dmi dmi;
    return initiator.socket->get_direct_mem_ptr(payload, dmi);
  }
  /// Runs `work` in a process of that kind, to the end of the simulation. A thread does not end then: over
  /// the stack of one that has ended LeakSanitizer falls now and then (measured: 7 of 25 runs, 0 of 25 for
  /// one that waits).
  void in_process(const std::function<void()>& work, bool method = false) {
    sc_core::sc_spawn_options options;
    if (method) {
      options.spawn_method();
    }
    const auto process = [this, work, method] {
      work();
      if (!method) {
        sc_core::wait(never);
      }
    };
    sc_core::sc_spawn(process, "process", &options);
    sc_core::sc_start();
  }

  /// The names of the broken rules, in order.
  [[nodiscard]] std::vector<std::string> broken() const {
    std::vector<std::string> names;
    for (const auto& violation : monitor.violations()) {
      names.emplace_back(arch::rule_name(violation.rule));
    }
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace tridex::test
