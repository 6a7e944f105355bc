// Random payloads through Verilated RTL: a memory behind Axi4Manager, and register slices between the two
// bridges.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "axi4_chain.h"
#include "axi4_ram_eager.h"
#include "axi4_ram_late.h"
#include "axi4_ram_wide.h"
#include "axi4_slice_combinational.h"
#include "axi4_slice_late.h"
#include "axi4_slice_registered.h"
#include "axi4_slice_wide.h"
#include "axi4_traffic.h"
#include "support/child.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::test;

namespace {

constexpr uint64_t kBase = 0x1000'0000;  // BASE of axi4_ram.sv
constexpr size_t kBytes = 65536;         // its BYTES
static_assert(Axi4Memory::kErrorBytes == 16384, "its ERROR_BYTES");

/// A tenth of TRIDEX_TRANSACTIONS, or 2,000.
uint64_t transactions_asked() {
  const char* const given = std::getenv("TRIDEX_TRANSACTIONS");
  return given != nullptr ? std::strtoull(given, nullptr, 10) / 10 : 2000;
}

arch::Axi4Stalls some_stalls(std::mt19937_64& random) {
  arch::Axi4Stalls stalls;
  stalls.seed = random();
  for (double* const channel : {&stalls.aw, &stalls.w, &stalls.b, &stalls.ar, &stalls.r}) {
    *channel = random() % 2 == 0 ? 0 : static_cast<double>(random() % 700) / 1000.0;
  }
  return stalls;
}

/// front -> Axi4Manager -> wires, checker -> memory in RTL.
template <typename Ram, int DataBits>
struct RamChain : Axi4Clocked {
  arch::Axi4Wires<DataBits, 32, 4> wires;
  arch::Axi4Manager<DataBits, 32, 4> manager;
  arch::Axi4Checker<DataBits, 32, 4> checker{"checker"};
  Ram ram{"ram"};

  explicit RamChain(const arch::Axi4ManagerConfig& config) : manager("manager", config) {
    connect(manager);
    connect(checker);
    connect(ram);
    manager.pins.bind(wires);
    checker.pins.bind(wires);
    TRIDEX_BIND_AXI4(ram, s_axi_, wires);
    front.initiator_socket.bind(manager.socket);
  }
  std::string finish() override { return axi4_findings(front, checker); }
};

/// front -> Axi4Manager -> wires, checker -> slice in RTL -> wires, checker -> Axi4Subordinate -> memory.
template <typename Slice, int DataBits>
struct SliceChain : Axi4ChainBase {
  arch::Axi4Wires<DataBits, 32, 4> near_wires{"near_"}, far_wires{"far_"};
  arch::Axi4Manager<DataBits, 32, 4> manager;
  arch::Axi4Subordinate<DataBits, 32, 4> subordinate;
  arch::Axi4Checker<DataBits, 32, 4> near{"near"}, far{"far"};
  Slice slice{"slice"};

  explicit SliceChain(const Axi4ChainConfig& config)
      : Axi4ChainBase(config),
        manager("manager", config.manager),
        subordinate("subordinate", config.subordinate) {
    connect(manager);
    connect(subordinate);
    connect(near);
    connect(far);
    connect(slice);
    manager.pins.bind(near_wires);
    near.pins.bind(near_wires);
    TRIDEX_BIND_AXI4(slice, s_axi_, near_wires);
    TRIDEX_BIND_AXI4(slice, m_axi_, far_wires);
    far.pins.bind(far_wires);
    subordinate.pins.bind(far_wires);
    front.initiator_socket.bind(manager.socket);
    subordinate.socket.bind(back.target_socket);
  }
  std::string finish() override { return axi4_findings(front, back, near, far); }
};

template <int DataBits>
std::string run(Axi4Clocked& chain, std::mt19937_64& random, std::vector<uint8_t> bytes) {
  Axi4Traffic traffic("traffic", {kBase, random(), DataBits / 8, 16, 24, transactions_asked()},
                      std::move(bytes));
  traffic.aclk.bind(chain.clock);
  traffic.socket.bind(chain.front.target_socket);
  chain.start();
  std::string text = traffic.run();
  return text += chain.finish();
}

template <typename Ram, int DataBits>
void test_ram(const char* name) {
  Random seeds(name);
  for (int i = 0; i < 3; ++i) {
    const auto seed = static_cast<uint64_t>(seeds.integer(0, 1'000'000'000));
    INFO("seed " << seed);
    CHECK(run_in_child([seed] {
            std::mt19937_64 random(seed);
            arch::Axi4ManagerConfig config;
            config.stalls = some_stalls(random);
            RamChain<Ram, DataBits> chain(config);
            return run<DataBits>(chain, random, std::vector<uint8_t>(kBytes));
          }) == "");
  }
}

template <typename Slice, int DataBits>
void test_slice(const char* name) {
  Random seeds(name);
  for (int i = 0; i < 3; ++i) {
    const auto seed = static_cast<uint64_t>(seeds.integer(0, 1'000'000'000));
    INFO("seed " << seed);
    CHECK(run_in_child([seed] {
            std::mt19937_64 random(seed);
            Axi4ChainConfig config;
            config.base = kBase;
            config.manager.stalls = some_stalls(random);
            config.subordinate.stalls = some_stalls(random);
            config.subordinate.interleave_reads = random() % 2 == 0;
            config.memory = {false, static_cast<unsigned>(random() % 30), random()};
            SliceChain<Slice, DataBits> chain(config);
            return run<DataBits>(chain, random, chain.memory.bytes);
          }) == "");
  }
}

}  // namespace

TEST_CASE("axi4 rtl: a memory that is ready before valid, from a register") {
  test_ram<axi4_ram_eager, 64>("axi4 ram, eager");
}

TEST_CASE("axi4 rtl: a memory whose ready follows valid in the same cycle, with stalls") {
  test_ram<axi4_ram_late, 64>("axi4 ram, late");
}

TEST_CASE("axi4 rtl: a memory of 512 bits, with stalls") {
  test_ram<axi4_ram_wide, 512>("axi4 ram, wide");
}

TEST_CASE("axi4 rtl: slices with ready from a register") {
  test_slice<axi4_slice_registered, 64>("axi4 slice, registered");
}

TEST_CASE("axi4 rtl: slices with ready from the other side in the same cycle") {
  test_slice<axi4_slice_combinational, 64>("axi4 slice, combinational");
}

TEST_CASE("axi4 rtl: slices with ready after valid") {
  test_slice<axi4_slice_late, 64>("axi4 slice, late");
}

TEST_CASE("axi4 rtl: slices of 1,024 bits") {
  test_slice<axi4_slice_wide, 1024>("axi4 slice, wide");
}
