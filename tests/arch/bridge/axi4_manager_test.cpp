// Axi4Manager with a subordinate that is driven by hand.
#include <catch2/catch.hpp>

#include "arch/bridge/axi4_manager.h"
#include "axi4_initiator.h"
#include "hand_clock.h"

using namespace tridex;
using namespace tridex::test;

namespace {

/// A manager whose subordinate is the test. Clocks are counted by hand.
struct ManagerBench : HandClock {
  arch::Axi4Wires<64, 32, 4> wires;
  arch::Axi4Manager<64, 32, 4> manager;
  Axi4Initiator initiator{"initiator"};

  explicit ManagerBench(const arch::Axi4ManagerConfig& config = {}) : manager("manager", config) {
    manager.aclk.bind(clk);
    manager.aresetn.bind(aresetn);
    manager.pins.bind(wires);
    initiator.socket.bind(manager.socket);
    reset();
  }
  void answer_write(uint32_t id, arch::Axi4Response response = arch::Axi4Response::kOkay) {
    wires.bid.write(id);
    wires.bresp.write(static_cast<uint32_t>(response));
    wires.bvalid.write(true);
    edges();
    wires.bvalid.write(false);
  }
  void answer_read(uint32_t id, uint64_t data, bool last,
                   arch::Axi4Response response = arch::Axi4Response::kOkay) {
    wires.rid.write(id);
    wires.rdata.write(data);
    wires.rlast.write(last);
    wires.rresp.write(static_cast<uint32_t>(response));
    wires.rvalid.write(true);
    edges();
    wires.rvalid.write(false);
  }
  void ready(bool level) {
    for (auto* signal : {&wires.awready, &wires.wready, &wires.arready}) {
      signal->write(level);
    }
  }
};

}  // namespace

TEST_CASE("axi4 manager: address and data are valid before anything is ready, and wait unchanged") {
  ManagerBench b;
  b.initiator.send(true, 0x1003, 10);
  CHECK(!b.wires.awvalid.read());
  b.edges();
  for (int i = 0; i < 5; ++i) {
    CHECK(b.wires.awvalid.read());
    CHECK(b.wires.awaddr.read() == 0x1003);
    CHECK(b.wires.awlen.read() == 1);
    CHECK(b.wires.awsize.read() == 3);
    CHECK(b.wires.wvalid.read());
    CHECK(b.wires.wstrb.read() == 0xf8);
    CHECK(!b.wires.wlast.read());
    b.edges();
  }
  b.wires.wready.write(true);  // data alone
  b.edges();
  CHECK(b.wires.wlast.read());
  CHECK(b.wires.wstrb.read() == 0x1f);
  b.edges();
  CHECK(!b.wires.wvalid.read());
  CHECK(b.wires.awvalid.read());
  b.wires.awready.write(true);
  b.edges();
  CHECK(!b.wires.awvalid.read());
}

TEST_CASE("axi4 manager: data of the next write wait for its address, not for its transfer") {
  ManagerBench b;
  b.wires.wready.write(true);
  b.initiator.send(true, 0x100, 8);
  b.initiator.send(true, 0x200, 8);
  b.edges(5);
  CHECK(b.wires.awaddr.read() == 0x100);
  CHECK(!b.wires.wvalid.read());  // the first one's data have gone
  b.wires.awready.write(true);
  b.edges();
  CHECK(b.wires.awaddr.read() == 0x200);
  CHECK(b.wires.wvalid.read());
}

TEST_CASE("axi4 manager: answers out of order across IDs, in order within one") {
  arch::Axi4ManagerConfig config;
  config.ids = 2;
  ManagerBench b(config);
  b.ready(true);
  auto& first = b.initiator.send(false, 0x00, 8);   // ID 0
  auto& second = b.initiator.send(false, 0x10, 8);  // ID 1
  auto& third = b.initiator.send(false, 0x20, 8);   // ID 0
  b.edges(5);
  b.answer_read(1, 11, true);
  CHECK((second.answered && !first.answered && !third.answered));
  b.answer_read(0, 22, true);
  CHECK((first.answered && !third.answered));
  b.answer_read(0, 33, true);
  CHECK(third.answered);
  CHECK(first.data[0] == 22);
  CHECK(second.data[0] == 11);
  CHECK(third.data[0] == 33);
}

TEST_CASE("axi4 manager: interleaved beats of two IDs") {
  ManagerBench b;
  b.ready(true);
  auto& first = b.initiator.send(false, 0x00, 16);
  auto& second = b.initiator.send(false, 0x10, 16);
  b.edges(5);
  b.answer_read(0, 1, false);
  b.answer_read(1, 2, false);
  b.answer_read(1, 4, true);
  CHECK((second.answered && !first.answered));
  b.answer_read(0, 3, true);
  CHECK(first.answered);
  CHECK((first.data[0] == 1 && first.data[8] == 3 && second.data[0] == 2 && second.data[8] == 4));
}

TEST_CASE("axi4 manager: the worst response of all bursts and beats is the payload's") {
  ManagerBench b;
  b.ready(true);
  using R = arch::Axi4Response;
  const auto write = [&](R first, R second) {
    auto& sent = b.initiator.send(true, 4096 - 8, 16);  // two bursts, of one ID
    b.edges(5);
    const uint32_t id = b.wires.awid.read();
    b.answer_write(id, first);
    CHECK(!sent.answered);
    b.answer_write(id, second);
    CHECK(sent.answered);
    return sent.payload.get_response_status();
  };
  CHECK(write(R::kOkay, R::kOkay) == tlm::TLM_OK_RESPONSE);
  CHECK(write(R::kSlvErr, R::kOkay) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(write(R::kOkay, R::kSlvErr) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(write(R::kDecErr, R::kSlvErr) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  auto& read = b.initiator.send(false, 0x100, 16);
  b.edges(5);
  const uint32_t id = b.wires.arid.read();
  b.answer_read(id, 0, false, R::kSlvErr);
  b.answer_read(id, 0, true);
  CHECK(read.payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST_CASE("axi4 manager: disabled bytes of a read keep what they were") {
  ManagerBench b;
  b.ready(true);
  auto& sent = b.initiator.make(false, 0x100, 4);
  uint8_t enables[] = {TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
  sent.data = {9, 9, 9, 9};
  sent.payload.set_data_ptr(sent.data.data());
  sent.payload.set_byte_enable_ptr(enables);
  sent.payload.set_byte_enable_length(2);
  b.initiator.send(sent);
  b.edges(5);
  b.answer_read(0, 0x04030201, true);
  CHECK(sent.data == std::vector<uint8_t>{1, 9, 3, 9});
}

TEST_CASE("axi4 manager: reset between edges clears the pins at once and ends all with an error") {
  arch::Axi4ManagerConfig config;
  config.outstanding = 2;
  ManagerBench b(config);
  auto& first = b.initiator.send(true, 0, 32);
  auto& second = b.initiator.send(false, 0x100, 8);
  auto& waiting = b.initiator.send(false, 0x200, 8);  // no END_REQ
  b.edges(2);
  CHECK((b.wires.awvalid.read() && b.wires.wvalid.read() && b.wires.arvalid.read() && b.wires.rready.read()));
  CHECK(!waiting.accepted);
  b.aresetn.write(false);
  sc_core::sc_start(1, sc_core::SC_PS);
  for (const auto* signal :
       {&b.wires.awvalid, &b.wires.wvalid, &b.wires.arvalid, &b.wires.bready, &b.wires.rready}) {
    CHECK(!signal->read());
  }
  for (const auto* sent : {&first, &second, &waiting}) {
    CHECK(sent->answered);
    CHECK(sent->payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  }
  // What comes during the reset is sent after it, and not before the first edge out of it.
  auto& later = b.initiator.send(false, 0x300, 8);
  b.edges(2);
  b.aresetn.write(true);
  CHECK(!b.wires.arvalid.read());
  b.edges();
  CHECK(b.wires.arvalid.read());
  CHECK(b.wires.araddr.read() == 0x300);
  CHECK(!later.answered);
}

TEST_CASE("axi4 manager: no answer takes effect before its request, not even that of a reset") {
  ManagerBench b;
  auto& sent = b.initiator.make(false, 0, 8);
  const sc_core::sc_time from = sc_core::sc_time_stamp(), delay(9, sc_core::SC_NS);
  b.initiator.send(sent, delay);
  CHECK(sent.accepted_at == from + delay);
  b.edges();
  CHECK(!b.wires.arvalid.read());
  b.aresetn.write(false);
  b.edges();
  CHECK(sent.payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(sent.answered_at == from + delay);
}

TEST_CASE("axi4 manager: a request that takes effect later is sent at the first edge that is not before") {
  ManagerBench b;  // 1 ns after an edge, which come every 2 ns
  auto& sent = b.initiator.make(false, 0, 8);
  b.initiator.send(sent, sc_core::sc_time(3, sc_core::SC_NS));
  b.edges();
  CHECK(!b.wires.arvalid.read());
  b.edges();
  CHECK(b.wires.arvalid.read());
}

TEST_CASE("axi4 manager: responses that belong to nothing, and a wrong RLAST, name themselves") {
  ManagerBench b;
  b.ready(true);
  CHECK_THROWS_WITH(b.answer_write(3), Catch::Contains("manager") && Catch::Contains("BID 3"));
}

TEST_CASE("axi4 manager: a wrong RLAST is told with its beat") {
  ManagerBench b;
  b.ready(true);
  b.initiator.send(false, 0, 16);
  b.edges(3);
  CHECK_THROWS_WITH(b.answer_read(0, 0, true), Catch::Contains("RLAST is 1 at beat 1 of 2 of RID 0"));
}

TEST_CASE("axi4 manager: configurations that the pins cannot have") {
  arch::Axi4ManagerConfig config;
  config.ids = 17;
  CHECK_THROWS_WITH((arch::Axi4Manager<64, 32, 4>("ids", config)), Catch::Contains("ids is 17"));
  config = {};
  config.bytes_per_beat = 16;
  CHECK_THROWS_WITH((arch::Axi4Manager<64, 32, 4>("beat", config)), Catch::Contains("bytes_per_beat is 16"));
  config = {};
  config.bursts = 0;
  CHECK_THROWS_AS((arch::Axi4Manager<64, 32, 4>("bursts", config)), std::invalid_argument);
}

TEST_CASE("axi4 manager: payloads that have no bursts are answered without any") {
  ManagerBench b;
  Axi4Initiator& initiator = b.initiator;
  auto& empty = initiator.make(false, 0, 8);
  empty.payload.set_data_length(0);
  auto& nothing = initiator.make(false, 0, 8);
  nothing.payload.set_command(tlm::TLM_IGNORE_COMMAND);
  auto& no_id = initiator.make(false, 0, 8);
  no_id.extension.id = 16;
  no_id.payload.set_extension(&no_id.extension);
  for (auto* sent : {&empty, &nothing, &no_id}) {
    initiator.send(*sent);
  }
  b.edges(2);
  CHECK(!b.wires.arvalid.read());
  CHECK(empty.payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(nothing.payload.get_response_status() == tlm::TLM_OK_RESPONSE);
  CHECK(no_id.payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
}
