// Nanoseconds a 64-byte line of the DRAM model: 24 MB in runs of 4 KB, one in eight of them written.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "arch/dram/memory_model.h"

extern "C" int sc_main(int argc, char* argv[]);
int sc_main(int, char*[]) {
  return 0;
}

int main() {
  constexpr uint64_t kRuns = 6144;
  std::array<double, 9> times{};
  for (double& time : times) {
    tridex::arch::MemoryModel memory{tridex::arch::DramTiming()};
    const auto begin = std::chrono::steady_clock::now();
    for (uint64_t i = 0; i < kRuns; ++i) {
      const bool write = i % 8 == 7;
      static_cast<void>(memory.access(0, (write ? 0x10000000 : 0) + i * 4096, 4096, write));
    }
    time = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  std::sort(times.begin(), times.end());
  fmt::print("24 MB: median {:.2f} ms, {:.1f} ns a line (min {:.2f} ms, max {:.2f} ms)\n", times[4] * 1e3,
             times[4] * 1e9 / (kRuns * 64), times.front() * 1e3, times.back() * 1e3);
  return 0;
}
