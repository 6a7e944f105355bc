#include "arch/dram/channel_model.h"

#include <catch2/catch.hpp>
#include <tuple>

#include "jedec_checker.h"
#include "literal_channel.h"
#include "random_runs.h"

using namespace tridex;
using namespace tridex::arch;
using test::random_runs;
using test::Run;
using test::timings;
using Kind = DramCommand::Kind;

TEST_CASE("every rule of the checker is tight: refused at n - 1, allowed at n") {
  const DramTiming t;
  const auto at = [](int64_t clock, Kind kind, int group = 0, int bank = 0, int row = 0) {
    return DramCommand{clock, kind, group, bank, row, 0};
  };
  struct Case {
    const char* rule;
    int64_t gap;
    std::vector<DramCommand> before;  // legal by itself; `last` comes `gap` after its last command
    DramCommand last;
  };
  const DramCommand act = at(100, Kind::kActivate);
  const DramCommand act_far = at(200, Kind::kActivate, 1);
  const std::vector<DramCommand> two = {act, act_far, at(300, Kind::kRead)};
  const std::vector<DramCommand> two_write = {act, act_far, at(300, Kind::kWrite)};
  const std::vector<Case> cases = {
      {"tRRD_S", 4, {act}, at(0, Kind::kActivate, 1)},
      {"tRRD_L", 6, {act}, at(0, Kind::kActivate, 0, 1)},
      {"tRCD", 17, {act}, at(0, Kind::kRead)},
      {"tRCD", 17, {act}, at(0, Kind::kWrite)},
      {"tRAS", 39, {act}, at(0, Kind::kPrecharge)},
      {"tRAS", 39, {act}, at(0, Kind::kPrechargeAll)},
      {"tRP", 17, {act, at(200, Kind::kPrecharge)}, at(0, Kind::kActivate)},
      {"tRP", 17, {act, at(200, Kind::kPrechargeAll)}, at(0, Kind::kRefresh)},
      {"tRFC", 421, {at(100, Kind::kRefresh)}, at(0, Kind::kActivate)},
      {"tCCD_S", 4, two, at(0, Kind::kRead, 1)},
      {"tCCD_L", 6, two, at(0, Kind::kRead)},
      {"tCCD_S", 4, two_write, at(0, Kind::kWrite, 1)},
      {"tCCD_L", 6, two_write, at(0, Kind::kWrite)},
      {"read to write", 11, two, at(0, Kind::kWrite, 1)},
      {"tWTR_S", 19, two_write, at(0, Kind::kRead, 1)},
      {"tWTR_L", 25, two_write, at(0, Kind::kRead)},
      {"tRTP", 9, two, at(0, Kind::kPrecharge)},
      {"tWR", 34, two_write, at(0, Kind::kPrecharge)},
  };
  for (const Case& c : cases) {
    INFO(c.rule);
    REQUIRE(test::check_jedec(t, c.before).violations.empty());
    for (const int64_t gap : {c.gap - 1, c.gap}) {
      std::vector<DramCommand> trace = c.before;
      trace.push_back(c.last);
      trace.back().clock = c.before.back().clock + gap;
      const auto report = test::check_jedec(t, trace);
      CHECK(report.violations.empty() == (gap == c.gap));
      if (gap < c.gap) {
        CHECK_THAT(report.violations.front(), Catch::Matchers::StartsWith(c.rule));
      }
    }
  }
  // Those that the pairs above hide: tRC (longer than tRAS + tRP here) and tFAW.
  DramTiming long_rc = t;
  long_rc.trc = 60;
  const std::vector<DramCommand> reopened = {act, at(139, Kind::kPrecharge)};
  for (const int64_t gap : {59, 60}) {
    std::vector<DramCommand> trace = reopened;
    trace.push_back(at(100 + gap, Kind::kActivate));
    CHECK(test::check_jedec(long_rc, trace).violations.empty() == (gap == 60));
  }
  for (const int64_t gap : {25, 26}) {
    std::vector<DramCommand> trace;
    for (int i = 0; i < 4; ++i) {
      trace.push_back(at(100 + 4 * i, Kind::kActivate, i));
    }
    trace.push_back(at(100 + gap, Kind::kActivate, 0, 1));
    CHECK(test::check_jedec(t, trace).violations.empty() == (gap == 26));
  }
}

TEST_CASE("the checker refuses commands that do not fit the open rows, and a missing refresh") {
  const DramTiming t;
  const auto wrong = [&](std::vector<DramCommand> trace) {
    return !test::check_jedec(t, std::move(trace)).violations.empty();
  };
  CHECK(wrong({{100, Kind::kRead, 0, 0, 0, 0}}));
  CHECK(wrong({{100, Kind::kActivate, 0, 0, 5, 0}, {200, Kind::kRead, 0, 0, 6, 0}}));
  CHECK(wrong({{100, Kind::kActivate, 0, 0, 5, 0}, {200, Kind::kActivate, 0, 0, 6, 0}}));
  CHECK(wrong({{100, Kind::kPrecharge, 0, 0, 5, 0}}));
  CHECK(wrong({{100, Kind::kActivate, 0, 0, 5, 0}, {200, Kind::kRefresh, 0, 0, 0, 0}}));
  CHECK(wrong({{20000, Kind::kActivate, 0, 0, 5, 0}}));
  CHECK(wrong({{100, Kind::kActivate, 0, 0, 5, 0}, {100, Kind::kActivate, 1, 0, 5, 0}}));
}

TEST_CASE("the model keeps every rule on random streams, in memories of several shapes") {
  for (const DramTiming& t : timings()) {
    ChannelModel model(t);
    std::vector<DramCommand> trace;
    model.record(&trace);
    int64_t lines = 0;
    for (const Run& run : random_runs(7, 1000)) {
      model.access(run.arrival, run.line, run.count, run.write);
      lines += run.count;
    }
    const auto report = test::check_jedec(t, trace);
    INFO((report.violations.empty() ? "" : report.violations.front()));
    CHECK(report.violations.empty());
    CHECK(model.accesses() == lines);
    CHECK((model.refreshes() > 0) == t.refresh);
  }
}

TEST_CASE("the model is tight: the smallest gap of every rule is the configured one") {
  DramTiming t;
  t.trc = 60;  // else hidden behind tRAS + tRP
  ChannelModel model(t);
  std::vector<DramCommand> trace;
  model.record(&trace);
  for (const Run& run : random_runs(11, 3000)) {
    model.access(run.arrival / 4, run.line, run.count, run.write);
  }
  // Row after row of one bank, single lines: tRC; four banks of one group: tRRD_L; sixteen banks: tFAW.
  for (int64_t i = 0; i < 64; ++i) {
    model.access(0, i * 2048, 1, false);
  }
  for (int64_t i = 0; i < 64; ++i) {
    model.access(0, 5 * 2048 + i % 4 * 512 + i / 4 * 8192, 1, false);
  }
  for (int64_t i = 0; i < 160; ++i) {
    model.access(2'000'000 + i / 16 * 2000, i / 16 * 2048 + i % 4 + i / 4 % 4 * 512, 1, false);
  }
  const auto report = test::check_jedec(t, trace);
  REQUIRE(report.violations.empty());
  const std::map<std::string, int64_t> expected = {
      {"tRC", 60},   {"tRRD_S", 4},         {"tRRD_L", 6}, {"tRCD", 17},   {"tRAS", 39},
      {"tCCD_S", 4}, {"tCCD_L", 6},         {"tRTP", 9},   {"tWR", 34},    {"tRP", 17},
      {"tRFC", 421}, {"read to write", 11}, {"tFAW", 26},  {"tWTR_S", 19}, {"tWTR_L", 25}};
  for (const auto& [rule, gap] : expected) {
    INFO(rule);
    REQUIRE(report.smallest.count(rule) == 1);
    CHECK(report.smallest.at(rule) == gap);
  }
}

TEST_CASE("the model is the literal one, command by command") {
  int index = 0;
  for (const DramTiming& t : timings()) {
    INFO("timing " << index++);
    ChannelModel model(t);
    test::LiteralChannel literal(t);
    std::vector<DramCommand> trace;
    model.record(&trace);
    for (const Run& run : random_runs(static_cast<uint64_t>(index), 150)) {
      const ChannelModel::Span span = model.access(run.arrival, run.line, run.count, run.write);
      const int64_t first = literal.access(run.arrival, run.line, run.write);
      int64_t last = first;
      for (int64_t i = 1; i < run.count; ++i) {
        last = literal.access(run.arrival, run.line + i, run.write);
      }
      REQUIRE(span.first_end == first);
      REQUIRE(span.last_end == last);
    }
    const auto sorted = [](std::vector<DramCommand> commands) {
      std::vector<std::tuple<int64_t, Kind, int, int>> list;
      for (const DramCommand& c : commands) {
        list.emplace_back(c.clock, c.kind, c.group, c.bank);
      }
      std::sort(list.begin(), list.end());
      return list;
    };
    CHECK(sorted(trace) == sorted(literal.commands()));
  }
}

TEST_CASE("a run is the same as its lines one by one") {
  for (const DramTiming& t : timings()) {
    ChannelModel runs(t);
    ChannelModel lines(t);
    for (const Run& run : random_runs(3, 4000)) {
      const ChannelModel::Span span = runs.access(run.arrival, run.line, run.count, run.write);
      int64_t first = 0;
      int64_t last = 0;
      for (int64_t i = 0; i < run.count; ++i) {
        last = lines.access(run.arrival, run.line + i, 1, run.write).last_end;
        first = i == 0 ? last : first;
      }
      REQUIRE(span.first_end == first);
      REQUIRE(span.last_end == last);
    }
    CHECK(runs.activates() == lines.activates());
    CHECK(runs.refreshes() == lines.refreshes());
  }
}

TEST_CASE("an idle channel refreshes, and a row is closed by it") {
  const DramTiming t;
  ChannelModel model(t);
  CHECK(model.access(0, 0, 1, false).last_end == 39);
  CHECK(model.access(1000, 0, 1, false).last_end == 1022);
  model.advance(10 * 9363);
  CHECK(model.refreshes() == 10);
  // Long after a refresh: closed. In the middle of the next one: it waits for tRFC.
  CHECK(model.access(10 * 9363 + 5000, 0, 1, false).last_end == 10 * 9363 + 5039);
  const int64_t due = 11 * 9363;
  CHECK(model.access(due + 50, 0, 1, false).last_end == due + 17 + 421 + 17 + 17 + 4);
}

TEST_CASE("lines outside of the channel are a defect of the caller") {
  ChannelModel model{DramTiming()};
  CHECK(model.lines() * 64 == int64_t{8} << 30);
  CHECK_THROWS_AS(model.access(0, model.lines(), 1, false), std::logic_error);
  CHECK_THROWS_AS(model.access(0, model.lines() - 1, 2, false), std::logic_error);
  CHECK_THROWS_AS(model.access(0, -1, 1, false), std::logic_error);
  CHECK_THROWS_AS(model.access(0, 0, 0, false), std::logic_error);
  CHECK_NOTHROW(model.access(0, model.lines() - 1, 1, false));
}
