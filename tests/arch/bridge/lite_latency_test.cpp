// The documented times of LiteManager and LiteSubordinate, exactly.
#include <array>
#include <catch2/catch.hpp>

#include "arch/bridge/lite_manager.h"
#include "arch/bridge/lite_subordinate.h"
#include "clocked.h"
#include "lite_memory.h"

using namespace tridex;
using namespace tridex::test;

namespace {

/// TLM -> pins -> TLM, and times of edges at which the pins were seen with a handshake.
struct Bench : Clocked {
  arch::LiteSignals<32, 16> signals;
  arch::LiteManager<32, 16> manager;
  arch::LiteSubordinate<32, 16> subordinate;
  LiteMemory memory{"memory", 0x1000};
  tlm_utils::simple_initiator_socket<Bench> socket{"socket"};
  std::vector<int> aw, w, b, ar, r;

  explicit Bench(int outstanding = 8, int depth = 4, const sc_core::sc_module_name& module_name = "bench")
      : Clocked(module_name),
        manager("manager", {.outstanding = outstanding}),
        subordinate("subordinate", {.depth = depth}) {
    connect(manager, subordinate);
    manager.pins.bind(signals);
    subordinate.pins.bind(signals);
    subordinate.socket.bind(memory.socket);
    socket.bind(manager.socket);
    SC_HAS_PROCESS(Bench);
    SC_METHOD(watch);
    sensitive << aclk.posedge_event();
    dont_initialize();
  }
  void watch() {
    const int now = static_cast<int>(sc_core::sc_time_stamp() / nanoseconds(1));
    const auto note = [&](std::vector<int>& times, bool valid, bool ready) {
      if (valid && ready) {
        times.push_back(now);
      }
    };
    note(aw, signals.awvalid.read(), signals.awready.read());
    note(w, signals.wvalid.read(), signals.wready.read());
    note(b, signals.bvalid.read(), signals.bready.read());
    note(ar, signals.arvalid.read(), signals.arready.read());
    note(r, signals.rvalid.read(), signals.rready.read());
  }
  tlm::tlm_response_status access(bool write, uint64_t address, uint8_t* data, unsigned bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    CHECK(delay == sc_core::SC_ZERO_TIME);
    return payload.get_response_status();
  }
};

using Times = std::vector<int>;

}  // namespace

TEST_CASE("lite: a word takes three edges after the one that offers it") {
  Bench bench;
  std::array<uint8_t, 4> data{1, 2, 3, 4}, back{};
  bench.run([&] {
    sc_core::wait(nanoseconds(30));  // it is 51
    CHECK(bench.access(true, 0x10, data.data(), 4) == tlm::TLM_OK_RESPONSE);
    CHECK(sc_core::sc_time_stamp() == nanoseconds(90));
    CHECK(bench.access(false, 0x10, back.data(), 4) ==
          tlm::TLM_OK_RESPONSE);  // asked for at an edge: the next
    CHECK(sc_core::sc_time_stamp() == nanoseconds(130));
  });
  CHECK(back == data);
  CHECK(bench.aw == Times{70});
  CHECK(bench.w == Times{70});
  CHECK(bench.b == Times{90});
  CHECK(bench.ar == Times{110});
  CHECK(bench.r == Times{130});
}

TEST_CASE("lite: words of a payload follow each other without a bubble") {
  Bench bench;
  std::array<uint8_t, 40> data{}, back{};
  for (size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<uint8_t>(i + 1);
  }
  bench.run([&] {
    sc_core::wait(nanoseconds(30));
    bench.access(true, 0x20, data.data(), 40);
    CHECK(sc_core::sc_time_stamp() == nanoseconds(180));
    bench.access(false, 0x20, back.data(), 40);
  });
  CHECK(back == data);
  CHECK(bench.aw == Times{70, 80, 90, 100, 110, 120, 130, 140, 150, 160});
  CHECK(bench.w == bench.aw);
  CHECK(bench.b == Times{90, 100, 110, 120, 130, 140, 150, 160, 170, 180});
  CHECK(bench.ar == Times{200, 210, 220, 230, 240, 250, 260, 270, 280, 290});
  CHECK(bench.r == Times{220, 230, 240, 250, 260, 270, 280, 290, 300, 310});
}

namespace {

/// Handshakes of the addresses of eight words that are read.
Times addresses(int outstanding, int depth) {
  Bench bench(outstanding, depth);
  std::array<uint8_t, 32> data{};
  bench.run([&] {
    sc_core::wait(nanoseconds(30));
    bench.access(false, 0, data.data(), 32);
  });
  return bench.ar;
}

}  // namespace

TEST_CASE("lite: three outstanding words and a depth of two are enough") {
  CHECK(addresses(3, 2) == Times{70, 80, 90, 100, 110, 120, 130, 140});
}

TEST_CASE("lite: two outstanding words are not") {
  CHECK(addresses(2, 2) == Times{70, 80, 100, 110, 130, 140, 160, 170});
}

TEST_CASE("lite: a depth of one is not") {
  CHECK(addresses(3, 1) == Times{70, 90, 110, 130, 150, 170, 190, 210});
}
