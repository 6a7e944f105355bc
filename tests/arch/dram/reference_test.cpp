#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "arch/dram/channel_model.h"
#include "reference_traces.h"
#include "support/data.h"

using namespace tridex;
using namespace tridex::arch;

namespace {

/// Cycles of a trace: requests are offered in order, one a clock, from their issue cycle on.
int64_t model_cycles(const std::string& name, bool refresh, std::vector<int64_t>* latencies = nullptr) {
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

/// The middle of the two published simulators.
std::map<std::string, double> published(const std::filesystem::path& file, const std::string& variant) {
  std::ifstream in(file);
  std::string line;
  std::map<std::string, double> sums;
  while (std::getline(in, line)) {
    std::vector<std::string> cells;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) {
      cells.push_back(cell);
    }
    if (cells.size() > 6 && cells[2] == variant) {
      sums[cells[0]] += std::stod(cells[6]) / 2;
    }
  }
  return sums;
}

}  // namespace

TEST_CASE("the probe is exact: closed, closed, hit and conflict") {
  std::vector<int64_t> latencies;
  CHECK(model_cycles("00_probe", true, &latencies) == 456);
  CHECK(latencies == std::vector<int64_t>{39, 39, 22, 56});
}

TEST_CASE("without refresh, streams take the clocks of both published simulators") {
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "refresh_off");
  REQUIRE(expected.size() == 7);
  for (const char* name : {"00_probe", "01_seq_read", "04_tile_read", "08_paced_seq_50"}) {
    INFO(name);
    CHECK(static_cast<double>(model_cycles(name, false)) == expected.at(name));
  }
  CHECK(static_cast<double>(model_cycles("03_copy", false)) ==
        Approx(expected.at("03_copy")).epsilon(0.0005));
}

TEST_CASE("with refresh, streams are within 0.5 % of the middle of both") {
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "main");
  for (const char* name : {"00_probe", "01_seq_read", "03_copy", "04_tile_read", "08_paced_seq_50"}) {
    INFO(name);
    CHECK(static_cast<double>(model_cycles(name, true)) == Approx(expected.at(name)).epsilon(0.005));
  }
}

TEST_CASE("a controller that reorders is faster on random lines and on mixed single lines") {
  // The limit of first come, first served, held here so that it is known: both simulators reorder among 32
  // lines.
  TRIDEX_SHARED_OR_SKIP(folder, "reference/dram");
  auto expected = published(folder / "results.csv", "main");
  CHECK(static_cast<double>(model_cycles("06_random_read", true)) > expected.at("06_random_read"));
  CHECK(static_cast<double>(model_cycles("10_three_streams_a", true)) > expected.at("10_three_streams_a"));
}
