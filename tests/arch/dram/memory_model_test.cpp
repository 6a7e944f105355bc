#include "arch/dram/memory_model.h"

#include <catch2/catch.hpp>

using namespace tridex::arch;

TEST_CASE("clocks become picoseconds, arrivals round up") {
  MemoryModel memory{DramTiming()};
  CHECK(memory.access(0, 0, 64, false) == 39 * 833);
  CHECK(memory.traffic(0).row_misses == 1);
  CHECK(memory.traffic(0).row_hits == 0);
  // 1 ps after clock 100: it arrives at clock 101.
  CHECK(memory.access(100 * 833 + 1, 0, 64, false) == (101 + 22) * 833);
}

TEST_CASE("a run moves whole lines and counts the bytes asked for") {
  MemoryModel memory{DramTiming()};
  memory.access(0, 60, 8, true);
  CHECK(memory.traffic(0).row_misses == 2);  // two lines, in two bank groups
  memory.access(0, 4096, 4096, false);
  const DramTraffic traffic = memory.traffic(0);
  CHECK(traffic.write_bytes == 8);
  CHECK(traffic.read_bytes == 4096);
  CHECK(traffic.row_hits + traffic.row_misses == 66);
  CHECK(traffic.row_misses == 4);  // the other two groups, too
}

TEST_CASE("blocks go round the channels, each byte in one place") {
  DramTiming t;
  t.channels = 3;
  MemoryModel memory(t);
  CHECK(memory.capacity_bytes() == 3 * (int64_t{8} << 30));
  std::vector<DramCommand> traces[3];
  for (int c = 0; c < 3; ++c) {
    memory.channel(c).record(&traces[c]);
  }
  for (int block = 0; block < 6; ++block) {
    memory.access(0, static_cast<uint64_t>(block) * 4096, 4096, false);
  }
  for (const auto& trace : traces) {  // two blocks each, one after the other in its rows
    int reads = 0;
    for (const DramCommand& c : trace) {
      reads += c.kind == DramCommand::Kind::kRead ? 1 : 0;
      CHECK(c.row == 0);
      CHECK(c.bank == 0);
      CHECK(c.column < 32);
    }
    CHECK(reads == 128);
  }
  // A run over a border is served by two channels, side by side.
  MemoryModel fresh(t);
  CHECK(fresh.access(0, 4096 - 2048, 4096, false) == (39 + 31 * 4) * 833);
}

TEST_CASE("finer interleaving spreads one run") {
  DramTiming t;
  t.channels = 4;
  t.interleave_bytes = 64;
  MemoryModel memory(t);
  CHECK(memory.access(0, 0, 4096, false) == (39 + 15 * 4) * 833);
  CHECK(memory.traffic(0).row_misses == 16);
}

TEST_CASE("parallel runs use all channels") {
  const auto time_of = [](int channels) {
    DramTiming t;
    t.channels = channels;
    t.refresh = false;
    MemoryModel memory(t);
    int64_t end = 0;
    for (uint64_t i = 0; i < 256; ++i) {
      end = std::max(end, memory.access(0, i * 4096, 4096, false));
    }
    return end;
  };
  CHECK(time_of(4) < time_of(1) / 4 + 40 * 833);
}

TEST_CASE("a run outside of the memory or of a wrong size is a defect of the caller") {
  MemoryModel memory{DramTiming()};
  const auto size = static_cast<uint64_t>(memory.capacity_bytes());
  CHECK_THROWS_AS(memory.access(0, size, 1, false), std::logic_error);
  CHECK_THROWS_AS(memory.access(0, size - 1, 2, false), std::logic_error);
  CHECK_THROWS_AS(memory.access(0, UINT64_MAX, 1, false), std::logic_error);
  CHECK_THROWS_AS(memory.access(0, 0, 0, false), std::logic_error);
  CHECK_THROWS_AS(memory.access(0, 0, 4097, false), std::logic_error);
  CHECK_NOTHROW(memory.access(0, size - 1, 1, false));
}

TEST_CASE("an ideal memory serves every run when it arrives, and counts it") {
  DramTiming timing;
  timing.ideal = true;
  MemoryModel memory(timing);
  for (const int64_t arrival : {int64_t{0}, int64_t{17}, 100 * int64_t{timing.trefi} * 833}) {
    CHECK(memory.access(arrival, 0, 4096, false) == arrival);
    const int64_t id = memory.submit(arrival, 4096, 8, true);
    CHECK(memory.next_event_ps() == arrival);
    memory.advance(arrival);
    CHECK(memory.take(arrival) == id);
    CHECK(memory.next_event_ps() == MemoryModel::kNever);
  }
  const DramTraffic traffic = memory.traffic(int64_t{1} << 50);
  CHECK(traffic.read_bytes == 3 * 4096);
  CHECK(traffic.write_bytes == 3 * 8);
  CHECK(traffic.row_hits + traffic.row_misses + traffic.refreshes == 0);
  CHECK_THROWS_AS(memory.access(0, 0, 4097, false), std::logic_error);
}
