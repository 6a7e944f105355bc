// Milliseconds of one image on one core: the float reference, and the integer reference with the kernels of
// each instruction set that the machine has; random weights. CPU time beside the wall clock: on a machine
// that does other work too, it is the fairer figure.
//
//     executors_bench [NETWORK [RUNS]]          default: both networks, 20 runs
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "models/builder.h"
#include "models/float_executor.h"
#include "quant/integer_executor.h"
#include "quant/isa.h"
#include "quant/quantize.h"

namespace {

using namespace tridex;

double cpu_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <typename Work>
void print_times(const std::string& what, int64_t macs, int runs, Work&& work) {
  constexpr int kWarmUp = 2;
  std::vector<double> wall, cpu;
  for (int i = 0; i < runs + kWarmUp; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpu_milliseconds();
    work();
    const double cpu_took = cpu_milliseconds() - cpu_start;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i >= kWarmUp) {
      wall.push_back(took.count());
      cpu.push_back(cpu_took);
    }
  }
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  const double median = cpu[cpu.size() / 2];
  fmt::print("{:<46} {:>8.2f} {:>8.2f} {:>10.2f} {:>10.2f} {:>8.1f}\n", what, wall.front(),
             wall[wall.size() / 2], cpu.front(), median, static_cast<double>(macs) / median / 1e6);
}

void measure(const std::string& name, int runs) {
  const models::Graph graph = models::build_network(name);
  const models::Weights weights = models::random_weights(graph, 1);
  models::Activation image{graph.node(graph.input).shape, {}};
  for (int64_t i = 0; i < image.shape.elements(); ++i) {
    image.data.push_back(static_cast<float>(i % 255) / 255);
  }
  const models::FloatExecutor reference(graph, weights);
  print_times(name + " float", graph.macs(), runs, [&] { static_cast<void>(reference.run(image)); });
  const quant::IntegerGraph integer = quant::quantize_random(graph, {}, 1);
  const quant::Codes codes = quant::quantize_input(integer, image);
  for (const quant::Isa isa : quant::available_isas()) {
    const quant::IntegerExecutor executor(integer, isa);
    print_times(name + " integer " + quant::isa_name(isa), graph.macs(), runs,
                [&] { static_cast<void>(executor.run(codes)); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 2 ? std::max(1, std::atoi(argv[2])) : 20;
  fmt::print("{:<46} {:>8} {:>8} {:>10} {:>10} {:>8}\n", "one image, one core", "wall min", "median",
             "CPU ms min", "median", "GMAC/s");
  if (argc > 1) {
    measure(argv[1], runs);
    return 0;
  }
  for (const char* name : {"efficientvit_b1_r224", "efficientvit_seg_b0_r352x480"}) {
    measure(name, runs);
  }
  return 0;
}
