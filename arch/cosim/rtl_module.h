#pragma once
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/stream_packet.h"
#include "arch/cosim/rtl_parameters.h"
#include "base/registry.h"

namespace tridex::arch {

/// An engine's RTL with the bridges to its pins (arch/rtl/README.md, Pins).
class RtlModule : public sc_core::sc_module {
 public:
  explicit RtlModule(const sc_core::sc_module_name& module_name) : sc_module(module_name) {}

  sc_core::sc_in<bool> clk{"clk"}, rst_n{"rst_n"};

  /// AXI4-Lite: the command registers.
  virtual tlm::tlm_target_socket<32>& registers() = 0;
  /// Beats are pushed one by one, each a piece of its packet.
  virtual StreamPushIf& narrow() = 0;
  virtual StreamPushIf& wide() = 0;
  virtual StreamPushIf& records() = 0;
  virtual StreamPushIf& shortcut() = 0;
  /// Takes 8 bytes a result, in their order.
  virtual sc_core::sc_port<StreamSinkIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND>& results() = 0;

  /// Pins, sampled at a clock edge.
  [[nodiscard]] virtual bool irq() const = 0;
  [[nodiscard]] virtual bool operands_taken() const = 0;

  /// Writes waveforms to a file from the end of this time step on, until close_waves() or until the module
  /// goes. Error: not compiled in, cannot be written.
  virtual void open_waves(const std::string& file) = 0;
  /// This time step and later ones are in no file.
  virtual void close_waves() = 0;
};

/// A parameter set that is compiled in: an entry of Registry<RtlMaker>, its name that of its parameters.
class RtlMaker {
 public:
  virtual ~RtlMaker() = default;
  [[nodiscard]] virtual std::unique_ptr<RtlModule> make(const sc_core::sc_module_name& name) const = 0;
};

/// Error: no such set; lists those that are there, and how to compile one in.
std::unique_ptr<RtlModule> make_rtl(const RtlParameters& parameters, const std::string& engine,
                                    const sc_core::sc_module_name& name);
/// The same without making one.
void require_rtl(const RtlParameters& parameters, const std::string& engine);

}  // namespace tridex::arch
