// Milliseconds of one image on one core: the float reference and the integer reference, random weights.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "models/builder.h"
#include "models/float_executor.h"
#include "quant/integer_executor.h"
#include "quant/quantize.h"

namespace {

using namespace tridex;

template <typename Work>
void print_times(const std::string& what, int64_t macs, Work&& work) {
  std::vector<double> times;
  for (int i = 0; i < 12; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i >= 2) {  // two runs to warm up
      times.push_back(took.count());
    }
  }
  std::sort(times.begin(), times.end());
  const double median = (times[4] + times[5]) / 2;
  fmt::print("{:<44} {:>8.1f} {:>9.1f} {:>8.1f} {:>8.1f}\n", what, times.front(), median, times.back(),
             static_cast<double>(macs) / median / 1e6);
}

}  // namespace

int main() {
  fmt::print("{:<44} {:>8} {:>9} {:>8} {:>8}\n", "one image, one core", "min ms", "median ms", "max ms",
             "GMAC/s");
  for (const char* name : {"efficientvit_b1_r224", "efficientvit_seg_b0_r352x480"}) {
    const models::Graph graph = models::build_network(name);
    const models::Weights weights = models::random_weights(graph, 1);
    models::Activation image{graph.node(graph.input).shape, {}};
    for (int64_t i = 0; i < image.shape.elements(); ++i) {
      image.data.push_back(static_cast<float>(i % 255) / 255);
    }
    const models::FloatExecutor reference(graph, weights);
    print_times(std::string(name) + " float", graph.macs(), [&] { static_cast<void>(reference.run(image)); });
    const quant::IntegerGraph integer = quant::quantize_random(graph, {}, 1);
    const quant::Codes codes = quant::quantize_input(integer, image);
    const quant::IntegerExecutor executor(integer);
    print_times(std::string(name) + " integer", graph.macs(),
                [&] { static_cast<void>(executor.run(codes)); });
  }
  return 0;
}
