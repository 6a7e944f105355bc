#pragma once
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/stream_packet.h"
#include "arch/own_rtl/check_ports.h"

namespace tridex::arch {

/// A module of RTL behind its bridges, with a checker on every interface. Sockets and streams are owned by
/// it.
class OwnDevice : public sc_core::sc_module {
 public:
  using SinkPort = sc_core::sc_port<StreamSinkIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
  struct Memory {
    std::string prefix;
    tlm::tlm_initiator_socket<>* socket;
  };
  struct StreamIn {
    std::string prefix;
    tlm::tlm_target_socket<32, tlm::tlm_base_protocol_types, 1, sc_core::SC_ZERO_OR_MORE_BOUND>*
        socket;                  ///< of a StreamTransmitter
    std::function<bool()> idle;  ///< nothing waits in the bridge
  };
  struct StreamOut {
    std::string prefix;
    SinkPort* sink;
  };

  sc_core::sc_in<bool> clk{"clk"};
  sc_core::sc_in<bool> rst_n{"rst_n"};

  /// Null where there is no AXI4-Lite interface.
  [[nodiscard]] tlm::tlm_target_socket<32>* registers() const { return registers_; }
  [[nodiscard]] const std::vector<Memory>& memories() const { return memories_; }
  [[nodiscard]] const std::vector<StreamIn>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<StreamOut>& outputs() const { return outputs_; }
  /// False, always, where there is no such pin.
  [[nodiscard]] virtual bool interrupt() const = 0;
  /// Ends the checkers; a line a breach of a bus's rules, in the order of the interfaces.
  [[nodiscard]] virtual std::vector<std::string> finish() = 0;
  /// What the RTL has called that ends a simulation: "$finish at file.sv:12", "" for nothing.
  [[nodiscard]] virtual const std::string& ended() const = 0;
  /// Once, after elaboration: waveforms from now on. Error: `file` cannot be written.
  virtual void open_waves(const std::string& file) = 0;
  /// What comes now is not in the file.
  virtual void close_waves() = 0;

 protected:
  explicit OwnDevice(const sc_core::sc_module_name& module_name) : sc_module(module_name) {}

  tlm::tlm_target_socket<32>* registers_ = nullptr;
  std::vector<Memory> memories_;
  std::vector<StreamIn> inputs_;
  std::vector<StreamOut> outputs_;
};

class OwnModel;

/// A module of RTL that is compiled in, found by its name (Registry<OwnRtl>).
class OwnRtl {
 public:
  virtual ~OwnRtl() = default;
  [[nodiscard]] virtual std::span<const Port> ports() const = 0;
  /// During elaboration.
  [[nodiscard]] virtual std::unique_ptr<OwnDevice> make(const sc_core::sc_module_name& name,
                                                        const PortPlan& plan) const = 0;
};

}  // namespace tridex::arch
