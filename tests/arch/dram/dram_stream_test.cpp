#include "arch/dram/dram.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <catch2/catch.hpp>
#include <memory>

#include "payload_pool.h"
#include "support/watch.h"

using namespace tridex::arch;
using sc_core::sc_time;
using tridex::test::PayloadPool;

namespace {

/// Sends its runs on one port, a new one for each response, without a process of its own.
struct Stream : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Stream> socket{"socket"};
  PayloadPool& pool;
  uint64_t next, left;
  bool write;
  uint8_t* data;
  int responses = 0;
  bool waiting = false;

  Stream(sc_core::sc_module_name name, PayloadPool& p, uint64_t base, uint64_t runs, bool w, uint8_t* d)
      : sc_module(name), pool(p), next(base), left(runs), write(w), data(d) {
    socket.register_nb_transport_bw(this, &Stream::nb_transport_bw);
  }
  void send() {
    if (left == 0 || waiting) {
      return;
    }
    --left;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_time delay = sc_core::SC_ZERO_TIME;
    auto* payload = pool.make(write, next, data, 4096);
    next += 4096;
    waiting = socket->nb_transport_fw(*payload, phase, delay) == tlm::TLM_ACCEPTED;
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time&) {
    if (phase == tlm::END_REQ) {
      waiting = false;
      return tlm::TLM_ACCEPTED;
    }
    ++responses;
    payload.release();
    send();
    return tlm::TLM_COMPLETED;
  }
};

/// Four ports of streams, the last one of writes, eight runs of each under way.
void stream(DramController::Kind controller, uint64_t events_a_run) {
  DramTiming timing;
  timing.controller.kind = controller;
  Dram dram("dram", timing, 0, 16);
  PayloadPool pool;
  std::vector<uint8_t> scratch(4096);
  std::vector<std::unique_ptr<Stream>> streams;
  std::vector<std::unique_ptr<tridex::test::Watch>> watches;
  for (uint64_t i = 0; i < 4; ++i) {
    streams.push_back(std::make_unique<Stream>(sc_core::sc_gen_unique_name("stream"), pool, i << 28, 500,
                                               i == 3, scratch.data()));
    watches.push_back(std::make_unique<tridex::test::Watch>(streams.back()->socket, dram.ports));
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  for (int k = 0; k < 8; ++k) {
    for (auto& stream : streams) {
      stream->send();
    }
  }
  const auto deltas = sc_core::sc_delta_count();
  sc_core::sc_start();
  int64_t bytes = 0;
  for (auto& stream : streams) {
    CHECK(stream->left == 0);
    bytes += stream->responses * int64_t{4096};
  }
  CHECK(bytes == 4 * 500 * 4096);
  CHECK(pool.in_use == 0);
  const double gb_per_s = static_cast<double>(bytes) / sc_core::sc_time_stamp().to_seconds() * 1e-9;
  CHECK(gb_per_s > 15.0);
  CHECK(gb_per_s < 19.21);
  CHECK(sc_core::sc_delta_count() - deltas <= events_a_run * 2000 + 10);
  CHECK(dram.traffic().write_bytes == 500 * 4096);
}

}  // namespace

TEST_CASE("streams, requests sent from inside responses: bandwidth and few kernel events") {
  stream(DramController::Kind::kFcfs, 2);
}

TEST_CASE("fr_fcfs: streams, requests sent from inside responses: bandwidth and few kernel events") {
  stream(DramController::Kind::kFrFcfs, 8);
}
