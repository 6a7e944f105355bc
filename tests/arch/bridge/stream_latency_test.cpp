// The documented times of StreamTransmitter and StreamReceiver, exactly.
#include <tlm_utils/simple_initiator_socket.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "arch/bridge/stream_receiver.h"
#include "arch/bridge/stream_transmitter.h"
#include "clocked.h"
#include "lite_memory.h"

using namespace tridex;
using namespace tridex::test;

namespace {

using Times = std::vector<int>;

int now() {
  return static_cast<int>(sc_core::sc_time_stamp() / nanoseconds(1));
}

constexpr arch::StreamShape kNarrow{.data_bits = 32};
constexpr arch::StreamShape kWide{.data_bits = 1024, .id_bits = 8, .dest_bits = 4, .user_bits = 33};

/// TLM -> pins -> TLM, and times of handshakes.
template <arch::StreamShape kShape>
struct Bench : Clocked {
  arch::StreamSignals<kShape> signals;
  arch::StreamTransmitter<kShape> transmitter;
  arch::StreamReceiver<kShape> receiver{"receiver"};
  LiteMemory memory{"memory", 0x10000};
  tlm_utils::simple_initiator_socket<Bench> socket{"socket"};
  Times beats;

  explicit Bench(int fifo_beats, const sc_core::sc_module_name& name = "bench")
      : Clocked(name), transmitter("transmitter", {.fifo_beats = fifo_beats}) {
    connect(transmitter, receiver);
    transmitter.pins.bind(signals);
    receiver.pins.bind(signals);
    receiver.socket.bind(memory.socket);
    socket.bind(transmitter.socket);
    SC_HAS_PROCESS(Bench);
    SC_METHOD(watch);
    sensitive << aclk.posedge_event();
    dont_initialize();
  }
  void watch() {
    if (signals.tvalid.read() && signals.tready.read()) {
      beats.push_back(now());
    }
  }
  void send(std::vector<uint8_t>& data) {
    tlm::tlm_generic_payload payload;
    payload.set_write();
    payload.set_data_ptr(data.data());
    payload.set_data_length(static_cast<unsigned>(data.size()));
    payload.set_streaming_width(static_cast<unsigned>(data.size()));
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    CHECK(payload.get_response_status() == tlm::TLM_OK_RESPONSE);
  }
};

std::vector<uint8_t> counting(size_t bytes, int first) {
  std::vector<uint8_t> data(bytes);
  std::iota(data.begin(), data.end(), static_cast<uint8_t>(first));
  return data;
}

}  // namespace

TEST_CASE("stream: offered after the next edge, written at the edge of the last handshake") {
  Bench<kNarrow> bench(16);
  std::vector<uint8_t> data = counting(6, 1);
  std::vector<int> written;
  bench.memory.delay = [&] {
    written.push_back(now());
    return sc_core::SC_ZERO_TIME;
  };
  bench.run([&] {
    sc_core::wait(nanoseconds(29));  // it is 50, an edge
    bench.send(data);
    CHECK(now() == 50);
    sc_core::wait(nanoseconds(100));
  });
  CHECK(bench.beats == Times{70, 80});
  CHECK(written == Times{80});
  CHECK(std::equal(data.begin(), data.end(), bench.memory.bytes.begin()));
  CHECK(bench.memory.bytes[6] == 0);
  CHECK(bench.receiver.next_address() == 6);
}

TEMPLATE_TEST_CASE_SIG("stream: packets follow each other without a bubble, whatever the FIFO", "",
                       ((int kBeats), kBeats), 1, 2, 16) {
  Bench<kWide> bench(kBeats);
  std::vector<uint8_t> sent;
  bench.run([&] {
    sc_core::wait(nanoseconds(30));  // it is 51
    for (int i = 0; i < 6; ++i) {
      std::vector<uint8_t> data = counting(static_cast<size_t>(1 + 100 * i), i);
      bench.send(data);
      sent.insert(sent.end(), data.begin(), data.end());
    }
    sc_core::wait(nanoseconds(300));
  });
  // 1, 101, 201, 301, 401 and 501 bytes: 1 + 1 + 2 + 3 + 4 + 4 beats.
  CHECK(bench.beats == Times{70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210});
  CHECK(std::equal(sent.begin(), sent.end(), bench.memory.bytes.begin()));
  CHECK(bench.receiver.next_address() == sent.size());
}
