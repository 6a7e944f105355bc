#pragma once
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/own_rtl/work.h"

namespace tridex::arch {

/// Does the steps of a work on an accelerator's registers, and waits for what else has to end. Pauses the
/// simulation when it has finished.
class Driver : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  using Socket =
      tlm::tlm_initiator_socket<32, tlm::tlm_base_protocol_types, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
  sc_core::sc_in<bool> clk{"clk"}, rst_n{"rst_n"};
  Socket registers{"registers"};

  /// `interrupt`: the pin's level. `rest`: what is still to end after the last step, "" for nothing.
  /// `broken`: why nothing more is to be expected, "" where that is not so; looked at in every cycle.
  Driver(const sc_core::sc_module_name& module_name, const Work& work, std::function<bool()> interrupt,
         std::function<std::string()> rest, std::function<std::string()> broken);

  /// All steps are done and nothing is left, or fault() says why not.
  [[nodiscard]] bool finished() const { return finished_; }
  /// A time-out, an error response, a register that is not as the work says, or what is broken; "" where
  /// there is none. The first one ends the steps.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// Clock cycles from the first edge out of reset to the end.
  [[nodiscard]] int64_t cycles() const { return cycles_; }
  /// What a read step has read: "work.yaml:12: read: 0x10 is 0x1".
  [[nodiscard]] const std::vector<std::string>& read() const { return read_; }

 private:
  SC_HAS_PROCESS(Driver);

  void run();
  void count();
  void end(const std::string& fault);
  [[nodiscard]] bool step(const Step& step);
  [[nodiscard]] bool access(const Step& step, bool write, uint32_t& value);
  void next_edge() { wait(clk.posedge_event()); }

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;  // only b_transport is called
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  const Work& work_;
  std::function<bool()> interrupt_;
  std::function<std::string()> rest_, broken_;
  std::string doing_ = "the reset", left_, fault_;
  std::vector<std::string> read_;
  int64_t cycles_ = 0, step_began_ = 0;
  bool finished_ = false;
};

}  // namespace tridex::arch
