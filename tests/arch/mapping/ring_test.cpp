#include "arch/mapping/ring.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "support/random.h"

using namespace tridex::arch;

TEST_CASE("ring: what exactly fits is given, one byte more is not") {
  Ring ring(1024);
  Users wait;
  const int64_t first = ring.allocate(512, wait);
  REQUIRE(first == 0);
  CHECK(Ring(ring).allocate(512, wait) == 512);
  CHECK(Ring(ring).allocate(513, wait) == -1);
  CHECK(Ring(1024).allocate(1024, wait) == 0);
  CHECK(Ring(1024).allocate(1025, wait) == -1);
}

TEST_CASE("ring: a region that is handed out again carries its users") {
  Ring ring(256);
  Users none;
  const int64_t a = ring.allocate(128, none);
  const int64_t b = ring.allocate(128, none);
  ring.add_user(a, kLoadUnit, 3);
  ring.add_user(a, kEngine0, 4);
  ring.add_user(b, kEngine0, 9);
  ring.release(a);
  Users wait;
  CHECK(ring.allocate(64, wait) == a);
  CHECK(wait.last[kLoadUnit] == 3);
  CHECK(wait.last[kEngine0] == 4);
  // The other half of the old region still carries them too.
  Users again;
  CHECK(ring.allocate(64, again) == a + 64);
  CHECK(again.last[kEngine0] == 4);
}

TEST_CASE("ring: random allocations never overlap what is live, and wait for all that overlapped") {
  tridex::test::Random random("ring");
  for (int round = 0; round < 50; ++round) {
    Ring ring(4096);
    std::map<int64_t, int64_t> live;  // begin -> end
    std::vector<std::pair<int64_t, uint32_t>> owner(4096 / 64, {-1, kNoInstruction});
    uint32_t id = 0;
    for (int step = 0; step < 300; ++step) {
      if (!live.empty() && random.coin()) {
        auto victim = std::next(live.begin(), random.integer(0, static_cast<int>(live.size()) - 1));
        ring.release(victim->first);
        live.erase(victim);
        continue;
      }
      const int64_t bytes = random.integer(1, 1200);
      Users wait;
      const int64_t at = ring.allocate(bytes, wait);
      if (at < 0) {
        continue;
      }
      const int64_t end = at + (bytes + 63) / 64 * 64;
      REQUIRE(end <= 4096);
      for (const auto& [b, e] : live) {
        REQUIRE((end <= b || e <= at));
      }
      // One unit, in order: waiting for the youngest user of the slots is waiting for all of them.
      uint32_t youngest = kNoInstruction;
      for (int64_t slot = at / 64; slot < end / 64; ++slot) {
        const uint32_t user = owner[static_cast<size_t>(slot)].second;
        if (user != kNoInstruction && (youngest == kNoInstruction || user > youngest)) {
          youngest = user;
        }
        owner[static_cast<size_t>(slot)].second = id;
      }
      if (youngest == kNoInstruction) {
        REQUIRE(wait.last[kEngine0] == kNoInstruction);
      } else {
        REQUIRE(wait.last[kEngine0] != kNoInstruction);
        REQUIRE(wait.last[kEngine0] >= youngest);
      }
      ring.add_user(at, kEngine0, id++);
      live[at] = end;
    }
  }
}

TEST_CASE("ring: places lie above the limit, and nothing is placed over what lives") {
  Ring ring(1024);
  Users wait;
  ring.place(512, 512, wait);
  ring.set_limit(512);
  CHECK(Ring(ring).allocate(512, wait) == 0);
  CHECK(Ring(ring).allocate(513, wait) == -1);
  CHECK_THROWS_AS(ring.place(448, 128, wait), std::logic_error);
  CHECK_THROWS_AS(ring.place(1024, 64, wait), std::logic_error);
  ring.add_user(512, kEngine1, 7);
  ring.release(512);
  Users before;
  ring.place(960, 64, before);
  CHECK(before.last[kEngine1] == 7);
}
