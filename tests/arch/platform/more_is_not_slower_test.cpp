// More of a resource never makes a design slower under the full search. TRIDEX_DESIGNS sets how many designs,
// TRIDEX_DESIGN runs one of them alone, with the mapper's estimates.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "arch/mapping/estimate.h"
#include "arch/mapping/mapper.h"
#include "arch/platform/run.h"
#include "random_designs.h"
#include "support/child.h"

using namespace tridex;
using namespace tridex::test;

namespace {

/// Nanoseconds of one frame; below 0: no tile fits.
double frame_ns(const arch::DesignPoint& design, const quant::IntegerGraph& graph) {
  try {
    const std::string text = run_in_child([&] {
      arch::RunOptions options;
      options.frames = 1;
      return std::to_string(arch::run(design, graph, options).result.cycles);
    });
    return std::strtod(text.c_str(), nullptr) * design.cycle_ns();
  } catch (const std::runtime_error& error) {
    INFO(error.what());
    REQUIRE(std::string(error.what()).find("no tile fits") != std::string::npos);
    return -1;
  }
}

double estimated_ns(const arch::DesignPoint& design, const quant::IntegerGraph& graph) {
  return arch::estimate(design, arch::map_network(design, graph, 1)).frames().back() * design.cycle_ns();
}

struct More {
  std::string what;
  arch::DesignPoint design;
};

/// The design with twice of each resource, one at a time.
std::vector<More> with_more(const arch::DesignPoint& design, Random& random) {
  std::vector<More> all(6, {"", design});
  arch::Buffer* buffers[] = {&all[0].design.input_buffer, &all[0].design.weight_buffer,
                             &all[0].design.output_buffer};
  const int buffer = random.integer(0, 2);
  buffers[buffer]->bytes *= 2;
  all[0].what = fmt::format("{} buffer", buffer == 0 ? "input" : buffer == 1 ? "weight" : "output");
  auto& engine = all[1].design.engines[static_cast<size_t>(
      random.integer(0, static_cast<int>(design.engines.size()) - 1))];
  engine.lanes *= 2;
  engine.post_lanes *= 2;
  all[1].what = "lanes of " + engine.name;
  all[2].design.copies *= 2;
  all[2].what = "copies";
  all[3].design.ports.count *= 2;
  all[3].what = "ports";
  all[4].design.clock_mhz *= 2;
  all[4].what = "clock";
  all[5].design.dram.tck_ns /= 2;
  all[5].what = "DRAM data rate";
  return all;
}

}  // namespace

TEST_CASE("more of a resource is not slower") {
  Random random("more of a resource");
  const char* given = std::getenv("TRIDEX_DESIGNS");
  const int designs = given != nullptr ? std::atoi(given) : 6;
  const auto& networks = property_networks();
  int cases = 0;
  int slower = 0;
  double worst = 1;
  for (int d = 0; d < designs; ++d) {
    arch::DesignPoint design = random_design(random);
    design.mapping.search = arch::MappingOptions::Search::kFull;
    const auto& network = networks[d % 2 == 0 ? 0 : 2];
    const std::vector<More> more = with_more(design, random);
    const char* alone = std::getenv("TRIDEX_DESIGN");
    if (alone != nullptr && std::atoi(alone) != d) {
      continue;
    }
    const double base = frame_ns(design, network.graph);
    if (base < 0) {
      continue;
    }
    for (const More& larger : more) {
      const double ratio = frame_ns(larger.design, network.graph) / base;
      if (alone != nullptr) {
        std::printf("%s: %.4f of the time, estimated %.4f (of an estimate of %.4f)\n", larger.what.c_str(),
                    ratio, estimated_ns(larger.design, network.graph) / estimated_ns(design, network.graph),
                    estimated_ns(design, network.graph) / base);
      }
      INFO("design " << d << ", " << network.name << ", " << larger.what << "\n" << design_text(design));
      REQUIRE(ratio > 0);
      ++cases;
      worst = std::max(worst, ratio);
      if (ratio > 1.01) {
        ++slower;
        std::printf("%.4f of the time with twice the %s: design %d, %s\n", ratio, larger.what.c_str(), d,
                    network.name.c_str());
      }
      CHECK(ratio <= 1.05);
    }
  }
  std::printf("%d cases: %d slower by more than 1 %%, the worst takes %.4f of the time\n", cases, slower,
              worst);
  CHECK(slower * 100 <= cases);
}
