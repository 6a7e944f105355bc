// What a StreamReceiver does of beats: null and position bytes, pieces, addresses, back-pressure, reset.
#include <tlm_utils/simple_target_socket.h>

#include <catch2/catch.hpp>

#include "arch/bridge/stream_checker.h"
#include "arch/bridge/stream_receiver.h"
#include "clocked.h"

using namespace tridex;
using namespace tridex::test;
using arch::StreamBeat;
using arch::StreamPacket;
using arch::StreamShape;

namespace {

constexpr StreamShape kShape{.data_bits = 32, .id_bits = 4, .dest_bits = 4, .user_bits = 4, .strobe = true};

struct Write {
  uint64_t address;
  StreamPacket packet;
  bool operator==(const Write&) const = default;
};

/// Pins that the test moves, at 1 ns after an edge, and a target or a sink.
struct Bench : Clocked, arch::StreamSinkIf {
  arch::StreamSignals<kShape> signals;
  arch::StreamReceiver<kShape> receiver;
  arch::StreamChecker<kShape> checker{"checker"};
  tlm_utils::simple_target_socket_optional<Bench> target{"target"};
  std::vector<Write> writes;
  std::vector<StreamPacket> taken;
  bool open = true;  // the sink
  double wait_ns = 0;
  tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;

  Bench(bool sink, const arch::StreamReceiverOptions& options,
        const sc_core::sc_module_name& module_name = "bench")
      : Clocked(module_name), receiver("receiver", options) {
    connect(receiver, checker);
    receiver.pins.bind(signals);
    checker.pins.bind(signals);
    target.register_b_transport(this, &Bench::b_transport);
    if (sink) {
      receiver.sink.bind(*this);
    } else {
      receiver.socket.bind(target);
    }
  }
  ~Bench() override { CHECK(checker.violations().empty()); }

  bool take(const StreamPacket& packet) override {
    if (open) {
      taken.push_back(packet);
    }
    return open;
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    const auto* extension = payload.get_extension<arch::StreamExtension>();
    const uint8_t* const data = payload.get_data_ptr();
    const uint8_t* const enables = payload.get_byte_enable_ptr();
    Write write{payload.get_address(),
                {{data, data + payload.get_data_length()},
                 {},
                 extension->id,
                 extension->dest,
                 extension->user,
                 extension->last}};
    if (enables != nullptr) {
      write.packet.enables.assign(enables, enables + payload.get_byte_enable_length());
    }
    writes.push_back(write);
    if (wait_ns > 0) {
      sc_core::wait(nanoseconds(wait_ns));
    }
    payload.set_response_status(status);
  }
  void cycles(int count) { sc_core::wait(nanoseconds(10 * count)); }
  /// A beat of the bytes first, first + 1, ...; waits for its handshake.
  void beat(uint8_t first, uint64_t keep, uint64_t strobe, bool last, uint64_t id = 0) {
    StreamBeat value;
    for (uint8_t i = 0; i < 4; ++i) {
      value.data[i] = static_cast<uint8_t>(first + i);
    }
    value.keep.words[0] = keep;
    value.strobe.words[0] = strobe;
    value.last = last;
    value.id = id;
    value.dest = id / 2;
    value.user = first % 16;
    signals.drive(value);
    signals.tvalid.write(true);
    bool ready = false;
    do {
      ready = signals.tready.read();
      cycles(1);
    } while (!ready);
    signals.tvalid.write(false);
  }
};

}  // namespace

TEST_CASE("stream receiver: null bytes are dropped, also inside; position bytes are not enabled") {
  Bench bench(false, {.address = 0x100});
  bench.run([&] {
    bench.cycles(2);
    bench.beat(1, 0x5, 0x5, false, 7);
    bench.beat(0x10, 0x0, 0x0, false, 7);
    bench.beat(0x20, 0xe, 0x6, false, 7);
    bench.beat(0x30, 0x1, 0x1, true, 7);
    bench.beat(0x40, 0xf, 0xf, true);
    bench.cycles(2);
  });
  const std::vector<uint8_t> enables{0xff, 0xff, 0xff, 0xff, 0, 0xff};
  CHECK(bench.writes == std::vector<Write>{{0x100, {{1, 3, 0x21, 0x22, 0x23, 0x30}, enables, 7, 3, 1, true}},
                                           {0x106, {{0x40, 0x41, 0x42, 0x43}, {}, 0, 0, 0, true}}});
  CHECK(bench.receiver.next_address() == 0x10a);
}

TEST_CASE("stream receiver: pieces of a packet, a stride, a new address, failed writes") {
  Bench bench(false, {.piece_bytes = 5, .address = 0x1000, .stride = 0x100});
  bench.run([&] {
    bench.cycles(2);
    bench.beat(0, 0xf, 0xf, false);
    bench.beat(4, 0x1, 0x1, false);  // 5 bytes: a piece
    bench.beat(8, 0x3, 0x3, true);
    bench.beat(12, 0xf, 0xf, true);
    bench.beat(16, 0x0, 0x0, true);  // no bytes, no write, but a packet
    bench.beat(20, 0x1, 0x1, true);
    bench.cycles(1);
    CHECK(bench.receiver.next_address() == 0x1400);
    bench.receiver.set_address(0x8);
    bench.status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
    bench.beat(24, 0x1, 0x1, true);
    bench.beat(28, 0x1, 0x1, true);
    bench.cycles(2);
  });
  CHECK(bench.writes == std::vector<Write>{{0x1000, {{0, 1, 2, 3, 4}, {}, 0, 0, 0, false}},
                                           {0x1005, {{8, 9}, {}, 0, 0, 8, true}},
                                           {0x1100, {{12, 13, 14, 15}, {}, 0, 0, 12, true}},
                                           {0x1300, {{20}, {}, 0, 0, 4, true}},
                                           {0x8, {{24}, {}, 0, 0, 8, true}},
                                           {0x9, {{28}, {}, 0, 0, 12, true}}});
  CHECK(bench.receiver.failed_writes() == 2);
  CHECK(bench.receiver.failed_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("stream receiver: a sink that refuses, and exactly as many packets as there is room for") {
  Bench bench(true, {.packets = 3});
  bench.run([&] {
    bench.open = false;
    bench.cycles(2);
    for (uint8_t i = 0; i < 3; ++i) {
      CHECK(bench.signals.tready.read());
      bench.beat(i, i == 1 ? 0x0 : 0x1, i == 1 ? 0x0 : 0x1, true);
    }
    CHECK(!bench.signals.tready.read());
    bench.cycles(3);
    CHECK(bench.taken.empty());
    bench.open = true;
    bench.cycles(1);  // all at the next edge
    CHECK(bench.taken.size() == 3);
    CHECK(bench.signals.tready.read());
    bench.beat(9, 0x1, 0x1, false, 1);
    bench.beat(10, 0x1, 0x1, false, 2);  // another stream between: the packet comes in pieces
    bench.beat(11, 0x1, 0x1, true, 2);
    bench.beat(12, 0x1, 0x1, true, 1);
  });
  CHECK(bench.taken == std::vector<StreamPacket>{{{0}, {}, 0, 0, 0, true},
                                                 {{}, {}, 0, 0, 1, true},
                                                 {{2}, {}, 0, 0, 2, true},
                                                 {{9}, {}, 1, 0, 9, false},
                                                 {{10, 11}, {}, 2, 1, 10, true},
                                                 {{12}, {}, 1, 0, 12, true}});
}

TEST_CASE("stream receiver: a reset drops what is not complete") {
  Bench bench(false, {.packets = 2});
  bench.wait_ns = 55;
  bench.run([&] {
    bench.cycles(2);
    bench.beat(1, 0x1, 0x1, true);
    bench.beat(2, 0x1, 0x1, true);
    CHECK(!bench.signals.tready.read());  // both wait for the target
    bench.cycles(5);
    bench.beat(3, 0x1, 0x1, false);
    bench.aresetn.write(false);
    bench.cycles(2);
    CHECK(!bench.signals.tready.read());
    bench.aresetn.write(true);
    bench.cycles(1);
    bench.beat(4, 0x1, 0x1, true);
    bench.cycles(12);
  });
  CHECK(bench.writes == std::vector<Write>{{0, {{1}, {}, 0, 0, 1, true}},
                                           {1, {{2}, {}, 0, 0, 2, true}},
                                           {2, {{4}, {}, 0, 0, 4, true}}});
}

TEST_CASE("stream receiver: options out of range, and a socket or a sink") {
  CHECK_THROWS_AS((arch::StreamReceiver<kShape>("a", {.packets = 1})), std::invalid_argument);
  CHECK_THROWS_AS((arch::StreamReceiver<kShape>("b", {.piece_bytes = 0})), std::invalid_argument);
  struct Unbound : Clocked {
    arch::StreamSignals<kShape> signals;
    arch::StreamReceiver<kShape> receiver{"receiver"};
    explicit Unbound(const sc_core::sc_module_name& module_name) : Clocked(module_name) {
      connect(receiver);
      receiver.pins.bind(signals);
    }
  } unbound("unbound");
  CHECK_THROWS_WITH(sc_core::sc_start(sc_core::SC_ZERO_TIME),
                    Catch::Contains("unbound.receiver: bind either socket or sink"));
}
