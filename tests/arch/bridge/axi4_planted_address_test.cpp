// Breaches of the rules of addresses, each planted by hand on the pins: exactly that rule is reported.
#include <catch2/catch.hpp>

#include "axi4_planted.h"

using namespace tridex::test;

TEST_CASE("axi4 checker: burst_reserved, on both address channels") {
  PlantedAxi4 p;
  p.drive_aw(0, 1, 3, Axi4BurstKind::kReserved);
  p.edges(3);
  CHECK(p.broken() == Names{"burst_reserved"});  // once, though it waits
  p.drive_ar(0, 1, 3, Axi4BurstKind::kReserved);
  p.edges();
  CHECK(p.broken() == Names(2, "burst_reserved"));
}

TEST_CASE("axi4 checker: burst_size, 16 bytes a beat on 8") {
  PlantedAxi4 p;
  p.ar(0, 1, 3);
  CHECK(p.broken().empty());
  p.ar(0, 1, 4);
  CHECK(p.broken() == Names{"burst_size"});
  p.drive_aw(0, 1, 4);
  p.edges();
  CHECK(p.broken() == Names(2, "burst_size"));
}

TEST_CASE("axi4 checker: burst_boundary, the last beat at 4 KB and not the one before") {
  PlantedAxi4 p;
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
  PlantedAxi4 p;
  size_t broken = 0;
  for (unsigned beats = 1; beats <= 32; ++beats) {
    p.ar(0x100, beats, 3, Axi4BurstKind::kWrap);
    broken += beats == 2 || beats == 4 || beats == 8 || beats == 16 ? 0 : 1;
    CHECK(p.broken() == Names(broken, "wrap_length"));
  }
}

TEST_CASE("axi4 checker: wrap_aligned") {
  PlantedAxi4 p;
  p.ar(0x104, 4, 2, Axi4BurstKind::kWrap);
  CHECK(p.broken().empty());
  p.ar(0x104, 4, 3, Axi4BurstKind::kWrap);
  CHECK(p.broken() == Names{"wrap_aligned"});
}

TEST_CASE("axi4 checker: fixed_length, 17 beats") {
  PlantedAxi4 p;
  p.ar(0, 16, 3, Axi4BurstKind::kFixed);
  CHECK(p.broken().empty());
  p.ar(0, 17, 3, Axi4BurstKind::kFixed);
  CHECK(p.broken() == Names{"fixed_length"});
}

TEST_CASE("axi4 checker: cache_reserved, the six that allocate what is not modifiable") {
  PlantedAxi4 p;
  size_t broken = 0;
  for (unsigned cache = 0; cache < 16; ++cache) {
    p.ar(0, 1, 3, Axi4BurstKind::kIncr, 1, false, static_cast<uint8_t>(cache));
    // A4.4, the memory types: 0b0100, 0b0101, 0b1000, 0b1001, 0b1100, 0b1101 are reserved.
    broken += cache == 4 || cache == 5 || cache == 8 || cache == 9 || cache == 12 || cache == 13 ? 1 : 0;
    CHECK(p.broken() == Names(broken, "cache_reserved"));
  }
}

TEST_CASE("axi4 checker: exclusive_length, bytes that are no power of two, 256 bytes, 32 beats") {
  PlantedAxi4 p;
  p.ar(0x100, 16, 3, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken().empty());
  p.ar(0x100, 3, 3, Axi4BurstKind::kIncr, 1, true);
  p.ar(0x100, 32, 3, Axi4BurstKind::kIncr, 1, true);
  p.ar(0x100, 32, 0, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken() == Names(3, "exclusive_length"));
}

TEST_CASE("axi4 checker: exclusive_aligned") {
  PlantedAxi4 p;
  p.ar(0x110, 2, 3, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken().empty());
  p.ar(0x108, 2, 3, Axi4BurstKind::kIncr, 1, true);
  CHECK(p.broken() == Names{"exclusive_aligned"});
}
