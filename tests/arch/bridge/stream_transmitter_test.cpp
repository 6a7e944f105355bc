// What a StreamTransmitter does of payloads: beats, status, the FIFO, phases, reset.
#include <catch2/catch.hpp>

#include "arch/bridge/stream_checker.h"
#include "arch/bridge/stream_transmitter.h"
#include "arch/monitor/protocol_monitor.h"
#include "at_initiator.h"
#include "clocked.h"

using namespace tridex;
using namespace tridex::test;
using arch::StreamBeat;
using arch::StreamPacket;
using arch::StreamShape;

namespace {

constexpr StreamShape kPlain{.data_bits = 32, .id_bits = 4, .dest_bits = 3, .user_bits = 2};
constexpr StreamShape kStrobes{.data_bits = 32, .strobe = true};
constexpr StreamShape kWhole{.data_bits = 32, .keep = false};

int now() {
  return static_cast<int>(sc_core::sc_time_stamp() / nanoseconds(1));
}

template <StreamShape kShape>
struct Bench : Clocked {
  arch::StreamSignals<kShape> signals;
  arch::StreamTransmitter<kShape> transmitter;
  arch::StreamChecker<kShape> checker{"checker"};
  arch::ProtocolMonitor<> monitor{"monitor"};
  AtInitiator initiator{"initiator", 1};
  std::vector<StreamBeat> beats;  // that were taken

  explicit Bench(int fifo_beats = 16, const sc_core::sc_module_name& module_name = "bench")
      : Clocked(module_name), transmitter("transmitter", {.fifo_beats = fifo_beats}) {
    connect(transmitter, checker);
    transmitter.pins.bind(signals);
    checker.pins.bind(signals);
    monitor.bind_between(initiator.socket, transmitter.socket);
    SC_HAS_PROCESS(Bench);
    SC_METHOD(watch);
    sensitive << aclk.posedge_event();
    dont_initialize();
  }
  ~Bench() override {
    CHECK(monitor.violations().empty());
    CHECK(checker.violations().empty());
  }
  void watch() {
    if (signals.tvalid.read() && signals.tready.read()) {
      beats.emplace_back();
      signals.sample(beats.back());
    }
  }
  void cycles(int count) { sc_core::wait(nanoseconds(10 * count)); }
  tlm::tlm_response_status send(tlm::tlm_command command, std::vector<uint8_t> data,
                                std::vector<uint8_t> enables = {}) {
    Job& job = *initiator.jobs.take();
    job.data = std::move(data);
    job.enables = std::move(enables);
    job.prepare(command, 0xdead);
    sc_core::sc_time delay;
    initiator.socket->b_transport(job, delay);
    const auto status = job.get_response_status();
    job.release();
    return status;
  }
};

uint64_t bits(const arch::ByteMask& mask) {
  return mask.words[0];
}

}  // namespace

TEST_CASE(
    "stream transmitter: bytes that are not enabled are null bytes, side bands come from the extension") {
  Bench<kPlain> bench;
  bench.run([&] {
    bench.signals.tready.write(true);
    bench.cycles(2);
    CHECK(bench.send(tlm::TLM_WRITE_COMMAND, {1, 2, 3, 4, 5, 6}, {0xff, 0}) == tlm::TLM_OK_RESPONSE);
    arch::StreamExtension extension;
    extension.id = 9;
    extension.dest = 5;
    extension.user = 2;
    extension.last = false;
    Job& job = *bench.initiator.jobs.take();
    job.data = {7};
    job.enables.clear();
    job.prepare(tlm::TLM_WRITE_COMMAND, 0);
    job.set_extension(&extension);
    sc_core::sc_time delay;
    bench.initiator.socket->b_transport(job, delay);
    job.clear_extension(&extension);
    job.release();
    bench.cycles(6);
  });
  REQUIRE(bench.beats.size() == 3);
  CHECK(bits(bench.beats[0].keep) == 0x5);
  CHECK(!bench.beats[0].last);
  CHECK(bits(bench.beats[1].keep) == 0x1);
  CHECK(bench.beats[1].data[0] == 5);
  CHECK(bench.beats[1].last);
  CHECK(bits(bench.beats[2].keep) == 0x1);
  CHECK(bench.beats[2].id == 9);
  CHECK(bench.beats[2].dest == 5);
  CHECK(bench.beats[2].user == 2);
  CHECK(!bench.beats[2].last);
}

TEST_CASE("stream transmitter: with TSTRB they are position bytes") {
  Bench<kStrobes> bench;
  bench.run([&] {
    bench.signals.tready.write(true);
    bench.cycles(2);
    bench.send(tlm::TLM_WRITE_COMMAND, {1, 2, 3}, {0xff, 0, 0xff});
    bench.cycles(4);
  });
  REQUIRE(bench.beats.size() == 1);
  CHECK(bits(bench.beats[0].keep) == 0x7);
  CHECK(bits(bench.beats[0].strobe) == 0x5);
}

TEST_CASE("stream transmitter: what it cannot send") {
  Bench<kWhole> bench;
  bench.run([&] {
    bench.signals.tready.write(true);
    bench.cycles(2);
    CHECK(bench.send(tlm::TLM_READ_COMMAND, {1, 2, 3, 4}) == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(bench.send(tlm::TLM_WRITE_COMMAND, {1, 2, 3}) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(bench.send(tlm::TLM_WRITE_COMMAND, {1, 2, 3, 4, 5}) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(bench.send(tlm::TLM_WRITE_COMMAND, {1, 2, 3, 4}, {0xff}) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    CHECK_THROWS_AS(bench.transmitter.push({{1, 2, 3}}), std::invalid_argument);
    CHECK_THROWS_AS(bench.transmitter.push({}), std::invalid_argument);
    CHECK_THROWS_AS(bench.transmitter.try_push({{1, 2, 3, 4}, {0, 0, 0, 0}}), std::invalid_argument);
    CHECK(bench.send(tlm::TLM_WRITE_COMMAND, {1, 2, 3, 4}) == tlm::TLM_OK_RESPONSE);
    bench.cycles(4);
  });
  CHECK(bench.beats.size() == 1);
}

TEST_CASE("stream transmitter: comes back when the last beat is in the FIFO, to the edge") {
  Bench<kPlain> bench(2);
  bench.run([&] {
    bench.cycles(3);  // it is 51
    bench.send(tlm::TLM_WRITE_COMMAND, std::vector<uint8_t>(8));
    CHECK(now() == 51);
    CHECK(bench.transmitter.beats() == 2);
    CHECK(!bench.transmitter.try_push({{1}}));
    // The first beat goes to the pins at 60, and the third into the FIFO.
    bench.send(tlm::TLM_WRITE_COMMAND, {1});
    CHECK(now() == 60);
    bench.cycles(3);
    CHECK(!bench.transmitter.try_push({{1}}));
    sc_core::wait(nanoseconds(1));  // it is 91
    bench.signals.tready.write(true);
    bench.send(tlm::TLM_WRITE_COMMAND, std::vector<uint8_t>(8));
    CHECK(now() == 110);
    sc_core::wait(nanoseconds(11));
    CHECK(!bench.transmitter.try_push({std::vector<uint8_t>(5)}));  // one beat of room
    CHECK(bench.transmitter.try_push({std::vector<uint8_t>(4)}));
    CHECK(bench.transmitter.push({}));  // a packet without bytes
    bench.cycles(8);
  });
  REQUIRE(bench.beats.size() == 7);
  CHECK(bits(bench.beats[6].keep) == 0);
  CHECK(bench.beats[6].last);
}

TEST_CASE("stream transmitter: a reset empties it, what has not begun goes on after it") {
  Bench<kPlain> bench(2);
  tlm::tlm_response_status second = tlm::TLM_INCOMPLETE_RESPONSE, third = second;
  sc_core::sc_event never;
  bench.run([&] {
    bench.cycles(3);
    bench.send(tlm::TLM_WRITE_COMMAND, {1});
    sc_core::sc_spawn([&] {
      second = bench.send(tlm::TLM_WRITE_COMMAND, std::vector<uint8_t>(20, 2));
      CHECK(now() == 80);
      sc_core::wait(never);
    });
    sc_core::sc_spawn([&] {
      sc_core::wait(nanoseconds(1));
      third = bench.send(tlm::TLM_WRITE_COMMAND, {3});
      CHECK(now() == 100);
      sc_core::wait(never);
    });
    bench.cycles(2);
    bench.aresetn.write(false);  // at 71
    bench.cycles(1);
    CHECK(!bench.signals.tvalid.read());
    CHECK(bench.transmitter.beats() == 0);
    CHECK(!bench.transmitter.try_push({{4}}));
    bench.cycles(1);
    bench.aresetn.write(true);  // at 91
    bench.signals.tready.write(true);
    bench.cycles(5);
  });
  CHECK(second == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(third == tlm::TLM_OK_RESPONSE);
  REQUIRE(bench.beats.size() == 1);
  CHECK(bench.beats[0].data[0] == 3);
}

TEST_CASE("stream transmitter: options out of range") {
  CHECK_THROWS_AS((arch::StreamTransmitter<kPlain>("a", {.fifo_beats = 0})), std::invalid_argument);
}
