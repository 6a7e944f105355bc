// How long one timed run takes, in process: from the design struct and the loaded graph to the result,
// mapping included. A SystemC kernel elaborates once in a process, so each of the runs is a forked child that
// times itself. Events and cycles a second are those of the fastest run.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "arch/mapping/mapper.h"
#include "arch/platform/run.h"
#include "models/builder.h"
#include "quant/quantize.h"
#include "support/child.h"

extern "C" int sc_main(int argc, char* argv[]);
int sc_main(int, char*[]) {
  return 0;
}

namespace {

using namespace tridex;

struct Sample {
  double milliseconds = 0, mapping = 0;
  long long events = 0, cycles = 0, instructions = 0;
  long long all_cycles = 0;  ///< of all frames
  [[nodiscard]] double a_second(long long count) const {
    return static_cast<double>(count) / milliseconds * 1e3;
  }
};

/// What every module's cycles add up to.
long long all_cycles(const arch::RunResult& result) {
  long long cycles = result.modules.front().busy_cycles;
  for (const auto& [cause, waited] : result.modules.front().stalls) {
    cycles += waited;
  }
  return cycles;
}

Sample measure(const arch::DesignPoint& design, const quant::IntegerGraph& graph, int frames) {
  const std::string text = test::run_in_child([&] {
    arch::RunOptions options;
    options.frames = frames;
    const auto start = std::chrono::steady_clock::now();
    const auto result = arch::run(design, graph, options).result;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    const auto again = std::chrono::steady_clock::now();
    const auto instructions = arch::map_network(design, graph, frames).instructions.size();
    const std::chrono::duration<double, std::milli> mapped = std::chrono::steady_clock::now() - again;
    return fmt::format("{} {} {} {} {} {}", took.count(), result.simulated_events, result.cycles,
                       mapped.count(), instructions, all_cycles(result));
  });
  Sample sample;
  char* end = nullptr;
  sample.milliseconds = std::strtod(text.c_str(), &end);
  sample.events = std::strtoll(end, &end, 10);
  sample.cycles = std::strtoll(end, &end, 10);
  sample.mapping = std::strtod(end, &end);
  sample.instructions = std::strtoll(end, &end, 10);
  sample.all_cycles = std::strtoll(end, nullptr, 10);
  return sample;
}

}  // namespace

int main() {
  const arch::DesignPoint design = arch::read_design(arch::find_config("trio_vit_zcu102", "designs"));
  fmt::print("{:<24} {:>6} {:>10} {:>10} {:>10} {:>12} {:>12} {:>12} {:>14} {:>12} {:>12}\n", "network",
             "frames", "min ms", "median ms", "max ms", "of it mapping", "instructions", "events", "cycles",
             "events/s", "cycles/s");
  for (const char* name : {"efficientvit_b0_r224", "efficientvit_b1_r224", "efficientvit_b3_r288"}) {
    const quant::IntegerGraph graph = quant::shape_only(models::build_network(name), {});
    for (const int frames : {1, 3}) {
      std::vector<Sample> samples;
      for (int i = 0; i < 20; ++i) {
        samples.push_back(measure(design, graph, frames));
      }
      std::sort(samples.begin(), samples.end(),
                [](const Sample& a, const Sample& b) { return a.milliseconds < b.milliseconds; });
      fmt::print(
          "{:<24} {:>6} {:>10.2f} {:>10.2f} {:>10.2f} {:>12.2f} {:>12} {:>12} {:>14} {:>12.3g} {:>12.3g}\n",
          name, frames, samples.front().milliseconds,
          (samples[9].milliseconds + samples[10].milliseconds) / 2, samples.back().milliseconds,
          samples[0].mapping, samples[0].instructions, samples[0].events, samples[0].cycles,
          samples[0].a_second(samples[0].events), samples[0].a_second(samples[0].all_cycles));
    }
  }
  return 0;
}
