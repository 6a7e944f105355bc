// Command registers of an engine, and reset.
#include <catch2/catch.hpp>

#include "engine_bench.h"
#include "mat_small.h"
#include "random_work.h"

using namespace tridex;
using namespace tridex::test;

namespace {

constexpr EngineShape kShape{4, 4, 2, 2};
constexpr int kOkay = 0, kSlaveError = 2;
constexpr uint32_t kStart = arch::Command::kWords * 4, kStatus = kStart + 4;

}  // namespace

TEST_CASE("registers: two commands under way, a third one is refused and changes nothing") {
  Random random("starts");
  RandomWork draw(kShape, random);
  EngineBench<mat_small> bench(kShape);
  CHECK(bench.read(kStatus).data == 0);
  const Work first = draw.conv();
  const Work second = draw.conv();
  const Work third = draw.conv();
  REQUIRE(bench.start(first.command) == kOkay);
  CHECK(bench.read(kStatus).data == 1);
  REQUIRE(bench.start(second.command) == kOkay);
  CHECK(bench.read(kStatus).data == 2);
  REQUIRE(bench.start(third.command) == kSlaveError);
  CHECK(bench.read(kStatus).data == 2);
  bench.send(first);
  bench.send(second);
  REQUIRE(bench.run(1));
  CHECK(bench.read(kStatus).data == 1);
  REQUIRE(bench.run(2));
  auto expected = answer(kShape, first);
  const auto more = answer(kShape, second);
  expected.insert(expected.end(), more.begin(), more.end());
  CHECK(bench.results == expected);
  CHECK(bench.read(kStatus).data == 0);
  // The words of the refused one are still there.
  bench.send(third);
  REQUIRE(bench.write(kStart, 1) == kOkay);
  REQUIRE(bench.run(3));
  const auto last = answer(kShape, third);
  REQUIRE(bench.results.size() == expected.size() + last.size());
  CHECK(std::equal(last.begin(), last.end(), bench.results.end() - static_cast<long>(last.size())));
}

TEST_CASE("registers: what is no access to a word is answered with SLVERR") {
  EngineBench<mat_small> bench(kShape);
  CHECK(bench.write(0, 1) == kOkay);
  CHECK(bench.write(kStart - 4, 1) == kOkay);
  CHECK(bench.write(kStart, 0) == kOkay);  // starts nothing
  CHECK(bench.write(kStart, 2) == kOkay);
  CHECK(bench.read(kStatus).data == 0);
  CHECK(bench.write(kStatus, 1) == kSlaveError);
  CHECK(bench.write(kStatus + 4, 1) == kSlaveError);
  CHECK(bench.write(0xffc, 1) == kSlaveError);
  CHECK(bench.write(kStart + 2, 1) == kSlaveError);
  for (uint32_t strobes = 0; strobes < 15; ++strobes) {
    CHECK(bench.write(kStart, 1, strobes) == kSlaveError);
  }
  CHECK(bench.read(kStatus).data == 0);
  CHECK(bench.read(kStatus).response == kOkay);
  CHECK(bench.read(kStart).response == kSlaveError);
  CHECK(bench.read(0).response == kSlaveError);
  CHECK(bench.read(kStatus + 4).response == kSlaveError);
}

TEST_CASE("registers: words may be written while commands run") {
  Random random("words");
  RandomWork draw(kShape, random);
  EngineBench<mat_small> bench(kShape);
  for (int round = 0; round < 20; ++round) {
    const Work work = draw.conv();
    REQUIRE(bench.start(work.command) == kOkay);
    const Work other = draw.attend();
    uint32_t address = 0;
    for (const int32_t word : other.command.encode()) {
      REQUIRE(bench.write(address, static_cast<uint32_t>(word)) == kOkay);
      address += 4;
    }
    bench.results.clear();
    bench.done = 0;
    bench.send(work);
    REQUIRE(bench.run(1));
    REQUIRE(bench.results == answer(kShape, work));
  }
}

TEST_CASE("reset in the middle of commands: nothing of them is left") {
  Random random("reset");
  RandomWork draw(kShape, random);
  EngineBench<mat_small> bench(kShape);
  for (int round = 0; round < 200; ++round) {
    bench.willing = [&] { return random.integer(0, 3) > 0; };
    const Work broken = random.coin() ? draw.conv() : draw.attend();
    bench.send(broken);
    REQUIRE(bench.start(broken.command) == kOkay);
    const int clocks = random.integer(0, 60);
    for (int i = 0; i < clocks; ++i) {
      bench.step();
    }
    bench.reset();
    CHECK(bench.read(kStatus).data == 0);
    for (int i = 0; i < 30; ++i) {
      bench.step();
    }
    REQUIRE(bench.results.empty());
    REQUIRE(bench.done == 0);
    const Work work = random.coin() ? draw.conv() : draw.attend();
    bench.send(work);
    REQUIRE(bench.start(work.command) == kOkay);
    REQUIRE(bench.run(1));
    REQUIRE(bench.results == answer(kShape, work));
  }
}
