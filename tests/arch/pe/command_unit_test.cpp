#include "arch/pe/command_unit.h"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "arch/buffer/buffer.h"
#include "support/watch.h"

using namespace tridex::arch;
using sc_core::sc_time;

namespace {

const sc_time kCycle(5, sc_core::SC_NS);

/// Takes c0 cycles for a command.
struct Unit : CommandUnit {
  explicit Unit(const sc_core::sc_module_name& name) : CommandUnit(name, kCycle, false) {}
  int64_t cycles(const Command& command) const override { return command.c0; }
  void compute(const Command&, const BufferViews&) override {}
};

struct Bench : sc_core::sc_module, CompletionIf {
  explicit Bench(const sc_core::sc_module_name& name)
      : sc_module(name),
        unit("unit"),
        buffer("buffer", Buffer{}, kCycle, false),
        socket("socket"),
        watch(socket, unit.command_socket) {
    for (size_t i = 0; i < 3; ++i) {
      unit.data_sockets[i].bind(buffer.socket);
    }
    unit.done.bind(*this);
  }
  void completed(int32_t tag, const sc_time& start, const sc_time& end) override {
    done.push_back({tag, start, end});
  }
  tlm::tlm_response_status access(tlm::tlm_command command, uint64_t address, void* data, unsigned bytes) {
    tlm::tlm_generic_payload p;
    p.set_command(command);
    p.set_address(address);
    p.set_data_ptr(static_cast<unsigned char*>(data));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    sc_time delay;
    socket->b_transport(p, delay);
    return p.get_response_status();
  }
  tlm::tlm_response_status start(int tag, int cycles) {
    Command command;
    command.tag = tag;
    command.c0 = cycles;
    std::array<int32_t, Command::kWords + 1> words{};
    const auto encoded = command.encode();
    std::copy(encoded.begin(), encoded.end(), words.begin());
    words.back() = 1;
    return access(tlm::TLM_WRITE_COMMAND, 0, words.data(), sizeof(words));
  }
  struct Done {
    int32_t tag;
    sc_time start, end;
  };
  std::vector<Done> done;
  Unit unit;
  BufferModule buffer;
  tlm_utils::simple_initiator_socket<Bench> socket;
  tridex::test::Watch watch;
};

}  // namespace

TEST_CASE("command unit: commands run one after the other, without a gap when one waits") {
  Bench bench("bench");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  REQUIRE(bench.start(1, 10) == tlm::TLM_OK_RESPONSE);
  REQUIRE(bench.start(2, 7) == tlm::TLM_OK_RESPONSE);
  sc_core::sc_start();
  REQUIRE(bench.done.size() == 2);
  CHECK(bench.done[0].tag == 1);
  CHECK(bench.done[0].end == 10 * kCycle);
  CHECK(bench.done[1].start == 10 * kCycle);
  CHECK(bench.done[1].end == 17 * kCycle);
}

TEST_CASE("command unit: two commands are taken, a third is refused, and the status register counts them") {
  Bench bench("bench");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  uint32_t status = 99;
  CHECK(bench.access(tlm::TLM_READ_COMMAND, CommandUnit::kStatusRegister, &status, 4) ==
        tlm::TLM_OK_RESPONSE);
  CHECK(status == 0);
  CHECK(bench.start(1, 10) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.start(2, 10) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.start(3, 10) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_READ_COMMAND, CommandUnit::kStatusRegister, &status, 4) ==
        tlm::TLM_OK_RESPONSE);
  CHECK(status == 2);
  sc_core::sc_start(11 * kCycle);
  CHECK(bench.start(3, 10) == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("command unit: debug access reads registers and starts nothing") {
  Bench bench("bench");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  REQUIRE(bench.start(77, 10) == tlm::TLM_OK_RESPONSE);
  std::array<int32_t, Command::kWords + 2> words{};
  tlm::tlm_generic_payload p;
  p.set_read();
  p.set_address(0);
  p.set_data_ptr(reinterpret_cast<unsigned char*>(words.data()));
  p.set_data_length(sizeof(words));
  CHECK(bench.socket->transport_dbg(p) == sizeof(words));
  Command::Words command{};
  std::copy_n(words.begin(), command.size(), command.begin());
  CHECK(Command::decode(command).tag == 77);
  CHECK(words.back() == 1);
  p.set_address(CommandUnit::kStatusRegister);
  CHECK(bench.socket->transport_dbg(p) == 4);
  CHECK(words[0] == 1);
  p.set_address(CommandUnit::kStatusRegister + 4);
  CHECK(bench.socket->transport_dbg(p) == 0);
  p.set_write();
  p.set_address(CommandUnit::kStartRegister);
  CHECK(bench.socket->transport_dbg(p) == 0);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(bench.socket->get_direct_mem_ptr(p, dmi));
  sc_core::sc_start();
  CHECK(bench.done.size() == 1);
}

TEST_CASE("command unit: accesses beside the registers are refused") {
  Bench bench("bench");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  uint32_t word = 0;
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, 0, &word, 4) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, 2, &word, 4) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, CommandUnit::kStatusRegister, &word, 4) ==
        tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_READ_COMMAND, 0, &word, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_IGNORE_COMMAND, 0, &word, 4) == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(bench.watch.broken().empty());
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, 0, nullptr, 4) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.watch.broken() == std::vector<std::string>{"data_pointer"});
}
