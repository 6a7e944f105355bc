// Units that share a buffer's ports, in the cycles of their commands.
#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "arch/buffer/buffer.h"
#include "arch/pe/command_unit.h"

using namespace tridex::arch;
using sc_core::sc_time;

namespace {

const sc_time kCycle(5, sc_core::SC_NS);
constexpr int kFill = 3;

/// Computes for `factor` cycles, with a fill.
struct Unit : CommandUnit {
  explicit Unit(const sc_core::sc_module_name& name) : CommandUnit(name, kCycle, false) {}
  int64_t cycles(const Command& command) const override { return command.factor + kFill; }
  int64_t fill_cycles() const override { return kFill; }
  void compute(const Command&, const BufferViews&) override {}
};

/// Three units on three buffers whose ports take 8 bytes a cycle.
struct Bench : sc_core::sc_module, CompletionIf {
  explicit Bench(const sc_core::sc_module_name& name)
      : sc_module(name),
        units("unit", 3),
        sockets("socket", 3),
        buffers{{{"input", design(), kCycle, false},
                 {"weight", design(), kCycle, false},
                 {"output", design(), kCycle, false}}} {
    for (size_t u = 0; u < units.size(); ++u) {
      sockets[u].bind(units[u].command_socket);
      units[u].done.bind(*this);
      for (size_t i = 0; i < 3; ++i) {
        units[u].data_sockets[i].bind(buffers[i].socket);
        units[u].buffer_ports[i].bind(buffers[i]);
      }
    }
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static Buffer design() {
    Buffer b;
    b.banks = 1;
    b.width_bits = 64;
    return b;
  }
  void completed(int32_t tag, const sc_time&, const sc_time& end) override {
    ends.at(static_cast<size_t>(tag)) = static_cast<int64_t>(end / kCycle);
  }
  /// A unit reads 8 x `reads` bytes of one buffer and writes 8 x `writes` of another, in `cycles` and the
  /// fill.
  void start(size_t unit, int tag, int cycles, int reads, BufferId from, int writes, BufferId to) {
    Command c;
    c.op = Opcode::kAdd;
    c.tag = tag;
    c.factor = cycles;
    c.c1 = 8;
    c.y1 = 1;
    c.width = writes;
    c.in.buffer = from;
    c.in.width = reads;
    c.in.rows = c.in.blocks = 1;
    c.out.buffer = to;
    std::array<int32_t, Command::kWords + 1> words{};
    const auto encoded = c.encode();
    std::copy(encoded.begin(), encoded.end(), words.begin());
    words.back() = 1;
    tlm::tlm_generic_payload p;
    p.set_command(tlm::TLM_WRITE_COMMAND);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(words.data()));
    p.set_data_length(sizeof(words));
    p.set_streaming_width(sizeof(words));
    sc_time delay;
    sockets[unit]->b_transport(p, delay);
    REQUIRE(p.is_response_ok());
  }
  sc_core::sc_vector<Unit> units;
  sc_core::sc_vector<tlm_utils::simple_initiator_socket<Bench>> sockets;
  std::array<BufferModule, 3> buffers;
  std::array<int64_t, 8> ends{};
};

}  // namespace

TEST_CASE("bank conflict: commands that fit beside each other are as fast as alone") {
  Bench bench("bench");
  bench.start(0, 0, 100, 40, kInputBuffer, 50, kOutputBuffer);
  bench.start(1, 1, 100, 60, kInputBuffer, 50, kOutputBuffer);
  sc_core::sc_start();
  CHECK(bench.ends[0] == 100 + kFill);
  CHECK(bench.ends[1] == 100 + kFill);
  CHECK(bench.units[1].bank_conflict(1) == 0);
}

TEST_CASE("bank conflict: a cycle's bytes more to read are one cycle more, of one of them") {
  Bench bench("bench");
  bench.start(0, 0, 100, 40, kInputBuffer, 50, kOutputBuffer);
  bench.start(1, 1, 100, 61, kInputBuffer, 50, kOutputBuffer);
  sc_core::sc_start();
  CHECK(bench.ends[0] == 100 + kFill);
  CHECK(bench.ends[1] == 101 + kFill);
  CHECK(bench.units[0].bank_conflict(0) == 0);
  CHECK(bench.units[1].bank_conflict(1) == 1);
}

TEST_CASE("bank conflict: the same to write, and what comes later makes one late that has begun") {
  Bench bench("bench");
  bench.start(0, 0, 100, 10, kInputBuffer, 60, kOutputBuffer);
  sc_core::sc_start(20 * kCycle);
  bench.start(1, 1, 50, 10, kInputBuffer, 41, kOutputBuffer);  // due sooner: 20 to 70
  sc_core::sc_start();
  CHECK(bench.ends[1] == 70 + kFill);
  CHECK(bench.ends[0] == 101 + kFill);
  CHECK(bench.units[0].bank_conflict(0) == 1);
}

TEST_CASE("bank conflict: a read and a write, and other buffers, do not meet") {
  Bench bench("bench");
  bench.start(0, 0, 100, 100, kInputBuffer, 100, kOutputBuffer);
  bench.start(1, 1, 100, 100, kOutputBuffer, 100, kInputBuffer);
  bench.start(2, 2, 100, 100, kWeightBuffer, 0, kOutputBuffer);
  sc_core::sc_start();
  for (size_t i = 0; i < 3; ++i) {
    CHECK(bench.ends[i] == 100 + kFill);
  }
}

TEST_CASE("bank conflict: three units that need all of a port take the sum, and the next commands wait") {
  Bench bench("bench");
  for (const int tag : {0, 1, 2}) {
    bench.start(static_cast<size_t>(tag), tag, 100, 100, kInputBuffer, 1, kOutputBuffer);
  }
  bench.start(0, 3, 10, 0, kInputBuffer, 0, kOutputBuffer);
  bench.start(2, 4, 10, 0, kInputBuffer, 0, kOutputBuffer);
  sc_core::sc_start();
  CHECK(bench.ends[0] == 100 + kFill);
  CHECK(bench.ends[1] == 200 + kFill);
  CHECK(bench.ends[2] == 300 + kFill);
  CHECK(bench.ends[3] == bench.ends[0] + 10 + kFill);
  CHECK(bench.ends[4] == bench.ends[2] + 10 + kFill);
  CHECK(bench.units[2].bank_conflict(2) == 200);
  CHECK(bench.units[2].bank_conflict(4) == 0);
}
