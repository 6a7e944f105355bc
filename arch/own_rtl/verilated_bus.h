#pragma once
#include <string>
#include <systemc>
#include <vector>

#include "arch/bridge/axi4_checker.h"
#include "arch/bridge/axi4_subordinate.h"
#include "arch/bridge/lite_checker.h"
#include "arch/bridge/lite_manager.h"
#include "arch/bridge/named_pins.h"
#include "arch/bridge/stream_checker.h"
#include "arch/bridge/stream_receiver.h"
#include "arch/bridge/stream_transmitter.h"
#include "arch/own_rtl/bus_widths.h"

namespace tridex::arch {

inline std::string object_name(const Interface& interface, const char* what) {
  return std::string(interface.prefix) + what;
}

/// Bridge, wires and checker of one interface, bound to the pins of a module by their names.
template <BusWidths kWidths>
struct LiteBus {
  LiteSignals<kWidths.data, kWidths.address> wires;
  LiteManager<kWidths.data, kWidths.address> bridge;
  LiteChecker<kWidths.data, kWidths.address> checker;

  LiteBus(const Interface& interface, sc_core::sc_module& top)
      : wires(object_name(interface, "wire_")),
        bridge(object_name(interface, "manager").c_str()),
        checker(object_name(interface, "checker").c_str()) {
    wires.bind_module(top, std::string(interface.prefix));
    bridge.pins.bind(wires);
    checker.pins.bind(wires);
  }
};

template <BusWidths kWidths>
struct Axi4Bus {
  Axi4Wires<kWidths.data, kWidths.address, kWidths.id> wires;
  // Before the bridge, so that at an edge where the bridge gives up the checker has already said why.
  Axi4Checker<kWidths.data, kWidths.address, kWidths.id> checker;
  Axi4Subordinate<kWidths.data, kWidths.address, kWidths.id> bridge;

  Axi4Bus(const Interface& interface, sc_core::sc_module& top)
      : wires(object_name(interface, "wire_")),
        checker(object_name(interface, "checker").c_str()),
        bridge(object_name(interface, "subordinate").c_str()) {
    bind(std::string(interface.prefix), top);
    bridge.pins.bind(wires);
    checker.pins.bind(wires);
  }

 private:
  void bind(const std::string& prefix, sc_core::sc_module& top) {
    // What has to be there was checked by plan_ports(): a manager that only reads has no pin of the writes.
    const auto one = [&](const char* suffix, auto& wire) { bind_pin(top, prefix + suffix, wire, false); };
    const auto lock = [&](const char* suffix, auto& wire) {  // kOldLockBits: bound by the device
      const sc_core::sc_object* const pin = find_pin(top, prefix + suffix);
      if (dynamic_cast<const sc_core::sc_out<bool>*>(pin) != nullptr) {
        one(suffix, wire);
      }
    };
    one("awid", wires.awid), one("awaddr", wires.awaddr), one("awlen", wires.awlen);
    one("awsize", wires.awsize), one("awburst", wires.awburst), lock("awlock", wires.awlock);
    one("awcache", wires.awcache), one("awprot", wires.awprot), one("awqos", wires.awqos);
    one("awregion", wires.awregion), one("awvalid", wires.awvalid), one("awready", wires.awready);
    one("wdata", wires.wdata), one("wstrb", wires.wstrb), one("wlast", wires.wlast);
    one("wvalid", wires.wvalid), one("wready", wires.wready);
    one("bid", wires.bid), one("bresp", wires.bresp), one("bvalid", wires.bvalid),
        one("bready", wires.bready);
    one("arid", wires.arid), one("araddr", wires.araddr), one("arlen", wires.arlen);
    one("arsize", wires.arsize), one("arburst", wires.arburst), lock("arlock", wires.arlock);
    one("arcache", wires.arcache), one("arprot", wires.arprot), one("arqos", wires.arqos);
    one("arregion", wires.arregion), one("arvalid", wires.arvalid), one("arready", wires.arready);
    one("rid", wires.rid), one("rdata", wires.rdata), one("rresp", wires.rresp), one("rlast", wires.rlast);
    one("rvalid", wires.rvalid), one("rready", wires.rready);
  }
};

constexpr StreamShape stream_shape(std::span<const Port> ports, const Interface& interface) {
  const auto bits = [&](std::string_view suffix) { return port_bits(ports, interface.prefix, suffix); };
  return {.data_bits = bits("tdata"),
          .id_bits = bits("tid"),
          .dest_bits = bits("tdest"),
          .user_bits = bits("tuser"),
          .keep = bits("tkeep") > 0,
          .strobe = bits("tstrb") > 0,
          .last = bits("tlast") > 0};
}

/// A stream, with the StreamTransmitter or the StreamReceiver as `Bridge`.
template <StreamShape kShape, typename Bridge>
struct StreamBus {
  StreamSignals<kShape> wires;
  Bridge bridge;
  StreamChecker<kShape> checker;

  StreamBus(const Interface& interface, sc_core::sc_module& top)
      : wires(object_name(interface, "wire_")),
        bridge(object_name(interface, "bridge").c_str()),
        checker(object_name(interface, "checker").c_str()) {
    wires.bind_module(top, std::string(interface.prefix));
    bridge.pins.bind(wires);
    checker.pins.bind(wires);
  }
};

}  // namespace tridex::arch
