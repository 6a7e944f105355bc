// What a LiteManager does of a payload: phases, splitting, status, order, reset.
#include <array>
#include <catch2/catch.hpp>

#include "arch/bridge/lite_checker.h"
#include "arch/bridge/lite_manager.h"
#include "arch/monitor/protocol_monitor.h"
#include "clocked.h"

using namespace tridex;
using namespace tridex::test;

namespace {

int now() {
  return static_cast<int>(sc_core::sc_time_stamp() / nanoseconds(1));
}

struct Kept : tlm::tlm_mm_interface {
  void free(tlm::tlm_generic_payload*) override { ++freed; }
  int freed = 0;
};

/// An initiator that notes its calls, and pins that the test moves.
struct Bench : Clocked, tlm::tlm_bw_transport_if<> {
  arch::LiteSignals<32, 8> signals;
  arch::LiteManager<32, 8> manager;
  arch::LiteChecker<32, 8> checker{"checker"};
  arch::ProtocolMonitor<> monitor{"monitor"};
  tlm::tlm_initiator_socket<> socket{"socket"};
  Kept kept;
  std::vector<std::string> phases;
  bool accept = false;  // responses: END_RESP comes later

  explicit Bench(const arch::LiteManagerOptions& options = {},
                 const sc_core::sc_module_name& module_name = "bench")
      : Clocked(module_name), manager("manager", options) {
    connect(manager, checker);
    manager.pins.bind(signals);
    checker.pins.bind(signals);
    socket.bind(*this);
    monitor.bind_between(socket, manager.socket);
  }
  ~Bench() override { CHECK(monitor.violations().empty()); }

  void set(tlm::tlm_generic_payload& payload, bool write, uint64_t address, uint8_t* data, unsigned bytes) {
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  tlm::tlm_sync_enum call(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase, double delay_ns = 0) {
    sc_core::sc_time delay = nanoseconds(delay_ns);
    const auto answer = socket->nb_transport_fw(payload, phase, delay);
    if (answer == tlm::TLM_UPDATED) {
      phases.push_back(std::to_string(now()) + " returns " + phase.get_name());
    }
    return answer;
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) override {
    phases.push_back(std::to_string(now()) + " " + phase.get_name());
    return accept || phase == tlm::END_REQ ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  /// A subordinate that takes everything, from a thread at 1 ns after an edge.
  void ready() {
    signals.awready.write(true);
    signals.wready.write(true);
    signals.arready.write(true);
  }
  /// Puts an answer on the pins until the next edge, which is to take it.
  void answer_write(uint32_t response) {
    signals.bvalid.write(true);
    signals.bresp.write(response);
    sc_core::wait(nanoseconds(10));
    signals.bvalid.write(false);
  }
  void answer_read(uint32_t data, uint32_t response = 0) {
    signals.rvalid.write(true);
    signals.rdata.write(data);
    signals.rresp.write(response);
    sc_core::wait(nanoseconds(10));
    signals.rvalid.write(false);
  }
  void cycles(int count) { sc_core::wait(nanoseconds(10 * count)); }
};

using Phases = std::vector<std::string>;

}  // namespace

TEST_CASE("lite manager: four phases, at the edges") {
  Bench bench({.queue = 1});
  std::array<uint8_t, 4> data{1, 2, 3, 4};
  tlm::tlm_generic_payload one(&bench.kept), two(&bench.kept), three(&bench.kept);
  bench.accept = true;
  bench.run([&] {
    bench.ready();
    bench.cycles(3);  // it is 51
    for (auto* payload : {&one, &two, &three}) {
      payload->acquire();
      bench.set(*payload, true, 0x10, data.data(), 4);
    }
    CHECK(bench.call(one, tlm::BEGIN_REQ) == tlm::TLM_UPDATED);
    CHECK(bench.call(two, tlm::BEGIN_REQ) == tlm::TLM_ACCEPTED);  // the queue is full
    bench.cycles(2);                                              // offered after 60, taken at 70 and 80
    CHECK(bench.signals.awvalid.read());
    bench.cycles(2);
    CHECK(!bench.signals.awvalid.read());
    bench.answer_write(0);  // taken at 100
    bench.cycles(1);
    bench.answer_write(0);  // taken at 120: the response waits for the end of the first
    bench.cycles(1);
    CHECK(bench.call(one, tlm::END_RESP) == tlm::TLM_COMPLETED);
    bench.cycles(2);
    CHECK(bench.call(two, tlm::END_RESP) == tlm::TLM_COMPLETED);
    CHECK(bench.call(three, tlm::BEGIN_REQ, 20) == tlm::TLM_UPDATED);  // at 151, for 171
    bench.cycles(2);
    CHECK(!bench.signals.awvalid.read());  // 171: the edge at 170 was too early
    bench.cycles(1);
    CHECK(bench.signals.awvalid.read());  // after 180
    bench.cycles(1);
    bench.answer_write(0);
    CHECK(bench.call(three, tlm::END_RESP) == tlm::TLM_COMPLETED);
  });
  CHECK(bench.phases == Phases{"51 returns END_REQ", "100 BEGIN_RESP", "100 END_REQ", "140 BEGIN_RESP",
                               "151 returns END_REQ", "200 BEGIN_RESP"});
  for (auto* payload : {&one, &two, &three}) {
    CHECK(payload->is_response_ok());
    CHECK(payload->get_ref_count() == 1);
  }
  CHECK(bench.checker.violations().empty());
}

TEST_CASE("lite manager: bytes, strobes and addresses of the words of a payload") {
  Bench bench;
  std::vector<uint8_t> data{10, 11, 12, 13, 14, 15, 16, 17, 18, 19}, enables{0xff, 0xff, 0xff, 0, 0, 0, 0};
  tlm::tlm_generic_payload payload;
  std::vector<std::array<uint64_t, 3>> words;
  sc_core::sc_spawn([&] {
    while (true) {
      sc_core::wait(bench.aclk.posedge_event());
      if (bench.signals.awvalid.read() && bench.signals.awready.read()) {
        words.push_back(
            {bench.signals.awaddr.read(), bench.signals.wstrb.read(), bench.signals.wdata.read()});
      }
    }
  });
  bench.run([&] {
    bench.ready();
    bench.cycles(1);
    bench.set(payload, true, 0x12, data.data(), 10);
    payload.set_byte_enable_ptr(enables.data());
    payload.set_byte_enable_length(7);  // of bytes 0 to 2, and 7 to 9: the word at 0x18 has two of them
    sc_core::sc_spawn([&] {
      bench.cycles(4);
      bench.answer_write(0);
      bench.answer_write(0);
      bench.answer_write(2);
    });
    sc_core::sc_time delay;
    bench.socket->b_transport(payload, delay);
  });
  CHECK(payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(words == std::vector<std::array<uint64_t, 3>>{
                     {0x10, 0xc, 0x0b0a0000}, {0x14, 0x1, 0x0f0e0d0c}, {0x18, 0xe, 0x13121110}});
}

TEST_CASE("lite manager: what never gets to the pins") {
  Bench bench;
  std::array<uint8_t, 8> data{}, none{};
  const auto status = [&](uint64_t address, unsigned length, auto change) {
    tlm::tlm_generic_payload payload;
    bench.set(payload, true, address, data.data(), length);
    change(payload);
    sc_core::sc_time delay = nanoseconds(3);
    bench.socket->b_transport(payload, delay);
    CHECK(delay == nanoseconds(3));
    return payload.get_response_status();
  };
  const auto same = [](auto&) {};
  bench.run([&] {
    bench.cycles(3);
    CHECK(status(0x100, 1, same) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(status(0xfc, 5, same) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(status(~uint64_t{0}, 2, same) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(status(0, 4, [&](auto& payload) {
            payload.set_byte_enable_ptr(none.data());
            payload.set_byte_enable_length(4);
          }) == tlm::TLM_OK_RESPONSE);
    CHECK(status(0, 4, [](auto& payload) { payload.set_command(tlm::TLM_IGNORE_COMMAND); }) ==
          tlm::TLM_OK_RESPONSE);
    CHECK(now() == 51);
    bench.cycles(2);
    CHECK(!bench.signals.awvalid.read());
  });
}

TEST_CASE("lite manager: a read waits for the write before it, to the byte") {
  Bench bench;
  std::array<uint8_t, 4> data{};
  tlm::tlm_generic_payload write(&bench.kept), beside(&bench.kept), behind(&bench.kept);
  bench.run([&] {
    bench.ready();
    bench.cycles(3);
    for (auto* payload : {&write, &beside, &behind}) {
      payload->acquire();
    }
    bench.set(write, true, 0x12, data.data(), 2);
    bench.set(beside, false, 0x10, data.data(), 2);
    bench.set(behind, false, 0x13, data.data(), 1);
    bench.call(write, tlm::BEGIN_REQ);
    bench.call(beside, tlm::BEGIN_REQ);
    bench.call(behind, tlm::BEGIN_REQ);
    bench.cycles(1);
    CHECK(bench.signals.awvalid.read());
    CHECK(bench.signals.arvalid.read());  // of `beside`
    bench.cycles(1);
    CHECK(!bench.signals.arvalid.read());
    bench.answer_write(0);  // its edge may begin the read
    CHECK(bench.signals.arvalid.read());
    bench.answer_read(0);
    bench.answer_read(0);
  });
  CHECK(bench.phases.size() == 6);
  CHECK(bench.checker.violations().empty());
}

TEST_CASE("lite manager: VALID does not wait for READY, and the limit of words is exact") {
  Bench bench({.outstanding = 3});
  std::array<uint8_t, 32> data{};
  tlm::tlm_generic_payload payload(&bench.kept);
  payload.acquire();
  bench.run([&] {
    bench.cycles(3);
    bench.set(payload, true, 0, data.data(), 32);
    bench.call(payload, tlm::BEGIN_REQ);
    bench.cycles(5);
    CHECK(bench.signals.awvalid.read());
    CHECK(bench.signals.wvalid.read());
    bench.signals.wready.write(true);  // data of three words go, without an address
    bench.cycles(3);
    CHECK(!bench.signals.wvalid.read());
    CHECK(bench.signals.awvalid.read());
    CHECK(bench.signals.awaddr.read() == 0);
    bench.signals.awready.write(true);
    bench.cycles(3);
    CHECK(!bench.signals.awvalid.read());
    bench.answer_write(0);
    CHECK(bench.signals.awvalid.read());  // the fourth
    CHECK(bench.signals.awaddr.read() == 12);
    CHECK(bench.signals.wvalid.read());
  });
}

TEST_CASE("lite manager: a reset ends what has begun, the rest goes on after it") {
  Bench bench({.outstanding = 1});
  std::array<uint8_t, 8> data{};
  tlm::tlm_generic_payload begun(&bench.kept), waiting(&bench.kept);
  bench.run([&] {
    bench.ready();
    bench.cycles(3);
    for (auto* payload : {&begun, &waiting}) {
      payload->acquire();
      bench.set(*payload, false, 0, data.data(), 8);
    }
    bench.call(begun, tlm::BEGIN_REQ);
    bench.call(waiting, tlm::BEGIN_REQ);
    bench.cycles(3);
    bench.answer_read(1);  // of two
    bench.signals.arready.write(false);
    bench.cycles(1);
    CHECK(bench.signals.arvalid.read());
    bench.aresetn.write(false);  // after 100: sampled at 110
    bench.cycles(1);
    CHECK(!bench.signals.arvalid.read());
    CHECK(begun.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(waiting.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE);
    bench.cycles(3);
    bench.aresetn.write(true);
    bench.signals.arready.write(true);
    bench.cycles(1);
    CHECK(bench.signals.arvalid.read());  // after the first edge out of reset
    bench.cycles(1);
    bench.answer_read(0x04030201);
    bench.cycles(1);
    bench.answer_read(0x08070605);
  });
  CHECK(waiting.is_response_ok());
  CHECK(data == std::array<uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(bench.checker.violations().empty());
  CHECK(bench.phases ==
        Phases{"51 returns END_REQ", "51 returns END_REQ", "110 BEGIN_RESP", "190 BEGIN_RESP"});
}

TEST_CASE("lite manager: options out of range") {
  CHECK_THROWS_AS((arch::LiteManager<32, 8>("a", {.outstanding = 0})), std::invalid_argument);
  CHECK_THROWS_AS((arch::LiteManager<32, 8>("b", {.queue = 0})), std::invalid_argument);
  CHECK_THROWS_AS((arch::LiteManager<32, 8>("c", {.protection = 8})), std::invalid_argument);
}
