#pragma once
#include <cstdint>
#include <random>
#include <tuple>
#include <vector>

#include "arch/design/dram_timing.h"

namespace tridex::test {

/// Memories of other shapes: no bank groups; uneven steps in a group; a long tFAW and a tRC beyond tRAS +
/// tRP; bursts of two clocks.
inline std::vector<arch::DramTiming> timings() {
  const arch::DramTiming ddr4;
  arch::DramTiming quick = ddr4;  // refreshes often
  quick.trefi = 900;
  arch::DramTiming lpddr4 = ddr4;
  std::tie(lpddr4.bus_bits, lpddr4.burst_length, lpddr4.bank_groups, lpddr4.banks_per_group,
           lpddr4.row_bytes) = std::tuple(16, 16, 1, 8, 2048);
  std::tie(lpddr4.tccd_s, lpddr4.tccd_l, lpddr4.trrd_s, lpddr4.trrd_l, lpddr4.tfaw) =
      std::tuple(8, 8, 16, 16, 64);
  arch::DramTiming uneven = ddr4;
  std::tie(uneven.bank_groups, uneven.tccd_l, uneven.trefi) = std::tuple(2, 11, 2000);
  arch::DramTiming tight = ddr4;
  std::tie(tight.trrd_s, tight.trrd_l, tight.tfaw, tight.trc, tight.refresh) =
      std::tuple(9, 13, 70, 65, false);
  arch::DramTiming lpddr5 = lpddr4;
  std::tie(lpddr5.beats_per_clock, lpddr5.bank_groups, lpddr5.banks_per_group, lpddr5.tccd_s, lpddr5.tccd_l) =
      std::tuple(8, 4, 4, 2, 4);
  return {ddr4, quick, lpddr4, uneven, tight, lpddr5};
}

struct Run {
  int64_t arrival, line, count;
  bool write;
};

/// Streams that come back to few banks and rows, with gaps and bursts of arrivals.
inline std::vector<Run> random_runs(uint64_t seed, int count) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
  std::vector<Run> runs;
  int64_t clock = 0;
  int64_t line = 0;
  for (int i = 0; i < count; ++i) {
    clock += below(10) == 0 ? below(3000) : below(100);
    line = below(3) == 0 ? line : below(8) * 2048 + below(4) * 512 + below(600);
    runs.push_back({clock, line, below(2) == 0 ? 1 + below(4) : 1 + below(64), below(3) == 0});
    line += runs.back().count;
  }
  return runs;
}

}  // namespace tridex::test
