#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "arch/dram/channel_model.h"
#include "arch/dram/fr_fcfs_channel.h"
#include "jedec_checker.h"
#include "reference_traces.h"
#include "support/data.h"

using namespace tridex;
using namespace tridex::arch;

namespace {

/// Cycles of a trace with the controller fcfs: requests are offered in order, one a clock, from their issue
/// cycle on.
int64_t fcfs_cycles(const std::string& name, bool refresh, std::vector<int64_t>* latencies = nullptr) {
  DramTiming timing;
  timing.refresh = refresh;
  ChannelModel model(timing);
  int64_t clock = -1;
  int64_t end = 0;
  for (const test::TraceRequest& request : test::reference_trace(name)) {
    clock = std::max(clock + 1, request.cycle);
    const int64_t done = model.access(clock, request.line, 1, request.write).last_end;
    end = std::max(end, done);
    if (latencies != nullptr) {
      latencies->push_back(done - request.cycle);
    }
  }
  return end;
}

struct Queued {
  int64_t cycles = 0;
  double read_latency = 0;         // from the issue cycle, the mean
  std::vector<int64_t> latencies;  // of every request
  std::string violation;           // of JEDEC, the first
};

/// The same with the controller fr_fcfs. While its queue is full a request waits, and everything behind it.
Queued fr_fcfs(const std::string& name, bool refresh) {
  DramTiming timing;
  timing.refresh = refresh;
  FrFcfsChannel channel(timing);
  std::vector<DramCommand> trace;
  channel.record(&trace);
  const std::vector<test::TraceRequest> requests = test::reference_trace(name);
  Queued queued;
  queued.latencies.assign(requests.size(), -1);
  std::vector<Channel::Finished> finished;
  int64_t reads = 0;
  size_t left = requests.size();
  size_t next = 0;
  for (int64_t clock = 0; left > 0; ++clock) {
    channel.advance(clock);
    channel.take_finished(finished);
    for (const Channel::Finished& f : finished) {
      const auto index = static_cast<size_t>(f.id);
      const int64_t latency = f.clock - requests[index].cycle;
      queued.cycles = std::max(queued.cycles, f.clock);
      queued.latencies[index] = latency;
      queued.read_latency += requests[index].write ? 0 : static_cast<double>(latency);
      reads += requests[index].write ? 0 : 1;
      --left;
    }
    finished.clear();
    if (next < requests.size() && requests[next].cycle <= clock && channel.has_room(requests[next].write)) {
      channel.enqueue(static_cast<int64_t>(next), clock, requests[next].line, 1, requests[next].write);
      ++next;
    }
  }
  queued.read_latency /= static_cast<double>(std::max<int64_t>(reads, 1));
  const auto report = test::check_jedec(timing, trace);
  queued.violation = report.violations.empty() ? "" : report.violations.front();
  return queued;
}

/// A column of the results, the middle of the two published simulators.
std::map<std::string, double> published(const std::filesystem::path& file, const std::string& variant,
                                        size_t column = 6) {
  std::ifstream in(file);
  std::string line;
  std::map<std::string, double> sums;
  while (std::getline(in, line)) {
    std::vector<std::string> cells;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) {
      cells.push_back(cell);
    }
    if (cells.size() > column && cells[2] == variant) {
      sums[cells[0]] += std::stod(cells[column]) / 2;
    }
  }
  return sums;
}

}  // namespace

TEST_CASE("fr_fcfs: the probe is exact") {
  const Queued probe = fr_fcfs("00_probe", true);
  CHECK(probe.cycles == 456);
  CHECK(probe.latencies == std::vector<int64_t>{39, 39, 22, 56});
  CHECK(probe.violation == "");
}

TEST_CASE("fr_fcfs: without refresh, streams within 0.1 % of the middle of two published simulators") {
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "refresh_off");
  REQUIRE(expected.size() == 7);
  for (const char* name : {"01_seq_read", "04_tile_read", "08_paced_seq_50"}) {
    const Queued run = fr_fcfs(name, false);
    INFO(name);
    CHECK(static_cast<double>(run.cycles) == Approx(expected.at(name)).epsilon(0.001));
    CHECK(run.violation == "");
  }
}

TEST_CASE("fr_fcfs: within 2 % of the middle on reads and on the copy, 3 % on mixed streams") {
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "main");
  REQUIRE(expected.size() == 7);
  for (const auto& [name, cycles] : expected) {
    const Queued run = fr_fcfs(name, true);
    INFO(name << ": " << run.cycles << " clocks, published " << cycles);
    CHECK(static_cast<double>(run.cycles) ==
          Approx(cycles).epsilon(name == "10_three_streams_a" ? 0.03 : 0.02));
    CHECK(run.violation == "");
  }
}

TEST_CASE("fr_fcfs: the mean latency of paced reads within 5 % of the middle") {
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  constexpr size_t kReadLatencyMean = 10;
  auto expected = published(folder / "results.csv", "main", kReadLatencyMean);
  CHECK(fr_fcfs("08_paced_seq_50", true).read_latency ==
        Approx(expected.at("08_paced_seq_50")).epsilon(0.05));
}

TEST_CASE("the probe is exact: closed, closed, hit and conflict") {
  std::vector<int64_t> latencies;
  CHECK(fcfs_cycles("00_probe", true, &latencies) == 456);
  CHECK(latencies == std::vector<int64_t>{39, 39, 22, 56});
}

TEST_CASE("without refresh, streams take the clocks of both published simulators") {
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "refresh_off");
  REQUIRE(expected.size() == 7);
  for (const char* name : {"00_probe", "01_seq_read", "04_tile_read", "08_paced_seq_50"}) {
    INFO(name);
    CHECK(static_cast<double>(fcfs_cycles(name, false)) == expected.at(name));
  }
  CHECK(static_cast<double>(fcfs_cycles("03_copy", false)) == Approx(expected.at("03_copy")).epsilon(0.0005));
}

TEST_CASE("with refresh, streams are within 0.5 % of the middle of both") {
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "main");
  for (const char* name : {"00_probe", "01_seq_read", "03_copy", "04_tile_read", "08_paced_seq_50"}) {
    INFO(name);
    CHECK(static_cast<double>(fcfs_cycles(name, true)) == Approx(expected.at(name)).epsilon(0.005));
  }
}

TEST_CASE("a controller that reorders is faster on random lines and on mixed single lines") {
  // The limit of first come, first served, held here so that it is known: both simulators reorder among 32
  // lines.
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "main");
  CHECK(static_cast<double>(fcfs_cycles("06_random_read", true)) > expected.at("06_random_read"));
  CHECK(static_cast<double>(fcfs_cycles("10_three_streams_a", true)) > expected.at("10_three_streams_a"));
}
