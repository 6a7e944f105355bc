#include "arch/dram/dram.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "payload_pool.h"
#include "support/watch.h"

using namespace tridex::arch;
using sc_core::SC_PS;
using sc_core::sc_time;
using tridex::test::PayloadPool;
using tridex::test::Watch;

namespace {

/// An initiator that checks the target's half of the protocol and notes when each phase came.
struct Probe : sc_core::sc_module {
  enum class Answer { kCompleted, kUpdated, kLater };
  struct Seen {
    int64_t end_req = -1, begin_resp = -1;
  };

  tlm_utils::simple_initiator_socket<Probe> socket{"socket"};
  std::map<tlm::tlm_generic_payload*, Seen> seen;
  std::vector<tlm::tlm_generic_payload*> order;  // of the responses
  Answer answer = Answer::kCompleted;
  sc_time answer_delay = sc_core::SC_ZERO_TIME;
  tlm::tlm_generic_payload* responding = nullptr;

  explicit Probe(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &Probe::nb_transport_bw);
  }

  tlm::tlm_sync_enum request(tlm::tlm_generic_payload* payload, sc_time delay = sc_core::SC_ZERO_TIME) {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    const auto result = socket->nb_transport_fw(*payload, phase, delay);
    if (result == tlm::TLM_UPDATED) {
      REQUIRE(phase == tlm::END_REQ);
      seen[payload].end_req = now();
    }
    return result;
  }

  void end_response() {
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_time delay = sc_core::SC_ZERO_TIME;
    auto* payload = responding;
    responding = nullptr;
    CHECK(socket->nb_transport_fw(*payload, phase, delay) == tlm::TLM_COMPLETED);
    payload->release();
  }

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_time& delay) {
    CHECK(delay == sc_core::SC_ZERO_TIME);
    if (phase == tlm::END_REQ) {
      CHECK(seen[&payload].end_req == -1);
      seen[&payload].end_req = now();
      return tlm::TLM_ACCEPTED;
    }
    REQUIRE(phase == tlm::BEGIN_RESP);
    CHECK(responding == nullptr);  // one response at a time
    CHECK(seen[&payload].end_req >= 0);
    seen[&payload].begin_resp = now();
    order.push_back(&payload);
    if (answer == Answer::kLater) {
      responding = &payload;
      return tlm::TLM_ACCEPTED;
    }
    delay = answer_delay;
    if (answer == Answer::kUpdated) {
      phase = tlm::END_RESP;
    }
    payload.release();
    return answer == Answer::kCompleted ? tlm::TLM_COMPLETED : tlm::TLM_UPDATED;
  }

  static int64_t now() { return static_cast<int64_t>(sc_core::sc_time_stamp().value()); }
};

struct Bench {
  explicit Bench(size_t storage = 0, unsigned in_flight = 4, int probe_count = 1, DramTiming timing = {})
      : dram("dram", timing, storage, in_flight) {
    for (int i = 0; i < probe_count; ++i) {
      probes.push_back(std::make_unique<Probe>(sc_core::sc_gen_unique_name("probe")));
      watches.push_back(std::make_unique<Watch>(probes.back()->socket, dram.ports));
    }
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  Probe& probe(size_t i = 0) { return *probes[i]; }
  static void run(int64_t clocks) { sc_core::sc_start(sc_time(static_cast<double>(clocks * 833), SC_PS)); }

  Dram dram;
  std::vector<std::unique_ptr<Probe>> probes;
  PayloadPool pool;
  std::vector<uint8_t> scratch = std::vector<uint8_t>(4096, 0);
  std::vector<std::unique_ptr<Watch>> watches;
};

}  // namespace

TEST_CASE("a read takes the time of the channel, with the four phases") {
  Bench b;
  auto* read = b.pool.make(false, 0, b.scratch.data(), 64);
  CHECK(b.probe().request(read) == tlm::TLM_UPDATED);
  b.run(1000);
  CHECK(b.probe().seen[read].end_req == 0);
  CHECK(b.probe().seen[read].begin_resp == 39 * 833);
  CHECK(b.pool.in_use == 0);
  CHECK(b.dram.in_flight() == 0);
  CHECK(b.dram.traffic().read_bytes == 64);
}

TEST_CASE("each way to end a response frees the run, at its time") {
  Bench b(0, 1);
  b.probe().answer = Probe::Answer::kLater;
  auto* first = b.pool.make(false, 0, b.scratch.data(), 64);
  auto* second = b.pool.make(false, 0, b.scratch.data(), 64);
  CHECK(b.probe().request(first) == tlm::TLM_UPDATED);
  CHECK(b.probe().request(second) == tlm::TLM_ACCEPTED);  // no room
  b.run(100);
  CHECK(b.probe().seen[first].begin_resp == 39 * 833);
  CHECK(b.probe().seen[second].end_req == -1);
  CHECK(b.dram.in_flight() == 1);
  b.probe().end_response();
  b.probe().answer = Probe::Answer::kUpdated;
  b.probe().answer_delay = sc_time(10 * 833, SC_PS);
  b.run(100);
  CHECK(b.probe().seen[second].end_req == 100 * 833);
  CHECK(b.probe().seen[second].begin_resp == 122 * 833);
  auto* third = b.pool.make(false, 0, b.scratch.data(), 64);
  b.probe().answer_delay = sc_core::SC_ZERO_TIME;
  b.probe().answer = Probe::Answer::kCompleted;
  CHECK(b.probe().request(third) == tlm::TLM_UPDATED);
  b.run(100);
  CHECK(b.pool.in_use == 0);
  CHECK(b.dram.in_flight() == 0);
}

TEST_CASE("the annotated end of a response holds back the next one of its port") {
  Bench b;
  b.probe().answer_delay = sc_time(50 * 833, SC_PS);
  auto* first = b.pool.make(false, 0, b.scratch.data(), 64);
  auto* second = b.pool.make(false, 64, b.scratch.data(), 64);
  b.probe().request(first);
  b.probe().request(second);
  b.run(1000);
  CHECK(b.probe().seen[first].begin_resp == 39 * 833);
  CHECK(b.probe().seen[second].begin_resp == (39 + 50) * 833);
  CHECK(b.pool.in_use == 0);
}

TEST_CASE("no more than max_in_flight runs are accepted, in the order of their requests") {
  Bench b(0, 3, 5);
  std::vector<tlm::tlm_generic_payload*> runs;
  for (size_t i = 0; i < 5; ++i) {
    runs.push_back(b.pool.make(false, i * 4096, b.scratch.data(), 4096));
    CHECK(b.probe(i).request(runs[i]) == (i < 3 ? tlm::TLM_UPDATED : tlm::TLM_ACCEPTED));
  }
  CHECK(b.dram.in_flight() == 3);
  b.run(5000);
  for (size_t i = 3; i < 5; ++i) {
    CHECK(b.probe(i).seen[runs[i]].end_req == b.probe(i - 3).seen[runs[i - 3]].begin_resp);
  }
  for (size_t i = 1; i < 5; ++i) {
    CHECK(b.probe(i).seen[runs[i]].begin_resp > b.probe(i - 1).seen[runs[i - 1]].begin_resp);
  }
  CHECK(b.pool.in_use == 0);
}

TEST_CASE("a request may be annotated with a later time") {
  Bench b(0, 4, 2);
  auto* late = b.pool.make(false, 0, b.scratch.data(), 64);
  auto* early = b.pool.make(false, 0, b.scratch.data(), 64);
  CHECK(b.probe(0).request(late, sc_time(100 * 833, SC_PS)) == tlm::TLM_ACCEPTED);
  CHECK(b.probe(1).request(early) == tlm::TLM_UPDATED);
  b.run(1000);
  CHECK(b.probe(1).seen[early].begin_resp == 39 * 833);
  CHECK(b.probe(0).seen[late].end_req == 100 * 833);
  CHECK(b.probe(0).seen[late].begin_resp == 122 * 833);
  CHECK(b.pool.in_use == 0);
}

TEST_CASE("data are stored, by transactions, debug access and DMI alike") {
  Bench b(65536, 4);
  std::vector<uint8_t> image(4096);
  for (size_t i = 0; i < image.size(); ++i) {
    image[i] = static_cast<uint8_t>(i * 7 + 1);
  }
  auto* write = b.pool.make(true, 8000, image.data(), 4096);
  auto* read = b.pool.make(false, 9000, b.scratch.data(), 100);
  write->acquire();
  read->acquire();
  b.probe().request(write);
  b.probe().request(read);
  b.run(2000);
  CHECK(write->get_response_status() == tlm::TLM_OK_RESPONSE);
  CHECK(write->is_dmi_allowed());
  CHECK(read->get_response_status() == tlm::TLM_OK_RESPONSE);
  CHECK(std::equal(image.begin() + 1000, image.begin() + 1100, b.scratch.begin()));
  write->release();
  read->release();

  tlm::tlm_generic_payload debug;
  std::vector<uint8_t> bytes(16);
  debug.set_read();
  debug.set_address(65536 - 8);
  debug.set_data_ptr(bytes.data());
  debug.set_data_length(16);
  CHECK(b.probe().socket->transport_dbg(debug) == 8);
  debug.set_address(65536);
  CHECK(b.probe().socket->transport_dbg(debug) == 0);
  debug.set_write();
  debug.set_address(5);
  bytes[0] = 99;
  CHECK(b.probe().socket->transport_dbg(debug) == 16);

  tlm::tlm_dmi dmi;
  CHECK(b.probe().socket->get_direct_mem_ptr(debug, dmi));
  CHECK(dmi.is_read_write_allowed());
  CHECK(dmi.get_start_address() == 0);
  CHECK(dmi.get_end_address() == 65535);
  CHECK(dmi.get_dmi_ptr()[5] == 99);
  CHECK(dmi.get_dmi_ptr()[8000] == image[0]);
  dmi.init();
  debug.set_address(65536);
  CHECK_FALSE(b.probe().socket->get_direct_mem_ptr(debug, dmi));
  CHECK(b.pool.in_use == 0);
}

TEST_CASE("without storage data are not touched, and the whole memory can be addressed") {
  Bench b;
  b.scratch.assign(4096, 42);
  auto* read = b.pool.make(false, (uint64_t{8} << 30) - 4096, b.scratch.data(), 4096);
  CHECK(b.probe().request(read) == tlm::TLM_UPDATED);
  b.run(1000);
  CHECK(b.scratch == std::vector<uint8_t>(4096, 42));
  CHECK(b.dram.traffic().row_hits == 60);
  CHECK(b.dram.traffic().row_misses == 4);
  tlm::tlm_generic_payload debug;
  tlm::tlm_dmi dmi;
  debug.set_data_ptr(b.scratch.data());
  debug.set_data_length(1);
  CHECK(b.probe().socket->transport_dbg(debug) == 0);
  CHECK_FALSE(b.probe().socket->get_direct_mem_ptr(debug, dmi));
}

TEST_CASE("what the memory cannot serve is answered at once with the right status") {
  Bench b(65536);
  const auto answer = [&](auto change) {
    auto* payload = b.pool.make(false, 0, b.scratch.data(), 64);
    change(*payload);
    CHECK(b.probe().request(payload) == tlm::TLM_COMPLETED);
    const auto status = payload->get_response_status();
    payload->release();
    return status;
  };
  using Payload = tlm::tlm_generic_payload;
  uint8_t enable = 0xff;
  CHECK(answer([&](Payload& p) {
          p.set_byte_enable_ptr(&enable);
          p.set_byte_enable_length(1);
        }) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  CHECK(answer([](Payload& p) { p.set_address(65536 - 63); }) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(answer([](Payload& p) { p.set_address(UINT64_MAX); }) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(answer([](Payload& p) { p.set_streaming_width(32); }) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(answer([](Payload& p) { p.set_data_length(0); }) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(answer([](Payload& p) {
          p.set_data_length(4097);
          p.set_streaming_width(4097);
        }) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(answer([](Payload& p) { p.set_data_ptr(nullptr); }) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(answer([](Payload& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); }) ==
        tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(b.pool.in_use == 0);
  CHECK(b.dram.traffic().read_bytes == 0);
  CHECK(b.watches[0]->broken() == std::vector<std::string>{"data_length", "data_pointer"});
  auto* good = b.pool.make(false, 65536 - 64, b.scratch.data(), 64);
  CHECK(b.probe().request(good) == tlm::TLM_UPDATED);
  b.run(100);
  CHECK(b.pool.in_use == 0);
}

TEST_CASE("breaches of the protocol are defects") {
  Bench b(0, 1);
  auto* first = b.pool.make(false, 0, b.scratch.data(), 64);
  auto* second = b.pool.make(false, 0, b.scratch.data(), 64);
  auto* third = b.pool.make(false, 0, b.scratch.data(), 64);
  b.probe().request(first);
  CHECK(b.probe().request(second) == tlm::TLM_ACCEPTED);
  CHECK_THROWS_AS(b.probe().request(third), std::logic_error);  // before END_REQ of the second
  tlm::tlm_phase phase = tlm::END_RESP;
  sc_time delay;
  CHECK_THROWS_AS(b.probe().socket->nb_transport_fw(*third, phase, delay), std::logic_error);
  phase = tlm::BEGIN_RESP;
  CHECK_THROWS_AS(b.probe().socket->nb_transport_fw(*third, phase, delay), std::logic_error);
  third->release();
  b.run(1000);
  tlm::tlm_generic_payload unmanaged;
  unmanaged.set_read();
  unmanaged.set_data_ptr(b.scratch.data());
  unmanaged.set_data_length(4);
  unmanaged.set_streaming_width(4);
  CHECK_THROWS_AS(b.probe().request(&unmanaged), std::logic_error);
  CHECK(b.pool.in_use == 0);
  CHECK(b.watches[0]->broken() ==
        std::vector<std::string>{"request_exclusion", "phase_order", "wrong_path", "memory_manager"});
}

TEST_CASE("a blocking call adds the time of the channel to its delay") {
  Bench b(65536);
  auto* write = b.pool.make(true, 0, b.scratch.data(), 64);
  sc_time delay(100 * 833, SC_PS);
  b.probe().socket->b_transport(*write, delay);
  CHECK(write->get_response_status() == tlm::TLM_OK_RESPONSE);
  CHECK(delay == sc_time((100 + 1 + 17 + 12 + 4) * 833, SC_PS));
  write->set_address(65536);
  write->set_dmi_allowed(false);
  write->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  b.probe().socket->b_transport(*write, delay);
  CHECK(write->get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(delay == sc_time(134 * 833, SC_PS));
  write->release();
  CHECK(b.pool.in_use == 0);
}

namespace {

DramTiming fr_fcfs() {
  DramTiming timing;
  timing.controller.kind = DramController::Kind::kFrFcfs;
  return timing;
}

}  // namespace

TEST_CASE("fr_fcfs: responses come when the last line has been on the data bus, in the order of the ends") {
  Bench b(0, 4, 2, fr_fcfs());
  auto* first = b.pool.make(false, 0, b.scratch.data(), 4096);
  auto* conflict = b.pool.make(false, 0x20000, b.scratch.data(), 64);  // another row of its first bank
  auto* hit = b.pool.make(false, 4096, b.scratch.data(), 64);
  CHECK(b.probe(0).request(first) == tlm::TLM_UPDATED);
  b.run(20);
  CHECK(b.probe(1).request(conflict) == tlm::TLM_UPDATED);
  CHECK(b.probe(1).request(hit) == tlm::TLM_UPDATED);
  b.run(1000);
  CHECK(b.probe(0).seen[first].begin_resp == (39 + 63 * 4) * 833);
  CHECK(b.probe(1).order == std::vector<tlm::tlm_generic_payload*>{hit, conflict});
  CHECK(b.probe(1).seen[conflict].begin_resp > b.probe(1).seen[hit].begin_resp);
  CHECK(b.pool.in_use == 0);
  CHECK(b.dram.in_flight() == 0);
  CHECK(b.dram.traffic().row_misses == 5);
}

TEST_CASE("fr_fcfs: a request that comes late is seen by what is still queued") {
  // The first run's end is not known when the second comes: alone it would be at (39 + 63 * 4) clocks.
  Bench b(0, 4, 2, fr_fcfs());
  auto* reads = b.pool.make(false, 0, b.scratch.data(), 4096);
  auto* writes = b.pool.make(true, 0x10010000, b.scratch.data(), 4096);
  b.probe(0).request(reads);
  b.run(100);
  b.probe(1).request(writes);
  b.run(2000);
  CHECK(b.probe(0).seen[reads].begin_resp > (39 + 63 * 4) * 833);  // writes were drained between
  CHECK(b.probe(1).seen[writes].begin_resp > b.probe(0).seen[reads].begin_resp);
  CHECK(b.pool.in_use == 0);
}

TEST_CASE("fr_fcfs: a blocking call runs the channel ahead, and what was under way still ends") {
  Bench b(0, 4, 1, fr_fcfs());
  auto* run = b.pool.make(false, 0, b.scratch.data(), 4096);
  b.probe().request(run);
  auto* blocking = b.pool.make(false, 0x20000, b.scratch.data(), 64);
  sc_time delay = sc_core::SC_ZERO_TIME;
  b.probe().socket->b_transport(*blocking, delay);
  CHECK(delay >= sc_time(56 * 833, SC_PS));
  blocking->release();
  b.run(2000);
  CHECK(b.probe().seen[run].begin_resp >= (39 + 63 * 4) * 833);
  CHECK(b.pool.in_use == 0);
}
