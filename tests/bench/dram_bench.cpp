// Time of one core for 24 MB of the DRAM model in lines of 64 bytes, for each controller and several streams.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

#include "arch/dram/memory_model.h"

extern "C" int sc_main(int argc, char* argv[]);
int sc_main(int, char*[]) {
  return 0;
}

namespace {

using namespace tridex::arch;

constexpr uint64_t kRuns = 6144;   // of 4 KB
constexpr uint64_t kAtATime = 64;  // runs under way, as four ports with eight reads and eight writes each

enum class Stream { kSequential, kRandomRuns, kEighthWritten, kCopy };

double seconds(DramController::Kind controller, Stream stream) {
  DramTiming timing;
  timing.controller.kind = controller;
  MemoryModel memory(timing);
  std::mt19937_64 random(1);
  const auto begin = std::chrono::steady_clock::now();
  int64_t now = 0;
  for (uint64_t i = 0, done = 0; done < kRuns;) {
    for (; i < kRuns && i - done < kAtATime; ++i) {
      const bool write =
          stream == Stream::kCopy ? i % 2 == 1 : (stream == Stream::kEighthWritten && i % 8 == 7);
      const uint64_t at = stream == Stream::kRandomRuns ? random() >> 44 : i;  // 4 GB
      memory.submit(now, (write ? 0x10010000 : 0) + at * 4096, 4096, write);
    }
    now = memory.next_event_ps();
    memory.advance(now);
    while (memory.take(now)) {
      ++done;
    }
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main() {
  const std::pair<DramController::Kind, const char*> controllers[] = {
      {DramController::Kind::kFcfs, "fcfs"}, {DramController::Kind::kFrFcfs, "fr_fcfs"}};
  const std::pair<Stream, const char*> streams[] = {{Stream::kSequential, "sequential"},
                                                    {Stream::kRandomRuns, "random 4 KB runs"},
                                                    {Stream::kEighthWritten, "one run in eight written"},
                                                    {Stream::kCopy, "copy"}};
  for (const auto& [controller, controller_name] : controllers) {
    for (const auto& [stream, stream_name] : streams) {
      std::array<double, 9> times{};
      for (double& time : times) {
        time = seconds(controller, stream);
      }
      std::sort(times.begin(), times.end());
      fmt::print("{:8} {:25} 24 MB: median {:6.2f} ms, {:5.1f} ns a line (min {:.2f} ms, max {:.2f} ms)\n",
                 controller_name, stream_name, times[4] * 1e3, times[4] * 1e9 / (kRuns * 64),
                 times.front() * 1e3, times.back() * 1e3);
    }
  }
  return 0;
}
