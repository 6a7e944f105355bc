#pragma once
#include <string>
#include <systemc>

#include "arch/bridge/axi4_checker.h"
#include "arch/bridge/axi4_manager.h"
#include "arch/bridge/axi4_subordinate.h"
#include "arch/monitor/protocol_monitor.h"
#include "axi4_memory.h"

namespace tridex::test {

struct Axi4ChainConfig {
  arch::Axi4ManagerConfig manager;
  arch::Axi4SubordinateConfig subordinate;
  Axi4Memory::Timing memory;
  uint64_t base = 0;
  size_t bytes = 65536;
};

/// A clock of 2 ns (rising edges at 0, 2, 4 and so on) and the parts of a chain that no pin's type has to do
/// with.
struct Axi4ChainBase {
  sc_core::sc_clock clock{"clock", 2, sc_core::SC_NS};
  sc_core::sc_signal<bool> aresetn{"aresetn"};
  arch::ProtocolMonitor<> front{"front", true}, back{"back"};
  Axi4Memory memory;

  explicit Axi4ChainBase(const Axi4ChainConfig& config)
      : memory("memory", config.base, config.bytes, config.memory) {
    memory.aclk.bind(clock);
    back.initiator_socket.bind(memory.socket);
  }
  virtual ~Axi4ChainBase() = default;
  /// What the monitors and the checker have found, a line each; ends them.
  virtual std::string finish() = 0;
  [[nodiscard]] virtual uint64_t transfers(arch::Axi4Channel channel) const = 0;
  void clocks(int count) { sc_core::sc_start(2 * count, sc_core::SC_NS); }
  /// Reset, to just after the second rising edge out of it.
  void start() {
    sc_core::sc_start(5, sc_core::SC_NS);
    aresetn.write(true);
    sc_core::sc_start(4, sc_core::SC_NS);
  }
};

/// front.target_socket -> Axi4Manager -> wires, checker -> Axi4Subordinate -> memory, with a monitor at both
/// ends.
template <int DataBits, int AddressBits, int IdBits>
struct Axi4Chain : Axi4ChainBase {
  arch::Axi4Wires<DataBits, AddressBits, IdBits> wires;
  arch::Axi4Manager<DataBits, AddressBits, IdBits> manager;
  arch::Axi4Subordinate<DataBits, AddressBits, IdBits> subordinate;
  arch::Axi4Checker<DataBits, AddressBits, IdBits> checker{"checker"};

  explicit Axi4Chain(const Axi4ChainConfig& config)
      : Axi4ChainBase(config),
        manager("manager", config.manager),
        subordinate("subordinate", config.subordinate) {
    const auto connect = [this](auto& module) {
      module.aclk.bind(clock);
      module.aresetn.bind(aresetn);
      module.pins.bind(wires);
    };
    connect(manager);
    connect(subordinate);
    connect(checker);
    front.initiator_socket.bind(manager.socket);
    subordinate.socket.bind(back.target_socket);
  }
  std::string finish() override {
    front.finish();
    back.finish();
    checker.finish();
    std::string text;
    for (const auto* monitor : {&front, &back}) {
      for (const auto& violation : monitor->violations()) {
        text += violation.line() + "\n";
      }
    }
    for (const auto& violation : checker.violations()) {
      text += violation.line() + "\n";
    }
    return text;
  }
  [[nodiscard]] uint64_t transfers(arch::Axi4Channel channel) const override {
    return checker.transfers(channel);
  }
};

}  // namespace tridex::test
