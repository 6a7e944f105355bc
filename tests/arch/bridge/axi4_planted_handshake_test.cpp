// Breaches of the rules of handshakes and reset, each planted by hand on the pins: exactly that rule is
// reported.
#include <catch2/catch.hpp>

#include "axi4_planted.h"

using namespace tridex::test;
namespace arch = tridex::arch;

TEST_CASE("axi4 checker: the line has the time, the rule, its section, the channel and the ID") {
  PlantedAxi4 p;
  p.b(5);
  REQUIRE(p.checker.violations().size() == 1);
  CHECK(p.checker.violations()[0].line() ==
        "10 ns: write_response_id (IHI 0022, A5.3, from memory): checker, B: a response to no write, ID 5");
}

TEST_CASE("axi4 checker: legal transfers of all kinds break nothing") {
  PlantedAxi4 p;
  p.aw(0x1004, 2);
  p.w(0xf0, false);
  p.w(0x0f, true);
  p.b(1);
  p.w(0x01, true);  // data before the address
  p.aw(0x2000, 1, 0);
  p.b(1, Axi4Response::kSlvErr);
  p.ar(0xff8, 1);
  p.ar(0x0, 256);
  p.ar(0x38, 8, 3, Axi4BurstKind::kWrap, 2);
  p.r(2, false);
  p.r(1, true);  // interleaved, and out of order across IDs
  for (int beat = 0; beat < 7; ++beat) {
    p.r(2, beat == 6);
  }
  for (int beat = 0; beat < 256; ++beat) {
    p.r(1, beat == 255, Axi4Response::kDecErr);
  }
  p.ar(0x40, 8, 3, Axi4BurstKind::kIncr, 3, true);
  for (int beat = 0; beat < 8; ++beat) {
    p.r(3, beat == 7, Axi4Response::kExOkay);
  }
  p.ar(0x41, 16, 1, Axi4BurstKind::kFixed, 15);
  for (int beat = 0; beat < 16; ++beat) {
    p.r(15, beat == 15);
  }
  p.checker.finish();
  CHECK(p.broken().empty());
}

TEST_CASE("axi4 checker: valid_held, each channel") {
  PlantedAxi4 p;
  p.aw(0, 2);  // so that B and R have something to belong to
  p.w(0xff, false);
  p.w(0xff, true);
  p.ar(0, 2);
  p.wires.wstrb.write(0);
  for (auto* valid :
       {&p.wires.awvalid, &p.wires.wvalid, &p.wires.bvalid, &p.wires.arvalid, &p.wires.rvalid}) {
    const size_t before = p.broken().size();
    p.wires.bid.write(1);
    p.wires.rid.write(1);
    valid->write(true);
    p.edges(3);
    CHECK(p.broken().size() == before);
    valid->write(false);
    p.edges();
    CHECK(p.broken().size() == before + 1);
  }
  CHECK(p.broken() == Names(5, "valid_held"));
}

TEST_CASE("axi4 checker: payload_stable, each signal of each channel") {
  PlantedAxi4 p;
  p.aw(0, 2);
  p.w(0xff, false);
  p.w(0xff, true);
  p.ar(0, 2, 3, Axi4BurstKind::kIncr, 1, true);
  p.wires.bid.write(1);
  p.wires.rid.write(1);
  p.drive_aw(0x100, 4, 3, Axi4BurstKind::kIncr, 2);
  p.drive_ar(0x100, 4, 3, Axi4BurstKind::kIncr, 2);
  for (auto* valid : {&p.wires.wvalid, &p.wires.bvalid, &p.wires.rvalid}) {
    valid->write(true);
  }
  p.edges(2);
  CHECK(p.broken().empty());
  size_t changes = 0;
  const auto change = [&](auto& signal) {
    signal.write(signal.read() ^ 1);
    p.edges(2);
    ++changes;
    INFO(signal.name());
    CHECK(p.broken() == Names(changes, "payload_stable"));
  };
  auto& w = p.wires;
  for (auto* signal :
       {&w.awid,     &w.awaddr,  &w.awlen,  &w.awsize, &w.awburst,  &w.awcache, &w.awprot, &w.awqos,
        &w.awregion, &w.wstrb,   &w.bid,    &w.bresp,  &w.arid,     &w.araddr,  &w.arlen,  &w.arsize,
        &w.arburst,  &w.arcache, &w.arprot, &w.arqos,  &w.arregion, &w.rid,     &w.rresp}) {
    change(*signal);
  }
  for (auto* signal : {&w.awlock, &w.arlock, &w.wlast, &w.rlast}) {
    change(*signal);
  }
  change(w.wdata);
  change(w.rdata);
}

TEST_CASE("axi4 checker: payload_stable of wide data, in the highest byte") {
  sc_core::sc_signal<bool> clk{"clk"}, aresetn{"aresetn"};
  arch::Axi4Wires<1024, 32, 4> wires;
  arch::Axi4Checker<1024, 32, 4> checker{"checker"};
  checker.aclk.bind(clk);
  checker.aresetn.bind(aresetn);
  checker.pins.bind(wires);
  const auto edge = [&] {
    for (const bool level : {true, false}) {
      clk.write(level);
      sc_core::sc_start(1, sc_core::SC_NS);
    }
  };
  aresetn.write(true);
  edge();
  wires.wvalid.write(true);
  edge();
  edge();
  CHECK(checker.violations().empty());
  sc_dt::sc_bv<1024> data;
  data.set_bit(1023, sc_dt::Log_1);
  wires.wdata.write(data);
  edge();
  REQUIRE(checker.violations().size() == 1);
  CHECK(checker.violations()[0].rule == Axi4Rule::kPayloadStable);
}

TEST_CASE("axi4 checker: valid_in_reset from the second edge of reset on, each channel") {
  PlantedAxi4 p;
  p.wires.awvalid.write(true);
  p.edges();
  CHECK(p.broken().empty());
  p.aresetn.write(false);
  p.edges();  // what takes reset at the clock sees it here
  CHECK(p.broken().empty());
  p.edges();
  CHECK(p.broken() == Names{"valid_in_reset"});
  p.wires.awvalid.write(false);
  size_t count = 1;
  for (auto* valid : {&p.wires.wvalid, &p.wires.bvalid, &p.wires.arvalid, &p.wires.rvalid}) {
    valid->write(true);
    p.edges();
    valid->write(false);
    CHECK(p.broken() == Names(++count, "valid_in_reset"));
  }
}

TEST_CASE("axi4 checker: valid_after_reset at the first edge, not at the second") {
  PlantedAxi4 p;
  p.aresetn.write(false);
  p.edges(2);
  p.aresetn.write(true);
  p.edges();
  p.drive_aw(0, 1);  // driven after the first edge: legal
  p.edges();
  CHECK(p.broken().empty());
  p.aresetn.write(false);
  p.wires.awvalid.write(false);
  p.edges(2);
  p.aresetn.write(true);
  p.wires.awvalid.write(true);
  p.edges();
  CHECK(p.broken() == Names{"valid_after_reset"});
}
