#pragma once
#include <string>
#include <systemc>
#include <vector>

#include "arch/bridge/axi4_checker.h"

namespace tridex::test {

using arch::Axi4BurstKind;
using arch::Axi4Response;
using arch::Axi4Rule;
using Names = std::vector<std::string>;

/// A checker and the wires that it watches, driven from here clock by clock. 8 bytes of data, IDs of 4 bits.
struct PlantedAxi4 {
  sc_core::sc_signal<bool> clk{"clk"}, aresetn{"aresetn"};
  arch::Axi4Wires<64, 32, 4> wires;
  arch::Axi4Checker<64, 32, 4> checker{"checker"};

  /// Out of reset, two edges ago.
  PlantedAxi4() {
    checker.aclk.bind(clk);
    checker.aresetn.bind(aresetn);
    checker.pins.bind(wires);
    aresetn.write(false);
    edges(3);
    aresetn.write(true);
    edges(2);
  }
  void edges(int count = 1) {
    for (int i = 0; i < count; ++i) {
      clk.write(true);
      sc_core::sc_start(1, sc_core::SC_NS);
      clk.write(false);
      sc_core::sc_start(1, sc_core::SC_NS);
    }
  }
  /// Puts an address on the pins and leaves it there.
  void drive_aw(uint64_t address, unsigned beats, unsigned size = 3,
                Axi4BurstKind kind = Axi4BurstKind::kIncr, uint32_t id = 1, bool lock = false,
                uint8_t cache = 3) {
    axi4_drive_aw(
        wires, {{address, static_cast<uint16_t>(beats), static_cast<uint8_t>(size), kind}, id, lock, cache});
    wires.awvalid.write(true);
  }
  void drive_ar(uint64_t address, unsigned beats, unsigned size = 3,
                Axi4BurstKind kind = Axi4BurstKind::kIncr, uint32_t id = 1, bool lock = false,
                uint8_t cache = 3) {
    axi4_drive_ar(
        wires, {{address, static_cast<uint16_t>(beats), static_cast<uint8_t>(size), kind}, id, lock, cache});
    wires.arvalid.write(true);
  }
  /// One transfer on a channel whose payload is on the pins.
  void transfer(sc_core::sc_signal<bool>& valid, sc_core::sc_signal<bool>& ready) {
    valid.write(true);
    ready.write(true);
    edges();
    valid.write(false);
    ready.write(false);
  }
  template <typename... Parts>
  void aw(Parts... parts) {
    drive_aw(parts...);
    transfer(wires.awvalid, wires.awready);
  }
  template <typename... Parts>
  void ar(Parts... parts) {
    drive_ar(parts...);
    transfer(wires.arvalid, wires.arready);
  }
  void w(uint64_t strobe, bool last) {
    wires.wdata.write(0x1122334455667788);
    wires.wstrb.write(static_cast<uint32_t>(strobe));
    wires.wlast.write(last);
    transfer(wires.wvalid, wires.wready);
  }
  void b(uint32_t id, Axi4Response response = Axi4Response::kOkay) {
    wires.bid.write(id);
    wires.bresp.write(static_cast<uint32_t>(response));
    transfer(wires.bvalid, wires.bready);
  }
  void r(uint32_t id, bool last, Axi4Response response = Axi4Response::kOkay) {
    wires.rid.write(id);
    wires.rlast.write(last);
    wires.rresp.write(static_cast<uint32_t>(response));
    transfer(wires.rvalid, wires.rready);
  }
  /// The names of the broken rules, in order.
  [[nodiscard]] Names broken() const {
    Names names;
    for (const arch::Axi4Violation& violation : checker.violations()) {
      names.emplace_back(arch::axi4_rule_name(violation.rule));
    }
    return names;
  }
};

}  // namespace tridex::test
