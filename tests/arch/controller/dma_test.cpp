#include "arch/controller/dma.h"

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>

#include "arch/buffer/buffer.h"
#include "arch/dram/dram.h"
#include "support/child.h"
#include "support/watch.h"

using namespace tridex::arch;
using tridex::test::Watch;

namespace {

const sc_core::sc_time kCycle(5, sc_core::SC_NS);

/// A DMA between a DRAM and one buffer with storage, every binding watched.
struct Bench : sc_core::sc_module, CompletionIf {
  explicit Bench(const sc_core::sc_module_name& name, const Buffer& shared = {}, bool share = false)
      : sc_module(name),
        design(with(shared)),
        dram("dram", design.dram, 65536, 4),
        buffer("buffer", storage(shared), kCycle, true),
        dma("dma", design, kCycle, true),
        socket("socket") {
    watches.push_back(std::make_unique<Watch>(socket, dma.command_socket));
    for (auto& memory : dma.memory_sockets) {
      watches.push_back(std::make_unique<Watch>(memory, dram.ports));
    }
    for (auto& target : dma.buffer_sockets) {
      watches.push_back(std::make_unique<Watch>(target, buffer.socket));
    }
    if (share) {
      for (auto& ports : dma.buffer_ports) {
        ports.bind(buffer);
      }
    }
    dma.done.bind(*this);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static DesignPoint with(const Buffer& buffer) {
    DesignPoint d;
    d.input_buffer = d.weight_buffer = d.output_buffer = buffer;
    return d;
  }
  static Buffer storage(Buffer b) {
    b.bytes = 65536;
    return b;
  }
  void completed(int32_t tag, const sc_core::sc_time&, const sc_core::sc_time&) override {
    done.push_back(tag);
  }

  tlm::tlm_response_status command(uint64_t address, const Transfer& transfer, int32_t tag,
                                   const std::function<void(tlm::tlm_generic_payload&)>& change = {}) {
    Dma::Words words = Dma::encode(transfer, tag);
    tlm::tlm_generic_payload p;
    p.set_write();
    p.set_address(address);
    p.set_data_ptr(reinterpret_cast<unsigned char*>(words.data()));
    p.set_data_length(sizeof(words));
    p.set_streaming_width(sizeof(words));
    if (change) {
      change(p);
    }
    sc_core::sc_time delay;
    socket->b_transport(p, delay);
    return p.get_response_status();
  }
  static Transfer rows() {
    Transfer t;
    t.dram = 4000;  // the first row crosses a 4 KB line
    t.dram_stride = 8192;
    t.address = 64;
    t.stride = 256;
    t.row_bytes = 200;
    t.rows = 3;
    return t;
  }

  DesignPoint design;
  std::vector<int32_t> done;
  Dram dram;
  BufferModule buffer;
  Dma dma;
  tlm_utils::simple_initiator_socket<Bench> socket;
  std::vector<std::unique_ptr<Watch>> watches;
};

}  // namespace

TEST_CASE("dma: transfers both ways keep the protocol on every socket, and complete in order") {
  Bench bench("bench");
  Transfer load = Bench::rows();
  Transfer store = load;
  store.dram = 32768;
  CHECK(bench.command(0, load, 1) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.command(0, load, 2) == tlm::TLM_OK_RESPONSE);
  sc_core::sc_start();
  CHECK(bench.done == std::vector<int32_t>{1, 2});
  CHECK(bench.dram.traffic().read_bytes >= 2 * 3 * 200);
  CHECK(bench.command(Dma::kStoreOffset, store, 3) == tlm::TLM_OK_RESPONSE);
  sc_core::sc_start();
  CHECK(bench.done == std::vector<int32_t>{1, 2, 3});
  CHECK(bench.dram.traffic().write_bytes >= 3 * 200);
}

TEST_CASE("dma: refuses what is no command, with the right status, and starts nothing") {
  Bench bench("bench");
  const Transfer transfer = Bench::rows();
  using Payload = tlm::tlm_generic_payload;
  unsigned char enable = 0xff;
  const auto status = [&](const std::function<void(Payload&)>& change) {
    return bench.command(0, transfer, 1, change);
  };
  CHECK(status([](Payload& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); }) ==
        tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(status([](Payload& p) { p.set_read(); }) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status([](Payload& p) { p.set_address(4); }) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(status([](Payload& p) { p.set_data_length(36); }) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(status([](Payload& p) { p.set_streaming_width(36); }) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(status([&](Payload& p) {
          p.set_byte_enable_ptr(&enable);
          p.set_byte_enable_length(1);
        }) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  CHECK(bench.watches[0]->broken().empty());
  CHECK(status([](Payload& p) { p.set_data_ptr(nullptr); }) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.watches[0]->broken() == std::vector<std::string>{"data_pointer"});
  sc_core::sc_start();
  CHECK(bench.done.empty());
}

TEST_CASE("dma: a buffer that takes fewer bytes than the ports carry makes a load longer, and another not") {
  // Ports of 4 x 16 bytes a cycle.
  const auto cycles = [](int banks, BufferId id, bool share) {
    return std::stoll(tridex::test::run_in_child([&] {
      Buffer narrow;
      narrow.banks = banks;
      narrow.width_bits = 64;
      Bench bench("bench", narrow, share);
      Transfer load;
      load.buffer = id;
      load.row_bytes = 32768;
      bench.command(0, load, 1);
      sc_core::sc_start();
      return std::to_string(bench.done.size() == 1 ? sc_core::sc_time_stamp().value() / kCycle.value() : 0);
    }));
  };
  const bool shares = true;
  const int64_t alone = cycles(8, kInputBuffer, !shares);
  CHECK(alone >= 32768 / 64);
  CHECK(cycles(8, kInputBuffer, shares) == alone);
  CHECK(cycles(8, kWeightBuffer, shares) == alone);
  const int64_t narrow = cycles(1, kInputBuffer, shares);
  CHECK(narrow >= 32768 / 8);
  CHECK(narrow < 32768 / 8 + 200);
  CHECK(cycles(1, kWeightBuffer, shares) == narrow);
}

TEST_CASE("dma: a load takes the cycles of a buffer's port that a command would have had") {
  Buffer buffer;
  buffer.banks = 8;
  buffer.width_bits = 64;
  Bench bench("bench", buffer, true);
  const size_t user = bench.buffer.add_user();
  constexpr int64_t kCycles = 2000;  // all of the port for so long, which the load does not take
  bench.buffer.begin(user, 0, 0, kCycles, 0, kCycles * 64);
  Transfer load;
  load.row_bytes = 32768;
  REQUIRE(bench.command(0, load, 1) == tlm::TLM_OK_RESPONSE);
  sc_core::sc_start();
  REQUIRE(sc_core::sc_time_stamp() < kCycles * kCycle);
  CHECK(bench.buffer.passed(user, kCycles) == kCycles + 32768 / 64);
}
