#include "arch/mapping/port_use.h"

#include <catch2/catch.hpp>

using namespace tridex::arch;

namespace {

/// Ports of 10 bytes a cycle.
PortUse ten_bytes() {
  DesignPoint design;
  for (Buffer* buffer : {&design.input_buffer, &design.weight_buffer, &design.output_buffer}) {
    buffer->banks = 10;
    buffer->width_bits = 8;
  }
  return PortUse(design);
}

PortTraffic reads(int64_t bytes, BufferId buffer = kInputBuffer) {
  PortTraffic traffic;
  traffic.read[buffer] = bytes;
  return traffic;
}

PortTraffic writes(int64_t bytes, BufferId buffer = kInputBuffer) {
  PortTraffic traffic;
  traffic.written[buffer] = bytes;
  return traffic;
}

constexpr Unit kFirst = kEngine0;
constexpr Unit kSecond = kEngine1;

}  // namespace

TEST_CASE("port use: two that fit take their time, and what is too much comes on top") {
  PortUse fits = ten_bytes();
  CHECK(fits.add(kFirst, 0, 100, reads(400)) == Approx(100));
  CHECK(fits.add(kSecond, 0, 100, reads(600)) == Approx(100));
  PortUse more = ten_bytes();
  CHECK(more.add(kFirst, 0, 100, reads(400)) == Approx(100));
  CHECK(more.add(kSecond, 0, 100, reads(610)) == Approx(101));
}

TEST_CASE("port use: units that need all of a port take turns") {
  PortUse ports = ten_bytes();
  CHECK(ports.add(kFirst, 0, 100, reads(1000)) == Approx(100));
  CHECK(ports.add(kSecond, 0, 100, reads(1000)) == Approx(200));
  CHECK(ports.add(kFirst, 100, 200, reads(1000)) == Approx(300));
  CHECK(ports.add(kSecond, 200, 300, reads(1000)) == Approx(400));
}

TEST_CASE("port use: other times, other buffers, and the other way do not meet") {
  PortUse ports = ten_bytes();
  CHECK(ports.add(kFirst, 0, 100, reads(1000)) == Approx(100));
  CHECK(ports.add(kSecond, 100, 200, reads(1000)) == Approx(200));
  CHECK(ports.add(kVectorUnitId, 0, 100, writes(1000)) == Approx(100));
  CHECK(ports.add(kEngine2, 0, 100, reads(1000, kWeightBuffer)) == Approx(100));
}

TEST_CASE("port use: transfers take cycles of commands, also of one that was there before") {
  PortUse ports = ten_bytes();
  ports.add_transfer(kLoadUnit, 0, 100, kInputBuffer, 250);
  CHECK(ports.add(kFirst, 0, 100, writes(750)) == Approx(100));
  CHECK(ports.add(kSecond, 200, 300, writes(1000)) == Approx(300));
  ports.add_transfer(kLoadUnit, 200, 300, kInputBuffer, 300);
  CHECK(ports.add(kFirst, 300, 400, writes(800)) == Approx(410));
  ports.add_transfer(kStoreUnit, 500, 600, kOutputBuffer, 500);
  CHECK(ports.add(kFirst, 500, 600, writes(1000, kOutputBuffer)) == Approx(600));
  CHECK(ports.add(kSecond, 500, 600, reads(510, kOutputBuffer)) == Approx(601));
}
