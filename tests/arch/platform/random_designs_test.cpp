// Properties over machines at random. TRIDEX_DESIGNS sets how many.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "arch/mapping/estimate.h"
#include "arch/mapping/mapper.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "random_designs.h"
#include "support/child.h"
#include "support/disagreement.h"
#include "support/same_conv.h"

using namespace tridex;
using namespace tridex::test;
using nlohmann::json;

namespace {

int designs_or(int count) {
  const char* given = std::getenv("TRIDEX_DESIGNS");
  return given != nullptr ? std::atoi(given) : count;
}

double at(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(part * static_cast<double>(values.size() - 1))];
}

/// Convolutions whose weights take some KB, with shortcuts.
models::Graph wide_network(Random& random) {
  models::GraphBuilder builder("wide");
  int x = builder.input({8 * random.integer(2, 8), random.integer(8, 20), random.integer(6, 20)});
  for (int i = random.integer(2, 4); i > 0; --i) {
    const std::string name = "conv" + std::to_string(i);
    const int groups = random.integer(0, 4) == 0 ? 2 : 1;
    const int made =
        builder.conv(name, x, 8 * random.integer(4, 14),
                     same_conv(2 * random.integer(0, 1) + 1, random.integer(1, 2), groups, true));
    const bool back = random.coin();
    x = back
            ? builder.add(
                  name + ".add",
                  {builder.conv(name + ".back", made, builder.shape(made).c, same_conv(1, 1, 1, true)), made})
            : made;
  }
  return builder.finish(x);
}

}  // namespace

TEST_CASE("random designs: no machine is faster than its bound, and every program is legal") {
  Random random("random designs");
  const int designs = designs_or(25);
  std::vector<double> all;
  int refused = 0;
  std::vector<std::vector<double>> by_network(property_networks().size());
  std::vector<double> estimates;
  for (int d = 0; d < designs; ++d) {
    const arch::DesignPoint design = random_design(random);
    for (size_t n = 0; n < property_networks().size(); ++n) {
      const auto& [name, graph] = property_networks()[n];
      if (const char* folder = std::getenv("TRIDEX_DESIGN_FILES")) {  // to run them by hand
        std::ofstream(fmt::format("{}/design_{}.yaml", folder, d)) << design_text(design);
      }
      INFO("design " << d << ", " << name << "\n" << design_text(design));
      arch::RunOptions options;
      options.fidelity = arch::Fidelity::kAnalytic;
      const auto bound = arch::run(design, graph, options).result;
      std::string text;
      try {
        text = run_in_child([&] {
          arch::RunOptions timed;
          timed.frames = d % 10 == 0 ? 3 : 1;
          timed.check_program = true;
          const auto result = arch::run(design, graph, timed).result;
          std::string more;
          for (const auto& module : result.modules) {
            more += fmt::format(
                " {} {:.2f}", module.name,
                static_cast<double>(module.busy_cycles) / timed.frames / static_cast<double>(result.cycles));
          }
          more += fmt::format(" read {:.1f} MB, written {:.1f} MB",
                              double(result.dram.read_bytes) / 1e6 / timed.frames,
                              double(result.dram.write_bytes) / 1e6 / timed.frames);
          return fmt::format("{} {} {}", result.cycles, result.fps, more);
        });
      } catch (const std::runtime_error& error) {
        // The only excuse: not one row of a layer fits the buffers.
        INFO(error.what());
        REQUIRE(std::string(error.what()).find("no tile fits") != std::string::npos);
        ++refused;
        continue;
      }
      char* end = nullptr;
      const double cycles = std::strtod(text.c_str(), &end);
      const double fps = std::strtod(end, nullptr);
      REQUIRE(static_cast<double>(bound.cycles) <= cycles);
      REQUIRE(fps <= bound.fps * (1 + 1e-9));
      all.push_back(static_cast<double>(bound.cycles) / cycles);
      by_network[n].push_back(all.back());
      if (d % 10 != 0) {
        estimates.push_back(arch::estimate(design, arch::map_network(design, graph, 1)).frames().back() /
                            cycles);
      }
      if (std::getenv("TRIDEX_SHOW") != nullptr && all.back() < std::atof(std::getenv("TRIDEX_SHOW"))) {
        std::printf("%.3f design %d %s bound %lld cycles %.0f; bound engines %.2f vector %.2f dram %.2f;%s\n",
                    all.back(), d, name.c_str(), static_cast<long long>(bound.cycles), cycles,
                    double(bound.modules[0].busy_cycles) / cycles,
                    double(bound.modules[1].busy_cycles) / cycles,
                    double(bound.modules[2].busy_cycles) / cycles,
                    std::strrchr(text.c_str(), ' ') ? text.c_str() + text.find(' ', text.find(' ') + 1) : "");
      }
    }
  }
  REQUIRE(!all.empty());
  REQUIRE(!estimates.empty());
  for (size_t n = 0; n < by_network.size(); ++n) {
    if (!by_network[n].empty()) {
      std::printf("%-32s analytic / timed: median %.3f, 5th percentile %.3f\n",
                  property_networks()[n].name.c_str(), at(by_network[n], 0.5), at(by_network[n], 0.05));
    }
  }
  std::printf(
      "%d designs x %zu networks, %d without a program: analytic / timed median %.3f, 5th percentile %.3f, "
      "least %.3f\n",
      designs, property_networks().size(), refused, at(all, 0.5), at(all, 0.05), at(all, 0));
  std::printf(
      "the mapper's estimate / timed: median %.3f, 5th and 95th percentile %.3f, %.3f, least %.3f, most "
      "%.3f\n",
      at(estimates, 0.5), at(estimates, 0.05), at(estimates, 0.95), at(estimates, 0), at(estimates, 1));
  CHECK(at(all, 0.5) >= 0.7);
  if (constexpr size_t kEnough = 800;
      all.size() >= kEnough) {  // of fewer a design or two move the percentile
    CHECK(at(all, 0.05) >= 0.4);
  }
}

TEST_CASE("random designs: small networks of every form have legal programs, none faster than its bound") {
  Random random("random small networks");
  const int cases = designs_or(150);
  int made = 0;
  for (int i = 0; i < cases; ++i) {
    arch::DesignPoint design = random_design(random);
    for (arch::Buffer* buffer : {&design.input_buffer, &design.weight_buffer, &design.output_buffer}) {
      buffer->bytes /= 1 << random.integer(0, 6);
    }
    design.mapping.loop_order = static_cast<arch::MappingOptions::LoopOrder>(random.integer(0, 2));
    design.mapping.keep_in = static_cast<arch::MappingOptions::KeepIn>(random.integer(0, 2));
    design.mapping.keep_tensors = random.integer(0, 2) != 0;
    design.mapping.fuse_kept = random.coin();
    design.dram.ideal = random.integer(0, 9) == 0;
    design.ports.clock_mhz = random.coin() ? 0 : 50 * random.integer(2, 10);
    const quant::IntegerGraph graph = random_small_network(random);
    INFO("case " << i << "\n" << design_text(design));
    arch::RunOptions options;
    options.fidelity = arch::Fidelity::kAnalytic;
    const auto bound = arch::run(design, graph, options).result;
    std::string text;
    try {
      text = run_in_child([&] {
        arch::RunOptions timed;
        timed.check_program = true;
        const auto result = arch::run(design, graph, timed).result;
        return fmt::format("{} {}", result.cycles, result.fps);
      });
    } catch (const std::runtime_error& error) {
      INFO(error.what());
      REQUIRE(std::string(error.what()).find("no tile fits") != std::string::npos);
      continue;
    }
    ++made;
    char* end = nullptr;
    const double first = std::strtod(text.c_str(), &end);
    REQUIRE(static_cast<double>(bound.cycles) <= first);
    // All three frames: the second may have begun beside the first, which fps leaves out.
    const double seconds = first * design.cycle_ns() * 1e-9 + 2 / std::strtod(end, nullptr);
    REQUIRE(3 / seconds <= bound.fps * (1 + 1e-9));
  }
  std::printf("%d of %d have a program\n", made, cases);
  CHECK(made * 2 > cases);
}

TEST_CASE("random designs: convolutions in several blocks are computed bit for bit in every order of loops") {
  Random random("random wide networks");
  const int cases = designs_or(25);
  int made = 0;
  int inputs_outside = 0;
  for (int i = 0; i < cases; ++i) {
    arch::DesignPoint design = random_design(random);
    // Streams nearly everything, in several blocks and tiles.
    design.mapping.keep_tensors = design.mapping.fuse_blocks = false;
    using LoopOrder = arch::MappingOptions::LoopOrder;
    design.mapping.loop_order =
        std::array{LoopOrder::kBest, LoopOrder::kWeights, LoopOrder::kInputs, LoopOrder::kInputs}.at(
            static_cast<size_t>(random.integer(0, 3)));
    design.input_buffer.bytes = 1024 * random.integer(6, 24);
    design.weight_buffer.bytes = 1024 * random.integer(6, 32);
    const models::Graph graph = wide_network(random);
    INFO("case " << i << "\n" << design_text(design));
    const Prepared prepared = prepare_random(graph, {}, static_cast<uint64_t>(random.integer(1, 1 << 30)));
    arch::Program program;
    try {
      program = arch::map_network(design, prepared.graph, 1);
    } catch (const tridex::Error& error) {
      INFO(error.what());
      REQUIRE(std::string(error.what()).find("no tile fits") != std::string::npos);
      continue;
    }
    ++made;
    for (const auto& loops : program.decisions.loops) {
      inputs_outside += loops.inputs_outside ? 1 : 0;
    }
    REQUIRE(disagreement(design, prepared) == "");
  }
  std::printf("%d of %d have a program, %d layers with the inputs outside\n", made, cases, inputs_outside);
  CHECK(made * 4 > cases);
  CHECK(inputs_outside > 0);
}
