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

/// A clock of 2 ns (rising edges at 0, 2, 4 and so on), a reset, and a monitor for who is in front.
struct Axi4Clocked {
  sc_core::sc_clock clock{"clock", 2, sc_core::SC_NS};
  sc_core::sc_signal<bool> aresetn{"aresetn"};
  arch::ProtocolMonitor<> front{"front", true};

  virtual ~Axi4Clocked() = default;
  /// What the monitors and the checkers have found, a line each; ends them.
  virtual std::string finish() = 0;
  template <typename Module>
  void connect(Module& module) {
    module.aclk.bind(clock);
    module.aresetn.bind(aresetn);
  }
  void clocks(int count) { sc_core::sc_start(2 * count, sc_core::SC_NS); }
  /// Reset, to just after the second rising edge out of it.
  void start() {
    sc_core::sc_start(5, sc_core::SC_NS);
    aresetn.write(true);
    sc_core::sc_start(4, sc_core::SC_NS);
  }
};

/// Ends monitors and checkers, and has their violations, a line each.
template <typename... Watchers>
std::string axi4_findings(Watchers&... watchers) {
  std::string text;
  const auto add = [&text](auto& watcher) {
    watcher.finish();
    for (const auto& violation : watcher.violations()) {
      text += violation.line() + "\n";
    }
  };
  (add(watchers), ...);
  return text;
}

/// The memory behind, and its monitor.
struct Axi4ChainBase : Axi4Clocked {
  arch::ProtocolMonitor<> back{"back"};
  Axi4Memory memory;

  explicit Axi4ChainBase(const Axi4ChainConfig& config)
      : memory("memory", config.base, config.bytes, config.memory) {
    memory.aclk.bind(clock);
    back.initiator_socket.bind(memory.socket);
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
    connect(manager);
    connect(subordinate);
    connect(checker);
    manager.pins.bind(wires);
    subordinate.pins.bind(wires);
    checker.pins.bind(wires);
    front.initiator_socket.bind(manager.socket);
    subordinate.socket.bind(back.target_socket);
  }
  std::string finish() override { return axi4_findings(front, back, checker); }
};

}  // namespace tridex::test
