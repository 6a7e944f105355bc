// Breaches of the AXI4 rules, each planted by hand on the pins: exactly that rule is reported.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "arch/bridge/axi4_checker.h"

using namespace tridex::arch;

namespace {

using Names = std::vector<std::string>;

/// A checker and the wires that it watches, driven from here clock by clock. 8 bytes of data, IDs of 4 bits.
struct Planted {
  sc_core::sc_signal<bool> clk{"clk"}, aresetn{"aresetn"};
  Axi4Wires<64, 32, 4> wires;
  Axi4Checker<64, 32, 4> checker{"checker"};

  /// Out of reset, two edges ago.
  Planted() {
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
    for (const Axi4Violation& violation : checker.violations()) {
      names.emplace_back(axi4_rule_name(violation.rule));
    }
    return names;
  }
};

}  // namespace

TEST_CASE("axi4 checker: the line has the time, the rule, its section, the channel and the ID") {
  Planted p;
  p.b(5);
  REQUIRE(p.checker.violations().size() == 1);
  CHECK(p.checker.violations()[0].line() ==
        "10 ns: write_response_id (IHI 0022, A5.3, from memory): checker, B: a response to no write, ID 5");
}

TEST_CASE("axi4 checker: legal transfers of all kinds break nothing") {
  Planted p;
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
  Planted p;
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
  Planted p;
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
  Axi4Wires<1024, 32, 4> wires;
  Axi4Checker<1024, 32, 4> checker{"checker"};
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
  Planted p;
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
  Planted p;
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

TEST_CASE("axi4 checker: burst_reserved, on both address channels") {
  Planted p;
  p.drive_aw(0, 1, 3, Axi4BurstKind::kReserved);
  p.edges(3);
  CHECK(p.broken() == Names{"burst_reserved"});  // once, though it waits
  p.drive_ar(0, 1, 3, Axi4BurstKind::kReserved);
  p.edges();
  CHECK(p.broken() == Names(2, "burst_reserved"));
}

TEST_CASE("axi4 checker: burst_size, 16 bytes a beat on 8") {
  Planted p;
  p.ar(0, 1, 3);
  CHECK(p.broken().empty());
  p.ar(0, 1, 4);
  CHECK(p.broken() == Names{"burst_size"});
  p.drive_aw(0, 1, 4);
  p.edges();
  CHECK(p.broken() == Names(2, "burst_size"));
}

TEST_CASE("axi4 checker: burst_boundary, the last beat at 4 KB and not the one before") {
  Planted p;
  p.ar(0xfe0, 4);
  p.ar(0xfe5, 4);
  p.ar(0xffc, 16, 3, Axi4BurstKind::kFixed);
  CHECK(p.broken().empty());
  p.ar(0xfe0, 5);
  CHECK(p.broken() == Names{"burst_boundary"});
  p.drive_aw(0xfff, 2, 0);
  p.edges();
  CHECK(p.broken() == Names(2, "burst_boundary"));
}

TEST_CASE("axi4 checker: wrap_length, all but 2, 4, 8 and 16") {
  Planted p;
  size_t broken = 0;
  for (unsigned beats = 1; beats <= 32; ++beats) {
    p.ar(0x100, beats, 3, Axi4BurstKind::kWrap);
    broken += beats == 2 || beats == 4 || beats == 8 || beats == 16 ? 0 : 1;
    CHECK(p.broken() == Names(broken, "wrap_length"));
  }
}

TEST_CASE("axi4 checker: wrap_aligned") {
  Planted p;
  p.ar(0x104, 4, 2, Axi4BurstKind::kWrap);
  CHECK(p.broken().empty());
  p.ar(0x104, 4, 3, Axi4BurstKind::kWrap);
  CHECK(p.broken() == Names{"wrap_aligned"});
}

TEST_CASE("axi4 checker: fixed_length, 17 beats") {
  Planted p;
  p.ar(0, 16, 3, Axi4BurstKind::kFixed);
  CHECK(p.broken().empty());
  p.ar(0, 17, 3, Axi4BurstKind::kFixed);
  CHECK(p.broken() == Names{"fixed_length"});
}

TEST_CASE("axi4 checker: cache_reserved, the six that allocate what is not modifiable") {
  Planted p;
  size_t broken = 0;
  for (unsigned cache = 0; cache < 16; ++cache) {
    p.ar(0, 1, 3, Axi4BurstKind::kIncr, 1, false, static_cast<uint8_t>(cache));
    // A4.4, the memory types: 0b0100, 0b0101, 0b1000, 0b1001, 0b1100, 0b1101 are reserved.
    broken += cache == 4 || cache == 5 || cache == 8 || cache == 9 || cache == 12 || cache == 13 ? 1 : 0;
    CHECK(p.broken() == Names(broken, "cache_reserved"));
  }
}

TEST_CASE("axi4 checker: exclusive_length, bytes that are no power of two, 256 bytes, 32 beats") {
  Planted p;
  p.ar(0x100, 16, 3, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken().empty());
  p.ar(0x100, 3, 3, Axi4BurstKind::kIncr, 1, true);
  p.ar(0x100, 32, 3, Axi4BurstKind::kIncr, 1, true);
  p.ar(0x100, 32, 0, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken() == Names(3, "exclusive_length"));
}

TEST_CASE("axi4 checker: exclusive_aligned") {
  Planted p;
  p.ar(0x110, 2, 3, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken().empty());
  p.ar(0x108, 2, 3, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken() == Names{"exclusive_aligned"});
}

TEST_CASE("axi4 checker: write_last, too early, too late, and once") {
  Planted p;
  p.aw(0, 3);
  p.w(0xff, false);
  p.w(0xff, true);
  CHECK(p.broken() == Names{"write_last"});
  p.aw(0, 2);
  p.w(0xff, false);
  p.w(0xff, false);
  CHECK(p.broken() == Names(2, "write_last"));
  p.w(0, false);
  p.w(0, true);
  CHECK(p.broken() == Names(2, "write_last"));
  p.aw(0, 1);  // the next burst is followed again
  p.w(0xff, true);
  CHECK(p.broken() == Names(2, "write_last"));
}

TEST_CASE("axi4 checker: write_last of data that come before their address") {
  Planted p;
  p.w(0xff, false);
  p.w(0xff, true);
  CHECK(p.broken().empty());
  p.aw(0, 3);
  CHECK(p.broken() == Names{"write_last"});
}

TEST_CASE("axi4 checker: strobe_lanes, below an unaligned start, beside a narrow beat, above it") {
  Planted p;
  p.aw(0x103, 1, 3);
  p.w(0xf8, true);
  p.aw(0x103, 1, 1);  // one byte, lane 3
  p.w(0x08, true);
  CHECK(p.broken().empty());
  p.aw(0x103, 1, 3);
  p.w(0xfc, true);
  CHECK(p.broken() == Names{"strobe_lanes"});
  p.aw(0x102, 2, 1);  // lanes 2 and 3, then 4 and 5
  p.w(0x0c, false);
  p.w(0x0c, true);
  CHECK(p.broken() == Names(2, "strobe_lanes"));
  p.aw(0x104, 1, 2);
  p.w(0x10, true);
  CHECK(p.broken().size() == 2);
  p.aw(0x100, 1, 2);
  p.w(0x10, true);
  CHECK(p.broken() == Names(3, "strobe_lanes"));
}

TEST_CASE("axi4 checker: response_before_address, also with the address at the very edge") {
  Planted p;
  p.w(0xff, true);
  p.drive_aw(0, 1);
  p.wires.awready.write(true);
  p.wires.bvalid.write(true);
  p.wires.bid.write(1);
  p.edges();
  CHECK(p.broken() == Names{"response_before_address"});
}

TEST_CASE("axi4 checker: response_before_data, also with the last data at the very edge") {
  Planted p;
  p.aw(0, 2);
  p.w(0xff, false);
  p.wires.wlast.write(true);
  p.wires.wvalid.write(true);
  p.wires.wready.write(true);
  p.wires.bvalid.write(true);
  p.wires.bid.write(1);
  p.edges();
  CHECK(p.broken() == Names{"response_before_data"});
}

TEST_CASE("axi4 checker: a write response an edge after its address and data is legal") {
  Planted p;
  p.drive_aw(0, 1);
  p.wires.awready.write(true);
  p.w(0xff, true);
  p.wires.awvalid.write(false);
  p.b(1);
  p.checker.finish();
  CHECK(p.broken().empty());
}

TEST_CASE("axi4 checker: write_response_id, of another ID and a second response") {
  Planted p;
  p.aw(0, 1);
  p.w(0xff, true);
  p.b(2);
  CHECK(p.broken() == Names{"write_response_id"});
  p.b(1);
  CHECK(p.broken().size() == 1);
  p.b(1);
  CHECK(p.broken() == Names(2, "write_response_id"));
}

TEST_CASE("axi4 checker: read_id, of another ID, and at the edge of its address") {
  Planted p;
  p.ar(0, 1);
  p.r(2, true);
  CHECK(p.broken() == Names{"read_id"});
  p.drive_ar(0, 1, 3, Axi4BurstKind::kIncr, 4);
  p.wires.arready.write(true);
  p.r(4, true);
  CHECK(p.broken() == Names(2, "read_id"));
}

TEST_CASE("axi4 checker: read_last, too early, too late") {
  Planted p;
  p.ar(0, 2);
  p.r(1, true);
  CHECK(p.broken() == Names{"read_last"});
  p.ar(0, 2);
  p.r(1, false);
  p.r(1, false);
  CHECK(p.broken() == Names(2, "read_last"));
}

TEST_CASE("axi4 checker: read_last, a burst that overtakes an older one of its ID") {
  Planted p;
  p.ar(0, 2);
  p.ar(0, 1);
  p.r(1, true);
  CHECK(p.broken() == Names{"read_last"});
}

TEST_CASE("axi4 checker: exclusive_response, EXOKAY to what is not exclusive, read and write") {
  Planted p;
  p.ar(0, 1);
  p.r(1, true, Axi4Response::kExOkay);
  CHECK(p.broken() == Names{"exclusive_response"});
  p.aw(0, 1);
  p.w(0xff, true);
  p.b(1, Axi4Response::kExOkay);
  CHECK(p.broken() == Names(2, "exclusive_response"));
}

TEST_CASE("axi4 checker: open_at_end, a read, a write and data without an address, once") {
  Planted p;
  p.ar(0, 2);
  p.r(1, false);
  p.aw(0, 1);
  p.w(0xff, true);
  p.w(0xff, true);
  CHECK(p.broken().empty());
  p.checker.finish();
  CHECK(p.broken() == Names(3, "open_at_end"));
  p.checker.finish();
  CHECK(p.broken().size() == 3);
}

TEST_CASE("axi4 checker: reset forgets what was open") {
  Planted p;
  p.ar(0, 2);
  p.aw(0, 2);
  p.w(0xff, false);
  p.aresetn.write(false);
  p.edges(2);
  p.aresetn.write(true);
  p.edges(2);
  p.checker.finish();
  CHECK(p.broken().empty());
  p.r(1, false);
  CHECK(p.broken() == Names{"read_id"});
}
