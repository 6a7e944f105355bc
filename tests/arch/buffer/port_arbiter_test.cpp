#include "arch/buffer/port_arbiter.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

#include "support/random.h"

using tridex::arch::PortArbiter;

namespace {

constexpr int64_t kLast = 1'000'000;  // after everything

struct Work {
  int64_t start, due, bytes;
};

/// When commands that all begin at their start have passed, one of each user.
std::vector<int64_t> ends(int64_t width, std::vector<Work> commands, std::vector<Work> runs = {}) {
  PortArbiter port(width);
  for (size_t i = 0; i < commands.size(); ++i) {
    port.add_user();
  }
  for (const Work& run : runs) {
    port.transfer(run.start, run.bytes);
  }
  std::vector<size_t> order(commands.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return commands[a].start < commands[b].start; });
  for (const size_t i : order) {
    port.begin(i, commands[i].start, commands[i].start, commands[i].due, commands[i].bytes);
  }
  std::vector<int64_t> passed;
  for (size_t i = 0; i < commands.size(); ++i) {
    passed.push_back(port.passed(i, kLast));
  }
  return passed;
}

/// The same, literally: each byte of a cycle goes to the run, or to the command, whose turn it is.
std::vector<int64_t> literal_ends(int64_t width, std::vector<Work> commands, std::vector<Work> runs) {
  std::vector<int64_t> passed(commands.size(), 0);
  const auto left = [](const std::vector<Work>& work) {
    return std::any_of(work.begin(), work.end(), [](const Work& w) { return w.bytes > 0; });
  };
  for (int64_t cycle = 0; left(commands) || left(runs); ++cycle) {
    for (int64_t byte = 0; byte < width; ++byte) {
      Work* next = nullptr;
      for (Work& run : runs) {
        if (next == nullptr && run.bytes > 0 && run.start <= cycle) {
          next = &run;
        }
      }
      const bool is_run = next != nullptr;
      for (Work& command : commands) {
        if (!is_run && command.bytes > 0 && command.start <= cycle &&
            (next == nullptr || command.due < next->due)) {
          next = &command;
        }
      }
      if (next != nullptr && --next->bytes == 0 && !is_run) {
        passed[static_cast<size_t>(next - commands.data())] = cycle + 1;
      }
    }
  }
  return passed;
}

}  // namespace

TEST_CASE(
    "port: two commands that fill it side by side are both in time, with a byte more one is a cycle late") {
  // 100 cycles of 16 bytes.
  CHECK(ends(16, {{0, 100, 800}, {0, 100, 800}})[1] == 100);
  CHECK(ends(16, {{0, 100, 800}, {0, 100, 801}})[1] == 101);
  CHECK(ends(16, {{0, 100, 400}, {0, 100, 1200}}) == std::vector<int64_t>{25, 100});
  CHECK(ends(16, {{0, 100, 400}, {0, 100, 1201}}) == std::vector<int64_t>{25, 101});
  // One that needs all of the port in a part of the other's time: the other has the rest.
  CHECK(ends(16, {{0, 100, 800}, {40, 90, 800}}) == std::vector<int64_t>{100, 90});
  CHECK(ends(16, {{0, 100, 801}, {40, 90, 800}}) == std::vector<int64_t>{101, 90});
  // Both need all of it: the sum, and no more.
  CHECK(ends(16, {{0, 100, 1600}, {0, 100, 1600}}) == std::vector<int64_t>{100, 200});
}

TEST_CASE("port: three users share it as two do") {
  CHECK(ends(10, {{0, 90, 300}, {0, 90, 300}, {0, 90, 300}}) == std::vector<int64_t>{30, 60, 90});
  CHECK(ends(10, {{0, 90, 300}, {0, 90, 300}, {0, 90, 301}}) == std::vector<int64_t>{30, 60, 91});
  CHECK(ends(10, {{0, 90, 900}, {0, 90, 900}, {0, 90, 900}}) == std::vector<int64_t>{90, 180, 270});
}

TEST_CASE("port: a command's end is known ahead, and moves when one comes that is due before it") {
  PortArbiter port(10);
  const size_t first = port.add_user();
  const size_t second = port.add_user();
  port.begin(first, 0, 4, 104, 1000);
  CHECK(port.passed(first, 0) == 104);
  port.begin(second, 50, 50, 60, 100);
  CHECK(port.passed(first, 50) == 114);
  CHECK(port.passed(second, 50) == 60);
  CHECK(port.passed(first, 113) == 114);
  CHECK_THROWS_AS(port.begin(first, 113, 113, 120, 1), std::logic_error);
  CHECK_NOTHROW(port.begin(first, 114, 114, 120, 1));
  CHECK(port.passed(second, 120) == 60);
}

TEST_CASE("port: transfers go first, in the order in which they begin") {
  CHECK(ends(16, {{0, 100, 1600 - 64}}, {{50, 0, 64}}) == std::vector<int64_t>{100});
  CHECK(ends(16, {{0, 100, 1600 - 63}}, {{50, 0, 64}}) == std::vector<int64_t>{101});
  PortArbiter port(16);
  CHECK(port.transfer(10, 32) == 12);
  CHECK(port.transfer(10, 17) == 14);  // a byte of the fourth cycle
  CHECK(port.transfer(5, 16) == 6);    // told later, before them
  CHECK(port.transfer(9, 32) == 11);   // one cycle of it is that of the first, which goes on behind it
  CHECK(port.transfer(11, 16) == 16);
}

TEST_CASE("port: at random, it does what its rule says byte by byte") {
  tridex::test::Random random("port arbiter");
  for (int i = 0; i < 2000; ++i) {
    const int64_t width = random.integer(1, 12);
    std::vector<Work> commands;
    std::vector<Work> runs;
    for (int k = random.integer(1, 5); k > 0; --k) {
      const int64_t start = random.integer(0, 30);
      commands.push_back({start, start + random.integer(1, 40), random.integer(1, 300)});
    }
    for (int k = random.integer(0, 4); k > 0; --k) {
      runs.push_back({random.integer(0, 60), 0, random.integer(1, 100)});
    }
    INFO("case " << i);
    CHECK(ends(width, commands, runs) == literal_ends(width, commands, runs));
  }
}

TEST_CASE("port: at random, no command is late where any order could have all in time") {
  // All can be in time if and only if in every span of time what must pass inside it does (the processor
  // demand of earliest deadline first).
  tridex::test::Random random("port demand");
  int in_time = 0;
  int late = 0;
  for (int i = 0; i < 2000; ++i) {
    const int64_t width = random.integer(1, 9);
    std::vector<Work> commands;
    for (int k = random.integer(2, 5); k > 0; --k) {
      const int64_t start = random.integer(0, 30);
      const int64_t cycles = random.integer(1, 40);
      commands.push_back({start, start + cycles, random.integer(1, static_cast<int>(width * cycles))});
    }
    bool fits = true;
    for (const Work& first : commands) {
      for (const Work& last : commands) {
        int64_t inside = 0;
        for (const Work& c : commands) {
          inside += c.start >= first.start && c.due <= last.due ? c.bytes : 0;
        }
        fits = fits && inside <= width * std::max<int64_t>(0, last.due - first.start);
      }
    }
    const std::vector<int64_t> passed = ends(width, commands);
    bool all = true;
    for (size_t k = 0; k < commands.size(); ++k) {
      all = all && passed[k] <= commands[k].due;
    }
    INFO("case " << i);
    CHECK(all == fits);
    ++(fits ? in_time : late);
    // One with fewer bytes delays nobody more.
    const auto less = static_cast<size_t>(random.integer(0, static_cast<int>(commands.size()) - 1));
    commands[less].bytes -= random.integer(0, static_cast<int>(commands[less].bytes) - 1);
    const std::vector<int64_t> sooner = ends(width, commands);
    for (size_t k = 0; k < commands.size(); ++k) {
      CHECK(sooner[k] <= passed[k]);
    }
  }
  CHECK(in_time > 100);
  CHECK(late > 100);
}

TEST_CASE("port: asking, and forgetting what has passed, changes nothing") {
  tridex::test::Random random("port questions");
  for (int i = 0; i < 50; ++i) {
    PortArbiter asked(8);
    PortArbiter quiet(8);
    for (int user = 0; user < 3; ++user) {
      asked.add_user();
      quiet.add_user();
    }
    std::vector<int64_t> due(3, 0);
    int64_t now = 0;
    for (int k = 0; k < 300; ++k) {
      now += random.integer(0, 6);
      const int64_t from = now + random.integer(0, 20);
      const int64_t bytes = random.integer(1, 60);
      CHECK(asked.transfer(from, bytes) >= from + (bytes + 7) / 8);
      quiet.transfer(from, bytes);
      asked.advance(now);
      const auto user = static_cast<size_t>(random.integer(0, 2));
      const int64_t passed = asked.passed(user, now);
      if (passed <= now) {
        CHECK(quiet.passed(user, now) == passed);
        const int64_t read = random.integer(1, 200);
        asked.begin(user, now, now + 1, now + 20, read);
        quiet.begin(user, now, now + 1, now + 20, read);
      }
    }
  }
}
