// Engines at their pins: random packets against a plain reading of arch/rtl/README.md.
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

/// Commands of each kind, with streams that wait now and then or not at all; the next command is started
/// while one runs.
template <typename Top>
void random_commands(const EngineShape& shape, const char* name,
                     const std::vector<Work (RandomWork::*)()>& kinds) {
  Random random(name);
  RandomWork draw(shape, random);
  EngineBench<Top> bench(shape);
  for (int round = 0; round < 60; ++round) {
    const int wait = random.integer(0, 3);  // of ten clocks, times two
    bench.willing = [&] { return random.integer(0, 9) >= 2 * wait; };
    const int count = random.integer(1, 2);
    std::vector<ResultBeat> expected;
    bench.results.clear();
    bench.ends.clear();
    bench.done = 0;
    std::vector<size_t> ends;
    for (int i = 0; i < count; ++i) {
      const auto kind = kinds[static_cast<size_t>(random.integer(0, static_cast<int>(kinds.size()) - 1))];
      const Work work = (draw.*kind)();
      bench.send(work);
      REQUIRE(bench.start(work.command) == 0);
      const auto more = answer(shape, work);
      expected.insert(expected.end(), more.begin(), more.end());
      ends.push_back(expected.size());
    }
    INFO(name << ", round " << round);
    REQUIRE(bench.run(count));
    REQUIRE(bench.all_taken());
    REQUIRE(bench.ends == ends);
    REQUIRE(bench.results.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      INFO("clock with results " << i);
      REQUIRE(bench.results[i] == expected[i]);
    }
    for (int i = 0; i < 30; ++i) {
      bench.step();  // nothing comes behind
    }
    REQUIRE(bench.done == count);
    REQUIRE(bench.results.size() == expected.size());
  }
}

}  // namespace

TEST_CASE("MAT: random commands, bit for bit") {
  random_commands<mat_small>({4, 4, 2, 2}, "mat 4 x 4 x 2",
                             {&RandomWork::conv, &RandomWork::context, &RandomWork::attend});
}

TEST_CASE("operands of more than one level of adders, one product a DSP, one lane of post-processing") {
  random_commands<mat_unpacked>({2, 9, 1, 1}, "mat 2 x 9",
                                {&RandomWork::conv, &RandomWork::context, &RandomWork::attend});
}

TEST_CASE("R-MAC: more inputs than lanes, two levels of adders") {
  random_commands<rmac_wide>(
      {2, 10, 1, 2, true}, "R-MAC 2 x 10",
      {&RandomWork::conv, &RandomWork::depthwise, &RandomWork::context, &RandomWork::attend});
}

TEST_CASE("R-MAC: random commands, bit for bit") {
  random_commands<rmac_small>(
      {4, 4, 2, 2, true}, "R-MAC 4 x 4 x 2",
      {&RandomWork::conv, &RandomWork::depthwise, &RandomWork::context, &RandomWork::attend});
}
