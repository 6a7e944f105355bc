// Axi4Subordinate with a manager that is driven by hand; what goes through both bridges.
#include <catch2/catch.hpp>

#include "axi4_chain.h"
#include "axi4_initiator.h"
#include "hand_clock.h"

using namespace tridex;
using namespace tridex::test;

namespace {

/// A subordinate whose manager is the test, and a memory that answers at once. Clocks are counted by hand.
struct SubordinateBench : HandClock {
  arch::Axi4Wires<64, 32, 4> wires;
  arch::Axi4Subordinate<64, 32, 4> subordinate{"subordinate"};
  Axi4Memory memory{"memory", 0, 4096, {}};

  SubordinateBench() {
    subordinate.aclk.bind(clk);
    subordinate.aresetn.bind(aresetn);
    subordinate.pins.bind(wires);
    subordinate.socket.bind(memory.socket);
    memory.aclk.bind(clk);
    reset();
  }
  void drive_aw(const arch::Axi4Burst& burst, uint32_t id = 1) {
    arch::axi4_drive_aw(wires, {burst, id});
    wires.awvalid.write(true);
  }
  void read(const arch::Axi4Burst& burst, uint32_t id = 1) {
    arch::axi4_drive_ar(wires, {burst, id});
    wires.arvalid.write(true);
    edges();
    wires.arvalid.write(false);
  }
  void drive_w(uint64_t data, uint32_t strobe, bool last) {
    wires.wdata.write(data);
    wires.wstrb.write(strobe);
    wires.wlast.write(last);
    wires.wvalid.write(true);
  }
};

constexpr auto kIncr = arch::Axi4BurstKind::kIncr;

}  // namespace

TEST_CASE("axi4 subordinate: ready before anything is valid, and low in reset at once") {
  SubordinateBench b;
  CHECK((b.wires.awready.read() && b.wires.wready.read() && b.wires.arready.read()));
  b.read({0x100, 2, 3, kIncr});
  CHECK(b.wires.rvalid.read());
  b.aresetn.write(false);
  sc_core::sc_start(1, sc_core::SC_PS);
  CHECK((!b.wires.awready.read() && !b.wires.wready.read() && !b.wires.arready.read() &&
         !b.wires.rvalid.read()));
  b.edges(2);
  b.aresetn.write(true);
  b.edges(3);
  CHECK(!b.wires.rvalid.read());  // forgotten
  b.read({0x100, 1, 3, kIncr}, 7);
  CHECK((b.wires.rvalid.read() && b.wires.rid.read() == 7));
}

TEST_CASE("axi4 subordinate: data before their address, 16 beats and not 17") {
  SubordinateBench b;
  for (unsigned beat = 0; beat < 16; ++beat) {
    CHECK(b.wires.wready.read());
    b.drive_w(beat, 0xff, false);
    b.edges();
  }
  CHECK(!b.wires.wready.read());
  b.drive_w(16, 0xff, true);
  b.edges(3);
  CHECK(b.memory.requests == 0);
  b.drive_aw({0x200, 17, 3, kIncr});
  b.edges();
  b.wires.awvalid.write(false);
  CHECK(b.wires.wready.read());
  CHECK(!b.wires.bvalid.read());
  b.edges();
  b.wires.wvalid.write(false);
  CHECK((b.wires.bvalid.read() && b.wires.bid.read() == 1));
  for (unsigned beat = 0; beat < 17; ++beat) {
    CHECK(b.memory.bytes[0x200 + 8 * beat] == beat);
  }
}

TEST_CASE("axi4 subordinate: data of two writes before their addresses") {
  SubordinateBench b;
  for (unsigned beat = 1; beat <= 3; ++beat) {
    b.drive_w(beat, 0x01, beat != 2);  // one beat, then two
    b.edges();
  }
  b.wires.wvalid.write(false);
  b.drive_aw({0x10, 1, 3, kIncr});
  b.edges();
  b.drive_aw({0x20, 2, 3, kIncr});
  b.edges(2);
  CHECK((b.memory.bytes[0x10] == 1 && b.memory.bytes[0x20] == 2 && b.memory.bytes[0x28] == 3));
}

TEST_CASE("axi4 subordinate: strobes become byte enables, a FIXED burst a streaming width") {
  SubordinateBench b;
  b.drive_aw({0x42, 2, 1, arch::Axi4BurstKind::kFixed});
  b.drive_w(0xbbaa0000, 0x0c, false);
  b.edges();
  b.wires.awvalid.write(false);
  b.drive_w(0xddcc0000, 0x08, true);
  b.edges();
  CHECK((b.memory.bytes[0x42] == 0xaa && b.memory.bytes[0x43] == 0xdd && b.memory.bytes[0x44] == 0));
}

TEST_CASE("axi4 subordinate: WRAP reads begin in the middle") {
  SubordinateBench b;
  for (unsigned i = 0; i < 32; ++i) {
    b.memory.bytes[0x80 + i] = static_cast<uint8_t>(i);
  }
  b.wires.rready.write(true);
  b.read({0x90, 4, 3, arch::Axi4BurstKind::kWrap});
  for (const unsigned first : {16, 24, 0, 8}) {
    CHECK((b.wires.rvalid.read() && (b.wires.rdata.read() & 0xff) == first));
    CHECK(b.wires.rlast.read() == (first == 8));
    b.edges();
  }
  CHECK(!b.wires.rvalid.read());
}

TEST_CASE("axi4 subordinate: response statuses") {
  SubordinateBench b;
  b.wires.rready.write(true);
  for (const auto& [address, response] : {std::pair(0U, 0U), std::pair(4096U, 2U), std::pair(0x10000U, 3U)}) {
    b.read({address, 1, 3, kIncr});
    CHECK((b.wires.rvalid.read() && b.wires.rresp.read() == response));
    b.edges();
  }
}

TEST_CASE("axi4 subordinate: a wrong WLAST is told with its beat") {
  SubordinateBench b;
  b.drive_aw({0x100, 2, 3, kIncr});
  b.drive_w(0, 0xff, true);
  CHECK_THROWS_WITH(b.edges(),
                    Catch::Contains("subordinate") && Catch::Contains("WLAST is 1 at beat 1 of 2 of AWID 1"));
}

TEST_CASE("axi4 subordinate: an address that has no bytes is told") {
  SubordinateBench b;
  CHECK_THROWS_WITH(b.read({0x104, 4, 3, arch::Axi4BurstKind::kWrap}, 3),
                    Catch::Contains("ID 3, BURST 2, SIZE 3, address 260"));
}

TEST_CASE("axi4 bridges: what the extension says arrives, and the answer to an exclusive access comes back") {
  Axi4Chain<64, 32, 4> chain({});
  Axi4Initiator initiator("initiator");
  initiator.socket.bind(chain.front.target_socket);
  chain.start();
  for (const bool lock : {true, false}) {
    for (const bool write : {false, true}) {
      auto& sent = initiator.make(write, 0x100, 16);
      sent.extension.id = 9;
      sent.extension.bytes_per_beat = 4;
      sent.extension.wrap = !lock;
      sent.extension.wrap_first = 0x108;
      sent.extension.lock = lock;
      sent.extension.cache = 0b1011;
      sent.extension.prot = 5;
      sent.extension.qos = 6;
      sent.extension.region = 7;
      sent.payload.set_extension(&sent.extension);
      for (const bool granted : {true, false}) {
        chain.memory.grants_exclusive = granted;
        sent.answered = false;
        initiator.send(sent);
        chain.clocks(30);
        REQUIRE(sent.answered);
        CHECK(sent.payload.get_response_status() == tlm::TLM_OK_RESPONSE);
        CHECK(sent.extension.exclusive_okay == (lock && granted));
        sent.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      }
      const arch::Axi4Extension& arrived = chain.memory.last;
      CHECK((arrived.id == 9 && arrived.bytes_per_beat == 4 && arrived.wrap == !lock));
      CHECK(arrived.wrap_first == (lock ? 0x100 : 0x108));
      CHECK((arrived.lock == lock && arrived.cache == 0b1011));
      CHECK((arrived.prot == 5 && arrived.qos == 6 && arrived.region == 7));
    }
  }
  CHECK(chain.finish() == "");
}

namespace {

/// Pins as RTL in capitals has them, without the optional ones.
struct CapitalPins : sc_core::sc_module {
  using Field = sc_core::sc_in<uint32_t>;
  Field S_AXI_AWADDR, S_AXI_AWLEN, S_AXI_AWSIZE, S_AXI_AWBURST, S_AXI_ARADDR, S_AXI_ARLEN, S_AXI_ARSIZE,
      S_AXI_ARBURST;
  Field S_AXI_WSTRB;
  sc_core::sc_in<uint64_t> S_AXI_WDATA;
  sc_core::sc_in<bool> S_AXI_AWVALID, S_AXI_WVALID, S_AXI_WLAST, S_AXI_BREADY, S_AXI_ARVALID, S_AXI_RREADY;
  sc_core::sc_out<bool> S_AXI_AWREADY, S_AXI_WREADY, S_AXI_BVALID, S_AXI_ARREADY, S_AXI_RVALID, S_AXI_RLAST;
  sc_core::sc_out<uint32_t> S_AXI_BRESP, S_AXI_RRESP, S_AXI_BID;
  sc_core::sc_out<uint64_t> S_AXI_RDATA;
  explicit CapitalPins(const sc_core::sc_module_name& name) : sc_module(name) {}
};

}  // namespace

TEST_CASE("axi4 pins: names in capitals, and what is absent is left out") {
  arch::Axi4Wires<64, 32, 4> wires;
  CapitalPins rtl("rtl");
  TRIDEX_BIND_AXI4(rtl, S_AXI_, wires);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // all ports are bound
  rtl.S_AXI_BID.write(5);
  rtl.S_AXI_BVALID.write(true);
  rtl.S_AXI_RDATA.write(6);
  wires.awaddr.write(7);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  CHECK((wires.bid.read() == 5 && wires.bvalid.read() && wires.rdata.read() == 6));
  CHECK(rtl.S_AXI_AWADDR.read() == 7);
}
