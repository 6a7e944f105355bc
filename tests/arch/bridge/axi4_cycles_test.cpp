// Clocks, exactly: latency, one beat a clock, and the limits of what is under way.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "axi4_chain.h"
#include "axi4_initiator.h"

using namespace tridex;
using namespace tridex::test;

namespace {

constexpr unsigned kBytes = 8;

Axi4ChainConfig roomy() {
  Axi4ChainConfig config;
  config.manager.outstanding = config.manager.bursts = 128;
  config.subordinate.reads = config.subordinate.writes = 128;
  return config;
}

/// Bridges, and an initiator between two edges.
struct Bench {
  Axi4Chain<8 * kBytes, 32, 4> chain;
  Axi4Initiator initiator{"initiator"};
  sc_core::sc_time from;

  /// `elaborate`: what else is to be bound.
  explicit Bench(
      const Axi4ChainConfig& config = roomy(), const std::function<void(Bench&)>& elaborate = [](Bench&) {})
      : chain(config) {
    initiator.socket.bind(chain.front.target_socket);
    elaborate(*this);
    chain.start();
    from = sc_core::sc_time_stamp();
  }
  /// The rising edges from `from` to a time, that at the time itself included.
  [[nodiscard]] int edges(const sc_core::sc_time& time) const {
    const auto count = [](const sc_core::sc_time& until) {
      return static_cast<int>(until.value() / sc_core::sc_time(2, sc_core::SC_NS).value());
    };
    return count(time) - count(from);
  }
  [[nodiscard]] int edges(const Axi4Initiator::Sent& sent) const { return edges(sent.answered_at); }

  /// Bursts of so many beats, all asked for at once; the edge of the last answer.
  int stream(bool reads, bool writes, unsigned bursts, unsigned beats) {
    std::vector<Axi4Initiator::Sent*> sent;
    for (unsigned i = 0; i < bursts; ++i) {
      if (reads) {
        sent.push_back(&initiator.send(false, i * beats * kBytes, beats * kBytes));
      }
      if (writes) {
        sent.push_back(&initiator.send(true, 0x8000 + i * beats * kBytes, beats * kBytes));
      }
    }
    chain.clocks(static_cast<int>(4 * bursts * beats + 100));
    int last = 0;
    for (const auto* one : sent) {
      CHECK(one->answered);
      CHECK(one->payload.get_response_status() == tlm::TLM_OK_RESPONSE);
      last = std::max(last, edges(*one));
    }
    CHECK(chain.finish() == "");
    return last;
  }
};

/// The address is on the pins after kRequestEdges and transferred at the next edge, the first data (of a
/// read) or the response (of a write) kResponseEdges after that.
constexpr int kReadEdges(int beats) {
  return arch::Axi4Manager<64, 32, 4>::kRequestEdges + 1 + arch::Axi4Subordinate<64, 32, 4>::kResponseEdges +
         beats - 1;
}
constexpr int kWriteEdges(int beats) {
  return arch::Axi4Manager<64, 32, 4>::kRequestEdges + beats +
         arch::Axi4Subordinate<64, 32, 4>::kResponseEdges;
}
static_assert(kReadEdges(1) == 3 && kWriteEdges(1) == 3 && kReadEdges(256) == 258);

}  // namespace

TEST_CASE("axi4 cycles: a burst alone, n beats in n clocks after the bridges' own") {
  Bench bench;
  for (const bool write : {false, true}) {
    for (const int beats : {1, 2, 3, 16, 255, 256}) {
      bench.from = sc_core::sc_time_stamp();
      const auto& sent = bench.initiator.send(write, 0, static_cast<unsigned>(beats) * kBytes);
      bench.chain.clocks(300);
      INFO((write ? "write, " : "read, ") << beats);
      REQUIRE(sent.answered);
      CHECK(bench.edges(sent) == (write ? kWriteEdges(beats) : kReadEdges(beats)));
    }
  }
  CHECK(bench.chain.finish() == "");
}

namespace {

/// Sends a read in a process of the clock's edge.
struct EdgeCaller : sc_core::sc_module {
  sc_core::sc_in<bool> aclk{"aclk"};
  Axi4Initiator* initiator = nullptr;
  Axi4Initiator::Sent* sent = nullptr;

  SC_HAS_PROCESS(EdgeCaller);
  explicit EdgeCaller(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_METHOD(tick);
    sensitive << aclk.pos();
    dont_initialize();
  }
  void tick() {
    if (initiator != nullptr) {
      sent = &initiator->send(false, 0, kBytes);
      initiator = nullptr;
    }
  }
};

}  // namespace

TEST_CASE("axi4 cycles: a call at the time of an edge counts for the next, in whatever order processes run") {
  EdgeCaller before("before");
  std::unique_ptr<EdgeCaller> after;
  Bench bench(roomy(), [&](Bench& made) {
    after = std::make_unique<EdgeCaller>("after");
    before.aclk.bind(made.chain.clock);
    after->aclk.bind(made.chain.clock);
  });
  for (EdgeCaller* caller : {&before, after.get()}) {
    bench.from = sc_core::sc_time_stamp();
    caller->initiator = &bench.initiator;
    bench.chain.clocks(20);
    REQUIRE(caller->sent != nullptr);
    CHECK(bench.edges(*caller->sent) == 1 + kReadEdges(1));
  }
}

TEST_CASE("axi4 cycles: outstanding reads stream a beat a clock") {
  CHECK(Bench().stream(true, false, 32, 16) == kReadEdges(32 * 16));
}

TEST_CASE("axi4 cycles: outstanding writes stream a beat a clock") {
  CHECK(Bench().stream(false, true, 32, 16) == kWriteEdges(32 * 16));
}

TEST_CASE("axi4 cycles: bursts of one beat stream too, reads") {
  CHECK(Bench().stream(true, false, 100, 1) == kReadEdges(100));
}

TEST_CASE("axi4 cycles: bursts of one beat stream too, writes") {
  CHECK(Bench().stream(false, true, 100, 1) == kWriteEdges(100));
}

TEST_CASE("axi4 cycles: reads and writes do not wait for each other") {
  CHECK(Bench().stream(true, true, 32, 16) == kReadEdges(32 * 16));
}

TEST_CASE("axi4 cycles: a payload of several bursts streams, 4 KB and 256 beats apart") {
  Bench bench;
  const auto& sent = bench.initiator.send(false, 4096 - 8 * kBytes, 600 * kBytes);
  bench.chain.clocks(700);
  CHECK(bench.edges(sent) == kReadEdges(600));
  CHECK(bench.chain.checker.transfers(arch::Axi4Channel::kAr) == 4);  // 8 beats to 4 KB, then 256, 256 and 80
}

TEST_CASE("axi4 cycles: two bursts under way stream one-beat reads") {
  Axi4ChainConfig config = roomy();
  config.manager.bursts = 2;
  CHECK(Bench(config).stream(true, false, 50, 1) == kReadEdges(50));
}

TEST_CASE("axi4 cycles: one burst under way has the whole latency each time") {
  Axi4ChainConfig config = roomy();
  config.manager.bursts = 1;
  // The next address goes on the pins at the edge of the last data.
  CHECK(Bench(config).stream(true, false, 50, 1) == kReadEdges(1) + 49 * (kReadEdges(1) - 1));
}

TEST_CASE("axi4 cycles: a subordinate of two reads streams one-beat reads") {
  Axi4ChainConfig config = roomy();
  config.subordinate.reads = 2;
  CHECK(Bench(config).stream(true, false, 50, 1) == kReadEdges(50));
}

TEST_CASE("axi4 cycles: a subordinate of one read takes the next address after the data") {
  Axi4ChainConfig config = roomy();
  config.subordinate.reads = 1;
  CHECK(Bench(config).stream(true, false, 50, 1) == kReadEdges(1) + 49 * 2);
}

TEST_CASE("axi4 cycles: a subordinate of one write takes the next address after the response") {
  Axi4ChainConfig config = roomy();
  config.subordinate.writes = 1;
  CHECK(Bench(config).stream(false, true, 50, 1) == kWriteEdges(1) + 49 * 2);
}

TEST_CASE("axi4 cycles: `outstanding` payloads are accepted, and one more when one is answered") {
  Axi4ChainConfig config = roomy();
  config.manager.outstanding = 4;
  Bench bench(config);
  std::vector<Axi4Initiator::Sent*> sent;
  for (unsigned i = 0; i < 5; ++i) {
    sent.push_back(&bench.initiator.send(false, 64 * i, kBytes));
    CHECK(sent.back()->accepted == (i < 4));
  }
  bench.chain.clocks(20);
  CHECK(bench.edges(*sent[0]) == kReadEdges(1));
  CHECK(sent[4]->accepted_at == sent[0]->answered_at);
  CHECK(bench.edges(*sent[4]) == kReadEdges(5));  // an address a clock: it has lost nothing
}

TEST_CASE("axi4 cycles: one payload at a time goes on the pins at the edge of the answer before") {
  Axi4ChainConfig config = roomy();
  config.manager.outstanding = 1;
  Bench bench(config);
  const auto& first = bench.initiator.send(false, 0, kBytes);
  const auto& second = bench.initiator.send(false, 64, kBytes);
  bench.chain.clocks(20);
  CHECK(second.accepted_at == first.answered_at);
  CHECK(bench.edges(second) == 2 * kReadEdges(1) - 1);
}

TEST_CASE("axi4 cycles: `bursts` addresses without a response, and no more") {
  Axi4ChainConfig config = roomy();
  config.manager.bursts = 5;
  Bench bench(config);
  bench.chain.memory.holds = true;
  for (unsigned i = 0; i < 8; ++i) {
    bench.initiator.send(false, 64 * i, kBytes);
    bench.initiator.send(true, 64 * (i + 8), kBytes);
  }
  bench.chain.clocks(50);
  CHECK(bench.chain.checker.transfers(arch::Axi4Channel::kAr) == 5);
  CHECK(bench.chain.checker.transfers(arch::Axi4Channel::kAw) == 5);
}

TEST_CASE("axi4 cycles: `reads` and `writes` addresses are taken, and no more") {
  Axi4ChainConfig config = roomy();
  config.subordinate.reads = 3;
  config.subordinate.writes = 6;
  Bench bench(config);
  bench.chain.memory.holds = true;
  for (unsigned i = 0; i < 8; ++i) {
    bench.initiator.send(false, 64 * i, kBytes);
    bench.initiator.send(true, 64 * (i + 8), kBytes);
  }
  bench.chain.clocks(50);
  CHECK(bench.chain.checker.transfers(arch::Axi4Channel::kAr) == 3);
  CHECK(bench.chain.checker.transfers(arch::Axi4Channel::kAw) == 6);
  CHECK(bench.chain.memory.requests == 9);
}

TEST_CASE("axi4 cycles: a payload that overlaps a write waits for its response, one beside it does not") {
  Bench bench;
  const auto& write = bench.initiator.send(true, 0x100, kBytes);
  const auto& beside = bench.initiator.send(false, 0x108, kBytes);
  const auto& over = bench.initiator.send(false, 0x107, 1);
  bench.chain.clocks(30);
  CHECK(bench.edges(write) == kWriteEdges(1));
  CHECK(bench.edges(beside) == kReadEdges(1));
  CHECK(bench.edges(over) == kWriteEdges(1) + kReadEdges(1) - 1);
  CHECK(over.data[0] == 0x5a);
}
