// How long one functional run of EfficientViT-B1 at 224 x 224 takes, in process: mapping, packing of the
// constants, and a frame computed from the bytes in the buffers, with random weights and a random image. The
// mark: under a second. A SystemC kernel elaborates once in a process, so each run is a forked child that
// times itself.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "support/child.h"
#include "support/prepared_network.h"

extern "C" int sc_main(int argc, char* argv[]);
int sc_main(int, char*[]) {
  return 0;
}

int main() {
  using namespace tridex;
  const arch::DesignPoint design = arch::read_design(arch::find_config("trio_vit_zcu102", "designs"));
  fmt::print("{:<24} {:>10} {:>10} {:>10} {:>12}\n", "network", "min ms", "median ms", "max ms", "GMAC/s");
  for (const char* name : {"efficientvit_b0_r224", "efficientvit_b1_r224"}) {
    const test::Prepared prepared = test::prepare_random(name);
    std::vector<double> samples;
    for (int i = 0; i < 5; ++i) {
      const std::string text = test::run_in_child([&] {
        arch::RunOptions options = test::functional(prepared);
        options.reference = nullptr;
        options.check_program = false;
        const auto start = std::chrono::steady_clock::now();
        static_cast<void>(arch::run(design, prepared.graph, options));
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        return fmt::format("{}", took.count());
      });
      samples.push_back(std::strtod(text.c_str(), nullptr));
    }
    std::sort(samples.begin(), samples.end());
    fmt::print("{:<24} {:>10.1f} {:>10.1f} {:>10.1f} {:>12.2f}\n", name, samples.front(), samples[2],
               samples.back(), static_cast<double>(prepared.graph.macs()) / samples[2] * 1e-6);
  }
  return 0;
}
