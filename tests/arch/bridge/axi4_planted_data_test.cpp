// Breaches of the rules of data and responses, each planted by hand on the pins: exactly that rule is
// reported.
#include <catch2/catch.hpp>

#include "axi4_planted.h"

using namespace tridex::test;

TEST_CASE("axi4 checker: write_last, too early, too late, and once") {
  PlantedAxi4 p;
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
  PlantedAxi4 p;
  p.w(0xff, false);
  p.w(0xff, true);
  CHECK(p.broken().empty());
  p.aw(0, 3);
  CHECK(p.broken() == Names{"write_last"});
}

TEST_CASE("axi4 checker: strobe_lanes, below an unaligned start, beside a narrow beat, above it") {
  PlantedAxi4 p;
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
  PlantedAxi4 p;
  p.w(0xff, true);
  p.drive_aw(0, 1);
  p.wires.awready.write(true);
  p.wires.bvalid.write(true);
  p.wires.bid.write(1);
  p.edges();
  CHECK(p.broken() == Names{"response_before_address"});
}

TEST_CASE("axi4 checker: response_before_data, also with the last data at the very edge") {
  PlantedAxi4 p;
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
  PlantedAxi4 p;
  p.drive_aw(0, 1);
  p.wires.awready.write(true);
  p.w(0xff, true);
  p.wires.awvalid.write(false);
  p.b(1);
  p.checker.finish();
  CHECK(p.broken().empty());
}

TEST_CASE("axi4 checker: write_response_id, of another ID and a second response") {
  PlantedAxi4 p;
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
  PlantedAxi4 p;
  p.ar(0, 1);
  p.r(2, true);
  CHECK(p.broken() == Names{"read_id"});
  p.drive_ar(0, 1, 3, Axi4BurstKind::kIncr, 4);
  p.wires.arready.write(true);
  p.r(4, true);
  CHECK(p.broken() == Names(2, "read_id"));
}

TEST_CASE("axi4 checker: read_last, too early, too late") {
  PlantedAxi4 p;
  p.ar(0, 2);
  p.r(1, true);
  CHECK(p.broken() == Names{"read_last"});
  p.ar(0, 2);
  p.r(1, false);
  p.r(1, false);
  CHECK(p.broken() == Names(2, "read_last"));
}

TEST_CASE("axi4 checker: read_last, a burst that overtakes an older one of its ID") {
  PlantedAxi4 p;
  p.ar(0, 2);
  p.ar(0, 1);
  p.r(1, true);
  CHECK(p.broken() == Names{"read_last"});
}

TEST_CASE("axi4 checker: exclusive_response, EXOKAY to what is not exclusive, read and write") {
  PlantedAxi4 p;
  p.ar(0, 1);
  p.r(1, true, Axi4Response::kExOkay);
  CHECK(p.broken() == Names{"exclusive_response"});
  p.aw(0, 1);
  p.w(0xff, true);
  p.b(1, Axi4Response::kExOkay);
  CHECK(p.broken() == Names(2, "exclusive_response"));
}

TEST_CASE("axi4 checker: open_at_end, a read, a write and data without an address, once") {
  PlantedAxi4 p;
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
  PlantedAxi4 p;
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
