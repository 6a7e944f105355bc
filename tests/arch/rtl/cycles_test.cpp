// Cycles of the engines: no bubbles, and as many stages as arch/rtl/README.md says.
#include <catch2/catch.hpp>

#include "engine_bench.h"
#include "mat_small.h"
#include "mat_unpacked.h"
#include "random_work.h"
#include "rmac_small.h"
#include "rmac_wide.h"

using namespace tridex;
using namespace tridex::test;

namespace {

constexpr uint64_t kStages = 12, kDivideStages = 3;

/// Clocks from that of the first beat to that of the last result, both included.
template <typename Top>
uint64_t clocks_of(const EngineShape& shape, const Work& work, EngineBench<Top>& bench) {
  bench.reset();
  for (const auto& set : work.sets) {
    REQUIRE(set.size() == 1);
  }
  bench.send(work);
  REQUIRE(bench.start(work.command) == 0);
  REQUIRE(bench.run(1));
  REQUIRE(bench.results == answer(shape, work));
  return *bench.last_given - *bench.first_taken + 1;
}

/// `groups`: clocks of post-processing a packet. `stages` from a beat to its result.
template <typename Top>
void regular_packets(const EngineShape& shape, bool depthwise, int groups, uint64_t stages) {
  Random random("cycles");
  RandomWork draw(shape, random);
  EngineBench<Top> bench(shape);
  for (const int beats : {1, 2, 3, 5, 9}) {
    for (const int packets : {1, 2, 7, 40}) {
      Work work = draw.regular(packets, beats, arch::Opcode::kConv);
      work.command.depthwise = depthwise ? 1 : 0;
      // As engine_timing.h: whichever is more. The other one's share of a single packet comes on top.
      const auto array = static_cast<uint64_t>(packets * beats);
      const auto post = static_cast<uint64_t>(packets * groups);
      const auto rest = static_cast<uint64_t>(beats >= groups ? groups : beats) - 1;
      INFO(packets << " packets of " << beats << " beats and " << groups << " groups");
      CHECK(clocks_of(shape, work, bench) == std::max(array, post) + rest + stages);
    }
  }
}

}  // namespace

TEST_CASE("cycles: a command takes its beats or its results, and the stages once") {
  regular_packets<mat_small>({4, 4, 2, 2}, false, 2, kStages);
  regular_packets<rmac_small>({4, 4, 2, 2, true}, false, 2, kStages);
}

TEST_CASE("cycles: depthwise on R-MAC") {
  regular_packets<rmac_small>({4, 4, 2, 2, true}, true, 8, kStages);
}

TEST_CASE("cycles: a level of adders more with more than eight inputs") {
  regular_packets<mat_unpacked>({2, 9, 1, 1}, false, 2, kStages + 1);
  regular_packets<rmac_wide>({2, 10, 1, 2, true}, false, 1, kStages + 1);
  regular_packets<rmac_wide>({2, 10, 1, 2, true}, true, 10, kStages + 1);
}

TEST_CASE("cycles: quotients take three stages more, divisors a clock each") {
  const EngineShape shape{4, 4, 2, 2};
  Random random("attend");
  RandomWork draw(shape, random);
  EngineBench<mat_small> bench(shape);
  for (const int tokens : {1, 3, 30}) {
    for (const int beats : {1, 3}) {
      Work work = draw.regular(2 * tokens, beats, arch::Opcode::kAttend);
      work.command.num_format = 16;
      for (int i = 0; i < tokens; ++i) {
        work.packets[static_cast<size_t>(i)].divisor = true;
      }
      work.packets[static_cast<size_t>(tokens)].new_set = true;
      work.sets.push_back(work.sets.front());
      const int array = 2 * tokens * beats;
      const int post = tokens * beats + 2 * tokens;  // divisors come as fast as the array makes them
      const auto bound = static_cast<uint64_t>(beats >= 2 ? array + 1 : post + beats - 1);
      CHECK(clocks_of(shape, work, bench) == bound + kStages + kDivideStages);
    }
  }
}

TEST_CASE("cycles: a context's row sum takes a clock of post-processing") {
  const EngineShape shape{4, 4, 2, 2};
  Random random("context");
  RandomWork draw(shape, random);
  EngineBench<mat_small> bench(shape);
  for (const int beats : {1, 2, 3, 5}) {
    Work work = draw.regular(10, beats, arch::Opcode::kContext);
    for (Packet& packet : work.packets) {
      packet.row_sum = true;
    }
    const int groups = 3;
    CHECK(clocks_of(shape, work, bench) ==
          static_cast<uint64_t>(10 * std::max(beats, groups) + std::min(beats, groups) - 1) + kStages);
  }
}

TEST_CASE("cycles: commands follow each other in the clock behind the last result") {
  const EngineShape shape{4, 4, 2, 2};
  Random random("following");
  RandomWork draw(shape, random);
  EngineBench<mat_small> bench(shape);
  const Work work = draw.regular(20, 3, arch::Opcode::kConv);
  const uint64_t alone = clocks_of(shape, work, bench);
  bench.reset();
  bench.send(work);
  bench.send(work);
  REQUIRE(bench.start(work.command) == 0);
  REQUIRE(bench.write(arch::Command::kWords * 4, 1) == 0);
  REQUIRE(bench.run(2));
  CHECK(*bench.last_given - *bench.first_taken + 1 == 2 * alone);
}

TEST_CASE("cycles: the first beat is taken in the clock behind the start's") {
  const EngineShape shape{4, 4, 2, 2};
  Random random("start");
  RandomWork draw(shape, random);
  EngineBench<mat_small> bench(shape);
  const Work work = draw.regular(1, 1, arch::Opcode::kConv);
  bench.send(work);
  for (int i = 0; i < 20; ++i) {
    bench.step();
  }
  CHECK_FALSE(bench.first_taken);
  REQUIRE(bench.start(work.command) == 0);  // returns with the response, the clock behind
  CHECK(*bench.first_taken == bench.clock);
  CHECK(*bench.first_taken == *bench.start_taken + 1);
}
