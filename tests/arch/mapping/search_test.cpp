#include "arch/mapping/search.h"

#include <catch2/catch.hpp>

#include "arch/mapping/check_program.h"
#include "arch/mapping/estimate.h"
#include "trio_vit.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

struct Result {
  double cycles;
  int64_t bytes;
};

Result searched(const std::vector<std::string>& keys, const quant::IntegerGraph& graph) {
  const DesignPoint machine = trio_vit(keys);
  const Program program = search_program(machine, graph, 1);
  CHECK(check_program(machine, graph, program).empty());
  const Estimate times = estimate(machine, program);
  return {times.frames().back(), times.moved_bytes()};
}

}  // namespace

TEST_CASE("search: more programs are not worse, by the estimate, in what is asked for") {
  const quant::IntegerGraph graph = shapes("mobilenet_v2_r224");
  for (const char* buffers : {"96", "256", "1024"}) {
    INFO(buffers);
    const std::vector<std::string> base{std::string("buffers.input.kib=") + buffers,
                                        std::string("buffers.output.kib=") + buffers, "ports.count=2"};
    const auto with = [&](const std::string& search, const std::string& objective) {
      auto keys = base;
      keys.push_back("mapping.search=" + search);
      keys.push_back("mapping.objective=" + objective);
      return searched(keys, graph);
    };
    const Result none = with("none", "latency");
    const Result fast = with("fast", "latency");
    const Result full = with("full", "latency");
    CHECK(fast.cycles <= none.cycles);
    CHECK(full.cycles <= fast.cycles);
    const Result traffic = with("full", "traffic");
    CHECK(traffic.bytes <= full.bytes);
    CHECK(traffic.cycles >= full.cycles);
    const Result energy = with("full", "energy");
    CHECK(energy.cycles >= full.cycles);
    CHECK(energy.bytes >= traffic.bytes);
  }
}

TEST_CASE("search: the same program every time") {
  const quant::IntegerGraph graph = shapes("efficientvit_b0_r224");
  const DesignPoint machine = trio_vit({"mapping.search=full", "buffers.input.kib=128"});
  const Program one = search_program(machine, graph, 2);
  const Program other = search_program(machine, graph, 2);
  REQUIRE(one.instructions.size() == other.instructions.size());
  CHECK(one.waits == other.waits);
  for (size_t i = 0; i < one.commands.size(); ++i) {
    REQUIRE(one.commands[i].encode() == other.commands[i].encode());
  }
}

TEST_CASE("search: an objective that cannot be computed is refused with its reason") {
  const quant::IntegerGraph graph = shapes("efficientvit_b0_r64");
  CHECK_THROWS_WITH(
      search_program(trio_vit({"mapping.objective=energy", "memory.name=hbm2"}), graph, 1),
      Catch::Matchers::Contains("mapping.objective: energy") && Catch::Matchers::Contains("hbm2"));
}

TEST_CASE("search: a program is made wherever one row of each layer fits, whatever the options") {
  const quant::IntegerGraph graph = shapes("efficientvit_b0_r224");
  // One row of the widest layer, twice, is about 14 KiB; the largest block of weights about 200 KiB.
  int made = 0;
  for (int kib = 16; kib <= 64; kib += 4) {
    const std::string size = std::to_string(kib);
    try {
      searched({"buffers.input.kib=" + size, "buffers.output.kib=" + size}, graph);
      ++made;
    } catch (const std::exception& error) {
      INFO(error.what());
      CHECK(made == 0);  // once it fits, it fits
      CHECK_THAT(error.what(), Catch::Matchers::Contains("no tile fits"));
    }
  }
  CHECK(made > 0);
}
