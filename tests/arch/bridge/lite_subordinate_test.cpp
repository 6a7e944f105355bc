// What a LiteSubordinate does of the pins: order of address and data, strobes, answers, back-pressure, reset.
#include <catch2/catch.hpp>

#include "arch/bridge/lite_checker.h"
#include "arch/bridge/lite_subordinate.h"
#include "clocked.h"
#include "lite_memory.h"

using namespace tridex;
using namespace tridex::test;

namespace {

struct Access {
  bool write;
  uint64_t address;
  std::vector<uint8_t> data;  // of a write
  std::vector<uint8_t> enables;
  bool operator==(const Access&) const = default;
};

/// A target that notes its accesses, and pins that the test moves, at 1 ns after an edge.
struct Bench : Clocked {
  arch::LiteSignals<32, 40> signals;
  arch::LiteSubordinate<32, 40> subordinate;
  arch::LiteChecker<32, 40> checker{"checker"};
  tlm_utils::simple_target_socket<Bench> target{"target"};
  std::vector<Access> accesses;
  std::vector<tlm::tlm_response_status> statuses;  // the next ones; OK where there is none
  double delay_ns = 0, wait_ns = 0;

  explicit Bench(const arch::LiteSubordinateOptions& options = {},
                 const sc_core::sc_module_name& module_name = "bench")
      : Clocked(module_name), subordinate("subordinate", options) {
    connect(subordinate, checker);
    subordinate.pins.bind(signals);
    checker.pins.bind(signals);
    subordinate.socket.bind(target);
    target.register_b_transport(this, &Bench::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    Access access{payload.is_write(), payload.get_address(), {}, {}};
    CHECK(payload.get_streaming_width() == payload.get_data_length());
    for (unsigned i = 0; i < payload.get_data_length(); ++i) {
      if (payload.is_write()) {
        access.data.push_back(payload.get_data_ptr()[i]);
      } else {
        payload.get_data_ptr()[i] = static_cast<uint8_t>(0x10 + i);
      }
    }
    if (payload.get_byte_enable_ptr() != nullptr) {
      access.enables.assign(payload.get_byte_enable_ptr(),
                            payload.get_byte_enable_ptr() + payload.get_byte_enable_length());
    }
    accesses.push_back(access);
    if (wait_ns > 0) {
      sc_core::wait(nanoseconds(wait_ns));
    }
    delay += nanoseconds(delay_ns);
    payload.set_response_status(statuses.empty() ? tlm::TLM_OK_RESPONSE : statuses.front());
    statuses.erase(statuses.begin(), statuses.begin() + (statuses.empty() ? 0 : 1));
  }
  void cycles(int count) { sc_core::wait(nanoseconds(10 * count)); }
  void address(uint64_t value) {
    signals.awvalid.write(true);
    signals.awaddr.write(value);
    cycles(1);
    signals.awvalid.write(false);
  }
  void data(uint32_t value, uint32_t strobe) {
    signals.wvalid.write(true);
    signals.wdata.write(value);
    signals.wstrb.write(strobe);
    cycles(1);
    signals.wvalid.write(false);
  }
  void read(uint64_t value) {
    signals.arvalid.write(true);
    signals.araddr.write(value);
    cycles(1);
    signals.arvalid.write(false);
  }
};

}  // namespace

TEST_CASE("lite subordinate: address and data of a write in any order") {
  Bench bench;
  bench.run([&] {
    bench.signals.bready.write(true);
    bench.cycles(3);
    bench.data(0x44332211, 0xf);
    bench.data(0x88776655, 0xf);
    bench.cycles(5);
    CHECK(bench.accesses.empty());
    bench.address(0x100);
    CHECK(bench.accesses.size() == 1);
    CHECK(!bench.signals.bvalid.read());
    bench.cycles(1);
    CHECK(bench.signals.bvalid.read());  // after the edge behind that of the second handshake
    bench.cycles(1);
    CHECK(!bench.signals.bvalid.read());
    bench.address(0x7);
    bench.address(0x20);
    CHECK(bench.accesses.size() == 2);
    bench.data(0xccbbaa99, 0xf);
    bench.cycles(2);
  });
  CHECK(bench.accesses == std::vector<Access>{{true, 0x100, {0x11, 0x22, 0x33, 0x44}, {}},
                                              {true, 0x4, {0x55, 0x66, 0x77, 0x88}, {}},
                                              {true, 0x20, {0x99, 0xaa, 0xbb, 0xcc}, {}}});
  CHECK(bench.checker.violations().empty());
  CHECK(bench.checker.writes() == 3);
}

TEST_CASE("lite subordinate: strobes that lie together are a short write, others byte enables") {
  Bench bench;
  bench.run([&] {
    bench.signals.bready.write(true);
    bench.cycles(3);
    for (const uint32_t strobe : {0x1U, 0x6U, 0xcU, 0x5U, 0x0U}) {
      bench.address(0x40);
      bench.data(0x44332211, strobe);
    }
    bench.cycles(3);
  });
  const std::vector<uint8_t> all{0x11, 0x22, 0x33, 0x44};
  CHECK(bench.accesses == std::vector<Access>{{true, 0x40, {0x11}, {}},
                                              {true, 0x41, {0x22, 0x33}, {}},
                                              {true, 0x42, {0x33, 0x44}, {}},
                                              {true, 0x40, all, {0xff, 0, 0xff, 0}},
                                              {true, 0x40, all, {0, 0, 0, 0}}});
  CHECK(bench.checker.writes() == 5);
}

TEST_CASE("lite subordinate: answers for each status of a response") {
  Bench bench;
  const std::vector<std::pair<tlm::tlm_response_status, uint32_t>> cases = {
      {tlm::TLM_OK_RESPONSE, arch::kRespOkay},
      {tlm::TLM_ADDRESS_ERROR_RESPONSE, arch::kRespDecerr},
      {tlm::TLM_GENERIC_ERROR_RESPONSE, arch::kRespSlverr},
      {tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE, arch::kRespSlverr},
      {tlm::TLM_INCOMPLETE_RESPONSE, arch::kRespSlverr}};
  bench.run([&] {
    bench.signals.rready.write(true);
    bench.signals.bready.write(true);
    bench.cycles(3);
    for (const auto& [status, response] : cases) {
      INFO(status);
      bench.statuses = {status, status};
      bench.read(0xffffffff05);
      bench.cycles(1);
      CHECK(bench.signals.rvalid.read());
      CHECK(bench.signals.rresp.read() == response);
      CHECK(bench.signals.rdata.read() == (response == arch::kRespOkay ? 0x13121110 : 0));
      bench.address(0);
      bench.data(0, 0xf);
      bench.cycles(1);
      CHECK(bench.signals.bvalid.read());
      CHECK(bench.signals.bresp.read() == response);
      bench.cycles(1);
    }
  });
  CHECK(bench.accesses[0] == Access{false, 0xffffffff04, {}, {}});
  CHECK(bench.checker.violations().empty());
}

TEST_CASE("lite subordinate: takes as many requests as its depth, and no more") {
  Bench bench({.depth = 2});
  bench.run([&] {
    bench.cycles(3);
    bench.signals.arvalid.write(true);  // nobody takes the answers
    bench.cycles(6);
    // One answer on the pins, two requests behind it.
    CHECK(bench.accesses.size() == 3);
    CHECK(!bench.signals.arready.read());
    bench.signals.rready.write(true);
    bench.cycles(1);
    bench.signals.rready.write(false);
    CHECK(bench.signals.arready.read());  // the second answer went to the pins
    bench.cycles(4);
    CHECK(bench.accesses.size() == 4);
    CHECK(!bench.signals.arready.read());
  });
  CHECK(bench.checker.reads() == 1);
}

TEST_CASE("lite subordinate: the time of the target, waited and annotated") {
  Bench bench;
  bench.wait_ns = 15;
  bench.delay_ns = 14;
  bench.run([&] {
    bench.cycles(3);
    bench.read(0);  // handshake at 60, done at 89
    bench.cycles(2);
    CHECK(!bench.signals.rvalid.read());
    bench.cycles(1);
    CHECK(bench.signals.rvalid.read());  // after 90
    bench.signals.rready.write(true);
    bench.cycles(1);
    bench.delay_ns = 15;
    bench.read(0);  // handshake at 110, done at 140: an edge, the answer is on the pins after the next
    bench.cycles(3);
    CHECK(!bench.signals.rvalid.read());
    bench.cycles(1);
    CHECK(bench.signals.rvalid.read());
  });
}

TEST_CASE("lite subordinate: a reset drops answers, and those that come back during it") {
  Bench bench;
  bench.wait_ns = 35;
  bench.run([&] {
    bench.signals.rready.write(true);
    bench.cycles(3);
    bench.address(0x10);  // has no data yet, and is forgotten
    bench.read(0);        // handshake at 70, done at 105
    bench.aresetn.write(false);
    bench.cycles(1);
    bench.aresetn.write(true);
    bench.cycles(9);
    CHECK(!bench.signals.rvalid.read());
    CHECK(bench.accesses.size() == 1);
    bench.data(0x44332211, 0xf);
    bench.address(0x20);
    bench.read(8);
    bench.cycles(6);
  });
  CHECK(bench.accesses.size() == 3);
  CHECK(bench.accesses[1] == Access{true, 0x20, {0x11, 0x22, 0x33, 0x44}, {}});
  CHECK(bench.checker.reads() == 1);
}

TEST_CASE("lite subordinate: options out of range") {
  CHECK_THROWS_AS((arch::LiteSubordinate<32, 8>("a", {.depth = 0})), std::invalid_argument);
}
