#include "arch/dram/fr_fcfs_channel.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>

#include "arch/dram/channel_model.h"
#include "jedec_checker.h"
#include "literal_fr_fcfs.h"
#include "random_runs.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::arch;
using test::Run;

namespace {

struct Served {
  std::vector<DramCommand> trace;
  std::vector<int64_t> ends;  // of each run
  ChannelCounts counts;
  int64_t streamed = 0, planned = 0, cut = 0;
  std::vector<RunTime> times;  // of each run
  [[nodiscard]] int64_t end() const { return *std::max_element(ends.begin(), ends.end()); }
};

/// Serves the runs, advancing to `stops` clocks at random on the way; every end is known when its event
/// comes.
Served serve(const DramTiming& t, const std::vector<Run>& runs, test::Random* stops = nullptr,
             bool record = true) {
  FrFcfsChannel channel(t);
  Served served;
  served.ends.assign(runs.size(), -1);
  served.times.resize(runs.size());
  channel.record(record ? &served.trace : nullptr);
  std::vector<Channel::Finished> finished;
  const auto advance = [&](int64_t clock) {
    const int64_t event = channel.next_event();
    channel.advance(clock);
    REQUIRE(channel.next_event() > clock);  // or the loops that follow it would not end
    channel.take_finished(finished);
    for (const Channel::Finished& f : finished) {
      CHECK(served.ends[static_cast<size_t>(f.id)] == -1);
      CHECK(f.clock >= event);  // that nothing ends before was promised
      served.ends[static_cast<size_t>(f.id)] = f.clock;
      served.times[static_cast<size_t>(f.id)] = f.time;
      const Run& run = runs[static_cast<size_t>(f.id)];
      const RunTime& time = f.time;
      const int64_t latency = run.write ? t.cwl : t.cl;
      REQUIRE(std::min({time.refresh, time.row_miss, time.turnaround, time.queue}) >= 0);
      REQUIRE(time.data == run.count * t.burst_clocks());
      REQUIRE(time.refresh + time.row_miss + time.turnaround + time.queue + time.data <=
              f.clock - latency - run.arrival);
    }
    finished.clear();
  };
  int64_t clock = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    while (stops != nullptr && clock < runs[i].arrival && stops->coin()) {
      clock += stops->integer(0, static_cast<int>(runs[i].arrival - clock));
      advance(clock);
    }
    channel.enqueue(static_cast<int64_t>(i), runs[i].arrival, runs[i].line, runs[i].count, runs[i].write);
  }
  while (channel.next_event() != Channel::kNever) {
    advance(channel.next_event());
  }
  served.counts = channel.counts();
  served.streamed = channel.streamed();
  served.planned = channel.planned();
  served.cut = channel.cut();
  return served;
}

DramController random_controller(test::Random& random) {
  DramController c;
  c.kind = DramController::Kind::kFrFcfs;
  c.page = random.coin() ? DramController::Page::kOpen : DramController::Page::kClosed;
  c.read_queue = random.integer(1, 40);
  c.write_queue = random.integer(1, 40);
  c.write_high = random.integer(0, c.write_queue);
  c.write_low = random.integer(0, c.write_high);
  c.max_wait = random.coin() ? 0 : random.integer(1, 3000);
  return c;
}

/// Lines at random in a small piece of memory, and runs that come back to few rows.
std::vector<Run> mixed_runs(test::Random& random, int count) {
  std::vector<Run> runs = test::random_runs(static_cast<uint64_t>(random.integer(0, 1 << 30)), count);
  for (Run& run : runs) {
    if (random.coin()) {
      run.line = random.integer(0, 1 << 16);
      run.count = random.integer(1, 3);
    }
  }
  return runs;
}

int64_t fcfs_end(const DramTiming& t, const std::vector<Run>& runs, ChannelCounts* counts = nullptr) {
  ChannelModel model(t);
  int64_t end = 0;
  for (const Run& run : runs) {
    end = std::max(end, model.access(run.arrival, run.line, run.count, run.write).last_end);
  }
  if (counts != nullptr) {
    *counts = {model.accesses(), model.activates(), model.activates(), model.refreshes()};
  }
  return end;
}

std::string first_violation(const DramTiming& t, const std::vector<DramCommand>& trace) {
  const auto report = test::check_jedec(t, trace);
  return report.violations.empty() ? "" : report.violations.front();
}

/// Up to four streams a direction, in runs of up to 64 lines that come in bursts, some of them tiles: what
/// the DMA sends. Runs begin at whole blocks or anywhere; streams share banks or do not.
std::vector<Run> streams(test::Random& random, const DramTiming& t, int count) {
  const int row_lines = t.row_bytes / t.line_bytes() * t.bank_groups;
  struct Stream {
    int64_t line, step, count;
    bool write;
  };
  std::vector<Stream> sources;
  for (int i = random.integer(1, 6); i > 0; --i) {
    const int64_t lines = random.coin() ? 64 : random.integer(1, 64);
    const int64_t first = random.integer(0, 3) * row_lines + random.integer(0, 7) * 64;
    sources.push_back({first + (random.coin() ? 0 : random.integer(0, 63)),
                       random.integer(0, 2) > 0 ? lines : lines + random.integer(0, 2 * row_lines), lines,
                       random.integer(0, 2) == 0});
  }
  std::vector<Run> runs;
  int64_t clock = 0;
  while (static_cast<int>(runs.size()) < count) {
    clock += random.coin() ? random.integer(0, 8) : random.integer(0, 1000);
    Stream& stream = sources[static_cast<size_t>(random.integer(0, static_cast<int>(sources.size()) - 1))];
    for (int i = random.integer(1, 8); i > 0; --i, stream.line += stream.step) {
      runs.push_back({clock, stream.line, stream.count, stream.write});
    }
  }
  return runs;
}

void check_literal(const DramTiming& t, const std::vector<Run>& runs, const std::vector<DramCommand>& trace) {
  test::LiteralFrFcfs literal(t);
  for (const Run& run : runs) {
    for (int64_t k = 0; k < run.count; ++k) {
      literal.enqueue(run.arrival, run.line + k, run.write);
    }
  }
  int64_t clock = 0;
  while (literal.step(clock)) {
    ++clock;
  }
  const auto list = [](const std::vector<DramCommand>& commands, int64_t until) {
    std::vector<std::tuple<int64_t, int, int, int, int, int>> items;
    for (const DramCommand& c : commands) {
      const bool moves = c.kind == DramCommand::Kind::kRead || c.kind == DramCommand::Kind::kWrite;
      if (c.clock <= until) {
        items.emplace_back(c.clock, static_cast<int>(c.kind), c.group, c.bank, c.row, moves ? c.column : 0);
      }
    }
    return items;
  };
  const auto ours = list(trace, clock);
  const auto theirs = list(literal.commands(), clock);
  const auto differ = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
  REQUIRE(differ.first - ours.begin() == static_cast<std::ptrdiff_t>(theirs.size()));
  REQUIRE(ours.size() == theirs.size());
}

}  // namespace

TEST_CASE("fr_fcfs: the model is the literal one, command by command") {
  test::Random random("fr_fcfs literal");
  for (int i = 0; i < 24; ++i) {
    const auto shapes = test::timings();
    DramTiming t = shapes[static_cast<size_t>(i) % shapes.size()];
    t.controller = random_controller(random);
    INFO("case " << i);
    const std::vector<Run> runs = mixed_runs(random, 40);
    check_literal(t, runs, serve(t, runs).trace);
  }
}

TEST_CASE(
    "fr_fcfs: streams, which are moved together, are the literal ones, from their entry to their exit") {
  test::Random random("fr_fcfs streams");
  int64_t lines = 0;
  int64_t streamed = 0;
  int64_t planned = 0;
  for (int i = 0; i < 24; ++i) {
    const auto shapes = test::timings();
    DramTiming t = shapes[static_cast<size_t>(i) % shapes.size()];
    if (random.coin()) {
      t.controller = random_controller(random);
      t.controller.page = DramController::Page::kOpen;
    }
    INFO("case " << i);
    const std::vector<Run> runs = streams(random, t, 40);
    const Served served = serve(t, runs);
    check_literal(t, runs, served.trace);
    lines += served.counts.lines;
    streamed += served.streamed;
    // Where nothing is recorded, lines that only pass through the queue are not looked at one by one.
    const Served unseen = serve(t, runs, nullptr, false);
    CHECK(unseen.ends == served.ends);
    CHECK(unseen.counts.row_misses == served.counts.row_misses);
    const Served stopped = serve(t, runs, &random, false);
    CHECK(stopped.ends == served.ends);
    CHECK((unseen.times == served.times));
    CHECK((stopped.times == served.times));
    planned += stopped.planned;
  }
  CHECK(planned > 48);
  CHECK(streamed > lines / 10);
  CHECK(streamed < lines);
}

TEST_CASE("fr_fcfs: a stream that is known ahead is cut where a run of the other direction arrives") {
  test::Random random("fr_fcfs cut");
  int64_t cut = 0;
  int64_t planned = 0;
  for (int i = 0; i < 24; ++i) {
    const auto shapes = test::timings();
    DramTiming t = shapes[static_cast<size_t>(i) % shapes.size()];
    if (random.coin()) {
      t.controller = random_controller(random);
      t.controller.page = DramController::Page::kOpen;
    }
    INFO("case " << i);
    const bool write = random.coin();  // the stream's direction
    std::vector<Run> runs;
    for (int64_t k = 0; k < 24; ++k) {
      runs.push_back({0, k * 64, 64, write});
    }
    for (int64_t clock = 0; clock < 24 * 64 * t.tccd_s; clock += random.integer(1, 300)) {
      const bool other = random.integer(0, 3) > 0;
      runs.push_back({clock, (other ? 1 << 16 : 24 * 64) + clock / 8, random.integer(1, 6), other != write});
    }
    const Served served = serve(t, runs, &random);
    check_literal(t, runs, served.trace);
    const Served whole = serve(t, runs);
    CHECK(whole.ends == served.ends);
    CHECK((whole.times == served.times));
    cut += served.cut;
    planned += served.planned;
  }
  CHECK(cut > 24);
  CHECK(planned > cut);
}

TEST_CASE("fr_fcfs: every rule is kept, each line is moved once, and it does not depend on the stops") {
  test::Random random("fr_fcfs properties");
  for (int i = 0; i < 24; ++i) {
    const auto shapes = test::timings();
    DramTiming t = shapes[static_cast<size_t>(i) % shapes.size()];
    t.controller = random_controller(random);
    const std::vector<Run> runs = mixed_runs(random, 300);
    const Served served = serve(t, runs);
    INFO("case " << i);
    CHECK(first_violation(t, served.trace) == "");

    const AddressMap map(t);
    using Line = std::tuple<bool, int, int, int, int>;
    std::map<Line, int> left;
    int64_t lines = 0;
    for (const Run& run : runs) {
      lines += run.count;
      for (int64_t k = 0; k < run.count; ++k) {
        const LinePlace p = map.place(run.line + k);
        ++left[{run.write, p.group, p.bank, p.row, p.column}];
      }
    }
    for (const DramCommand& c : served.trace) {
      if (c.kind == DramCommand::Kind::kRead || c.kind == DramCommand::Kind::kWrite) {
        --left[{c.kind == DramCommand::Kind::kWrite, c.group, c.bank, c.row, c.column}];
      }
    }
    CHECK(std::all_of(left.begin(), left.end(), [](const auto& item) { return item.second == 0; }));
    CHECK(served.counts.lines == lines);
    CHECK(served.counts.row_misses <= served.counts.activates);
    for (size_t r = 0; r < runs.size(); ++r) {
      CHECK(served.ends[r] >=
            runs[r].arrival + 1 + (runs[r].count - 1) * t.tccd_s + t.cwl + t.burst_clocks());
    }

    const Served again = serve(t, runs, &random);
    CHECK(again.ends == served.ends);
    CHECK((again.times == served.times));
  }
}

TEST_CASE("fr_fcfs: a run's time is told apart by what the data bus did") {
  DramTiming t;
  // Of 64 lines that find closed rows: ACT one clock after the arrival, RD tRCD later.
  const std::vector<Run> two{{0, 0, 64, false}, {0, 64, 64, false}};
  CHECK(serve(t, two).times == std::vector<RunTime>{{0, 17, 0, 0, 256}, {0, 17, 0, 256, 256}});
  // Writes wait for the reads, then for the bus to turn, CL + 4 + 2 - CWL from RD to WR, of which a burst is
  // data, and for their row, as ACT comes after the last RD.
  const std::vector<Run> both{{0, 0, 16, false}, {0, 512, 16, true}};
  const int64_t turn = 17 + 4 + 2 - 12 - 4;
  CHECK(serve(t, both).times[1] == RunTime{0, 17 + (1 + 17 - 4 - turn), turn, 64, 64});
  // Due at 9363, when every row is closed: REF at once. The row is opened tRFC later.
  const std::vector<Run> late{{9363, 0, 1, false}};
  CHECK(serve(t, late).times[0] == RunTime{420, 17, 0, 0, 4});
  t.refresh = false;
  CHECK(serve(t, late).times[0] == RunTime{0, 17, 0, 0, 4});
  // One bank, another row each time: PRE tRTP after the RD or tRAS after the ACT, which is more, then ACT,
  // RD.
  std::vector<Run> thrash;
  for (int64_t i = 0; i < 10; ++i) {
    thrash.push_back({0, i * 8192, 1, false});
  }
  CHECK(serve(t, thrash).times[9] == RunTime{0, 17 + 9 * (56 - 4), 0, 36, 4});
}

TEST_CASE("fr_fcfs: no line waits much longer than max_wait, whatever overtakes it") {
  // A row that is hit for ever, as the queue is never empty of it, and one line for another row of its bank.
  DramTiming t;
  t.controller.max_wait = 1000;
  std::vector<Run> runs{{0, 0, 32, false}, {1, 8192, 1, false}};
  for (int64_t i = 0; i < 500; ++i) {
    runs.push_back({2 + i * 32, i % 2 * 256, 8, false});
  }
  const Served bounded = serve(t, runs);
  CHECK(bounded.ends[1] < 1000 + 2 * t.trc + 100);
  t.controller.max_wait = 1 << 20;
  CHECK(serve(t, runs).ends[1] > 4000);  // so that the limit is what helped
  // A write below the watermark, while reads never end.
  runs = {{0, 1 << 20, 1, true}};
  for (int64_t i = 0; i < 500; ++i) {
    runs.push_back({i * 32, i * 8, 8, false});
  }
  CHECK(serve(t, runs).ends[0] > 10000);
  t.controller.max_wait = 1000;
  CHECK(serve(t, runs).ends[0] < 1000 + 2 * t.trc + 100);
}

TEST_CASE("fr_fcfs: on random traces the longest wait in a queue is bounded") {
  test::Random random("fr_fcfs wait");
  for (int i = 0; i < 6; ++i) {
    DramTiming t = test::timings()[static_cast<size_t>(i)];
    t.controller = random_controller(random);
    t.controller.max_wait = 500;
    test::LiteralFrFcfs literal(t);
    for (const Run& run : mixed_runs(random, 40)) {
      literal.enqueue(run.arrival, run.line, run.write);
    }
    for (int64_t clock = 0; literal.step(clock); ++clock) {
    }
    // Beyond the limit lines go in order of age, at worst a row cycle each, and a refresh may come.
    CHECK(literal.longest_wait() <
          500 + (t.controller.read_queue + t.controller.write_queue) * int64_t{t.trc + t.cl + t.cwl + t.twr} +
              2 * (t.trfc + t.trp + t.tras));
  }
}

TEST_CASE("fr_fcfs: at least as many row hits as first come, first served, in about as many cycles at most") {
  test::Random random("fr_fcfs against fcfs");
  int64_t hits = 0;
  int64_t hits_in_order = 0;
  for (int i = 0; i < 10; ++i) {
    DramTiming t;
    std::vector<Run> runs;
    for (int k = 0; k < 4000; ++k) {  // saturated: single lines of eight rows that conflict
      runs.push_back({k, random.integer(0, 7) * 8192 + random.integer(0, 511), 1, random.integer(0, 9) < i});
    }
    ChannelCounts in_order;
    const int64_t end = fcfs_end(t, runs, &in_order);
    const Served served = serve(t, runs);
    CHECK(served.counts.row_misses <= in_order.row_misses);
    CHECK(served.end() < end);
    hits += served.counts.lines - served.counts.row_misses;
    hits_in_order += in_order.lines - in_order.row_misses;
    const std::vector<Run> streams = mixed_runs(random, 500);
    CHECK(static_cast<double>(serve(t, streams).end()) <
          1.02 * static_cast<double>(fcfs_end(t, streams)) + 200);
  }
  CHECK(hits > 2 * hits_in_order);
}

TEST_CASE("fr_fcfs: a closed page is closed when nothing needs it, and an open one stays") {
  DramTiming t;
  const std::vector<Run> runs{{0, 0, 1, false}, {1000, 0, 1, false}, {2000, 8192, 1, false}};
  CHECK(serve(t, runs).ends == std::vector<int64_t>{39, 1022, 2056});
  t.controller.page = DramController::Page::kClosed;
  CHECK(serve(t, runs).ends == std::vector<int64_t>{39, 1039, 2039});
}

TEST_CASE("fr_fcfs: writes are drained from the high watermark down to the low one") {
  DramTiming t;
  t.refresh = false;
  t.controller.write_high = 16;
  t.controller.write_low = 4;
  std::vector<Run> runs;
  for (int64_t i = 0; i < 800;
       ++i) {  // reads that never let their queue run empty, and a write for each eight
    runs.push_back({2 * i, i, 1, false});
    if (i % 8 == 0) {
      runs.push_back({2 * i, (1 << 20) + i / 8, 1, true});
    }
  }
  const Served served = serve(t, runs);
  std::vector<int> drains;  // lengths
  bool writing = false;
  for (const DramCommand& c : served.trace) {
    if (c.kind == DramCommand::Kind::kRead) {
      writing = false;
    } else if (c.kind == DramCommand::Kind::kWrite) {
      if (!writing) {
        drains.push_back(0);
      }
      writing = true;
      ++drains.back();
    }
  }
  CHECK(std::accumulate(drains.begin(), drains.end(), 0) == 100);
  REQUIRE(drains.size() >= 3);
  for (size_t i = 0; i + 1 < drains.size(); ++i) {
    CHECK(drains[i] >= 16 - 4 + 1);
  }
}

TEST_CASE("fr_fcfs: an idle channel refreshes; lines outside are a defect; a late arrival counts as now") {
  const DramTiming t;
  FrFcfsChannel channel(t);
  channel.advance(10 * 9363);
  CHECK(channel.counts().refreshes == 10);
  CHECK(channel.next_event() == Channel::kNever);
  CHECK_THROWS_AS(channel.enqueue(0, 0, int64_t{1} << 27, 1, false), std::logic_error);
  CHECK_THROWS_AS(channel.enqueue(0, 0, (int64_t{1} << 27) - 1, 2, false), std::logic_error);
  CHECK_THROWS_AS(channel.enqueue(0, 0, -1, 1, false), std::logic_error);
  CHECK_THROWS_AS(channel.enqueue(0, 0, 0, 0, false), std::logic_error);
  channel.advance(10 * 9363 + 5000);
  channel.enqueue(7, 0, 0, 1, false);
  std::vector<Channel::Finished> finished;
  channel.advance(channel.next_event());
  channel.take_finished(finished);
  REQUIRE(finished.size() == 1);
  CHECK(finished[0].id == 7);
  CHECK(finished[0].clock == 10 * 9363 + 5039);
}

TEST_CASE("address map: each line has a place of its own, whatever the mapping") {
  using Field = AddressPiece::Field;
  DramTiming t;
  t.rows = 8;
  t.row_bytes = 1024;
  const std::vector<std::vector<AddressPiece>> mappings = {
      t.mapping,
      {{Field::kRow}, {Field::kColumn}, {Field::kBank}, {Field::kGroup}},
      {{Field::kBank},
       {Field::kRow, 2},
       {Field::kGroup, 1},
       {Field::kColumn, 3},
       {Field::kRow},
       {Field::kGroup},
       {Field::kColumn}}};
  for (const auto& mapping : mappings) {
    t.mapping = mapping;
    const AddressMap map(t);
    CHECK(map.lines() == 8 * 16 * 16);
    std::vector<bool> seen(static_cast<size_t>(map.lines()), false);
    for (int64_t line = 0; line < map.lines(); ++line) {
      const LinePlace p = map.place(line);
      REQUIRE((p.row >= 0 && p.row < 8 && p.bank >= 0 && p.bank < 4));
      REQUIRE((p.group >= 0 && p.group < 4 && p.column >= 0 && p.column < 16));
      seen[static_cast<size_t>(((p.row * 4 + p.bank) * 4 + p.group) * 16 + p.column)] = true;
    }
    CHECK(std::find(seen.begin(), seen.end(), false) == seen.end());
  }
  CHECK(AddressMap(DramTiming()).goes_round_groups());
  CHECK_FALSE(AddressMap(t).goes_round_groups());
  t.mapping = mappings[2];
  CHECK(AddressMap(t).place(0b1).column == 1);
  t.mapping.pop_back();
  CHECK_THROWS_AS(AddressMap(t), std::logic_error);
}

TEST_CASE("fcfs and fr_fcfs: a mapping that keeps a run in one bank group pays tCCD_L") {
  using Field = AddressPiece::Field;
  DramTiming t;
  const std::vector<Run> run{{0, 0, 64, false}};
  CHECK(serve(t, run).ends[0] == 39 + 63 * 4);
  CHECK(fcfs_end(t, run) == 39 + 63 * 4);
  t.mapping = {{Field::kRow}, {Field::kBank}, {Field::kGroup}, {Field::kColumn}};
  CHECK(serve(t, run).ends[0] == 39 + 63 * 6);
  CHECK(fcfs_end(t, run) == 39 + 63 * 6);
}
