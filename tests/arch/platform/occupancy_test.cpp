// Bytes of the buffers in use over time: programs by hand, and a slow count byte by byte of what machines
// did.
#include "arch/platform/occupancy.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "arch/mapping/check_program_command.h"
#include "arch/mapping/mapper.h"
#include "arch/platform/run.h"
#include "models/builder.h"
#include "quant/quantize.h"
#include "random_designs.h"
#include "support/child.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

using Values = std::vector<std::pair<int64_t, double>>;

DesignPoint trio_vit(const std::vector<std::string>& overrides = {}) {
  return read_design(find_config("trio_vit_zcu102", "designs"), overrides);
}

/// One 1 x 1 convolution from 8 to 8 channels on 4 x 4 pixels. A row has 32 bytes, and of the result, whose
/// codes as the network's output have 16 bits, 64; the constants are 8 x 8 weights and 8 records of 16 bytes.
constexpr int kRow = 32, kOutRow = 64, kConstants = 192;
quant::IntegerGraph one_conv() {
  models::GraphBuilder b("one");
  const int input = b.input({8, 4, 4});
  return quant::shape_only(b.finish(b.conv("conv", input, 8, {1, 1, 1, 1, 0, 0, 0, 0, true})), {});
}

/// Programs of that network by hand.
struct ByHand {
  quant::IntegerGraph graph = one_conv();
  Program program;
  std::vector<Executed> executed;

  void add(Unit unit, int payload, Executed when) {
    Instruction i;
    i.unit = unit;
    i.layer = graph.output;
    i.payload = payload;
    program.instructions.push_back(i);
    executed.push_back(when);
  }
  void transfer(Unit unit, int buffer, int address, int bytes, Executed when, int rows = 1, int stride = 0) {
    program.transfers.push_back({0, bytes, buffer, address, stride, bytes, rows});
    add(unit, static_cast<int>(program.transfers.size()) - 1, when);
  }
  void conv(int y0, int y1, TileRef in, int out_address, Executed when) {
    Command c;
    c.y0 = y0;
    c.y1 = y1;
    c.c1 = 8;
    c.in = in;
    c.out = {kOutputBuffer, out_address, 1, 4, y0, y1 - y0, 0, checking::format_of(graph.node(graph.output))};
    c.params = 64;
    program.commands.push_back(c);
    add(kEngine0, static_cast<int>(program.commands.size()) - 1, when);
  }
  [[nodiscard]] TileRef input(int address, int first_row, int rows, int window = 0) const {
    return {kInputBuffer, address, 1, 4, first_row, rows, 0, checking::format_of(graph.node(graph.input)),
            window};
  }
  [[nodiscard]] std::array<CounterTrack, 3> occupancy() const {
    return buffer_occupancy(trio_vit(), graph, program, executed);
  }
};

/// The same from one time a byte: slow, and short.
std::array<Values, 3> byte_by_byte(const DesignPoint& design, const quant::IntegerGraph& graph,
                                   const Program& program, const std::vector<TimelineEvent>& timeline) {
  struct Byte {
    int64_t since = -1, until = -1;
  };
  std::array<std::vector<Byte>, 3> bytes{std::vector<Byte>(static_cast<size_t>(design.input_buffer.bytes)),
                                         std::vector<Byte>(static_cast<size_t>(design.weight_buffer.bytes)),
                                         std::vector<Byte>(static_cast<size_t>(design.output_buffer.bytes))};
  std::array<std::map<int64_t, int64_t>, 3> changes;
  const auto leave = [&](size_t buffer, const Byte& byte, int64_t latest) {
    const int64_t until = std::min(byte.until, latest);
    if (byte.since >= 0 && until > byte.since) {
      ++changes.at(buffer)[byte.since];
      --changes.at(buffer)[until];
    }
  };
  const auto access = [&](size_t buffer, int64_t begin, int64_t end, bool write, const TimelineEvent& when) {
    for (int64_t at = begin; at < end; ++at) {
      Byte& byte = bytes.at(buffer).at(static_cast<size_t>(at));
      if (write) {
        leave(buffer, byte, when.start_cycle);
        byte = {when.start_cycle, when.end_cycle};
      } else {
        byte.until = std::max(byte.until, when.end_cycle);
      }
    }
  };
  checking::Findings findings(graph, program);
  checking::CommandChecker commands(design, graph, program, findings);
  for (uint32_t id = 0; id < program.instructions.size(); ++id) {
    const Instruction& i = program.instructions[id];
    if (i.unit == kLoadUnit || i.unit == kStoreUnit) {
      const Transfer& t = program.transfer(i);
      for (int r = 0; r < t.rows; ++r) {
        const int64_t begin = t.address + int64_t{r} * t.stride;
        access(static_cast<size_t>(t.buffer), begin, begin + t.row_bytes, i.unit == kLoadUnit, timeline[id]);
      }
      continue;
    }
    const checking::Accesses accesses = commands.check(id);
    for (const auto* pieces : {&accesses.reads, &accesses.writes}) {
      for (const auto& piece : *pieces) {
        access(static_cast<size_t>(piece.memory), piece.begin, piece.end, pieces == &accesses.writes,
               timeline[id]);
      }
    }
  }
  std::array<Values, 3> values;
  for (size_t b = 0; b < 3; ++b) {
    for (const Byte& byte : bytes.at(b)) {
      leave(b, byte, byte.until);
    }
    int64_t used = 0;
    changes.at(b)[0] += 0;
    for (const auto& [cycle, change] : changes.at(b)) {
      used += change;
      if (cycle == 0 || change != 0) {
        values.at(b).emplace_back(cycle, static_cast<double>(used));
      }
    }
  }
  return values;
}

}  // namespace

TEST_CASE("occupancy: a program by hand") {
  ByHand p;
  p.transfer(kLoadUnit, kWeightBuffer, 0, kConstants, {0, 10});
  p.transfer(kLoadUnit, kInputBuffer, 0, 2 * kRow, {5, 12});
  p.conv(0, 2, p.input(0, 0, 2), 0, {14, 20});
  // In the place of rows that were read: the left halves of two rows, then the right ones.
  p.transfer(kLoadUnit, kInputBuffer, 0, kRow / 2, {22, 30}, 2, kRow);
  p.transfer(kLoadUnit, kInputBuffer, kRow / 2, kRow / 2, {24, 30}, 2, kRow);
  p.transfer(kLoadUnit, kInputBuffer, 4 * kRow, kRow, {33, 35});  // nobody reads it
  p.conv(2, 4, p.input(0, 2, 2), 2 * kOutRow, {31, 40});
  p.transfer(kStoreUnit, kOutputBuffer, 0, 2 * kOutRow, {21, 50});
  p.transfer(kStoreUnit, kOutputBuffer, 2 * kOutRow, 2 * kOutRow, {41, 60});
  const auto tracks = p.occupancy();
  CHECK(tracks[0].values ==
        Values{{0, 0}, {5, 64}, {20, 0}, {22, 32}, {24, 64}, {33, 96}, {35, 64}, {40, 0}});
  CHECK(tracks[1].values == Values{{0, 192}, {40, 0}});
  CHECK(tracks[2].values == Values{{0, 0}, {14, 128}, {31, 256}, {50, 128}, {60, 0}});
}

TEST_CASE("occupancy: rows that go round, and a content whose reader is still at work when it is replaced") {
  ByHand p;
  p.transfer(kLoadUnit, kWeightBuffer, 0, kConstants, {0, 1});
  p.transfer(kLoadUnit, kInputBuffer, 0, 2 * kRow, {2, 5});  // rows 0 and 1 of a window of two
  p.conv(0, 2, p.input(0, 0, 2, 2), 0, {5, 9});
  p.transfer(kLoadUnit, kInputBuffer, 0, kRow, {10, 12});    // row 2, in the place of row 0
  p.conv(1, 3, p.input(0, 1, 2, 2), 2 * kOutRow, {13, 20});  // reads rows 1 and 2
  p.transfer(kLoadUnit, kInputBuffer, kRow, kRow, {18, 25});
  CHECK(p.occupancy()[0].values == Values{{0, 0}, {2, 64}, {9, 32}, {10, 64}, {20, 32}, {25, 0}});
}

TEST_CASE("occupancy: one convolution holds its constants and both tensors, and the trace has them") {
  const quant::IntegerGraph graph = one_conv();
  const auto trace = nlohmann::json::parse(run_in_child([&] {
    RunOptions options;
    options.timeline = true;
    options.frames = 1;
    return timeline_json(run(trio_vit(), graph, options).result, trio_vit().clock_mhz).dump();
  }));
  std::map<std::string, double> peak, last;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] == "C") {
      const double value = event["args"]["value"];
      peak[event["name"]] = std::max(peak[event["name"]], value);
      last[event["name"]] = value;
    }
  }
  CHECK(peak["input buffer bytes"] == 4 * kRow);
  CHECK(peak["weight buffer bytes"] == kConstants);
  CHECK(peak["output buffer bytes"] == 4 * kOutRow);
  for (const char* buffer : {"input", "weight", "output"}) {
    CHECK(last[std::string(buffer) + " buffer bytes"] == 0);
  }
}

TEST_CASE("occupancy: on random machines, the count byte by byte, and never more than there is") {
  Random random("occupancy");
  const quant::IntegerGraph graph = quant::shape_only(models::build_network("efficientvit_b0_r64"), {});
  int compared = 0;
  for (int i = 0; i < 8; ++i) {
    const DesignPoint design = random_design(random);
    INFO(design_text(design));
    std::string text;
    try {
      text = run_in_child([&] {
        RunOptions options;
        options.timeline = true;
        options.frames = 2;
        const RunResult result = run(design, graph, options).result;
        const auto expected = byte_by_byte(design, graph, map_network(design, graph, 2), result.timeline);
        nlohmann::json tracks = nlohmann::json::array();
        for (size_t b = 0; b < 3; ++b) {
          const CounterTrack& track = result.counters.at(2 + b);
          tracks.push_back({{"name", track.name}, {"values", track.values}, {"expected", expected.at(b)}});
        }
        return tracks.dump();
      });
    } catch (const std::runtime_error& error) {
      INFO(error.what());
      REQUIRE(std::string(error.what()).find("no tile fits") != std::string::npos);
      continue;
    }
    const auto tracks = nlohmann::json::parse(text);
    const std::array<int64_t, 3> bytes{design.input_buffer.bytes, design.weight_buffer.bytes,
                                       design.output_buffer.bytes};
    for (size_t b = 0; b < 3; ++b) {
      INFO(tracks[b]["name"]);
      const auto values = tracks[b]["values"].get<Values>();
      CHECK(values == tracks[b]["expected"].get<Values>());
      CHECK(values.size() > 2);
      for (const auto& [cycle, used] : values) {
        REQUIRE((used >= 0 && used <= static_cast<double>(bytes.at(b))));
      }
      CHECK(values.back().second == 0);
    }
    ++compared;
  }
  CHECK(compared > 0);
}
