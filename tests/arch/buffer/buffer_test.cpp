#include "arch/buffer/buffer.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "support/watch.h"

using namespace tridex::arch;

namespace {

struct Initiator : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Initiator> socket;
  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}
};

struct Bench {
  explicit Bench(bool storage)
      : buffer("buffer", design(), {5, sc_core::SC_NS}, storage),
        initiator("initiator"),
        watch(initiator.socket, buffer.socket) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static Buffer design() {
    Buffer b;
    b.bytes = 1024;
    b.banks = 2;
    b.width_bits = 64;
    return b;
  }
  /// Sets up `p` for an access of the bench's data.
  tlm::tlm_generic_payload& access(tlm::tlm_command command, uint64_t address, unsigned bytes) {
    p.set_command(command);
    p.set_address(address);
    p.set_data_ptr(data.data());
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    p.set_byte_enable_ptr(nullptr);
    p.set_dmi_allowed(false);
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return p;
  }
  tlm::tlm_generic_payload p;
  BufferModule buffer;
  Initiator initiator;
  tridex::test::Watch watch;
  std::array<unsigned char, 2048> data{};
};

}  // namespace

TEST_CASE("buffer: time is one latency and a beat per width of all banks") {
  Bench bench(true);
  sc_core::sc_time delay;
  auto& p = bench.access(tlm::TLM_WRITE_COMMAND, 0, 16);
  bench.initiator.socket->b_transport(p, delay);
  CHECK(p.is_response_ok());
  CHECK(delay == sc_core::sc_time(10, sc_core::SC_NS));
  bench.access(tlm::TLM_READ_COMMAND, 0, 17);
  delay = sc_core::SC_ZERO_TIME;
  bench.initiator.socket->b_transport(p, delay);
  CHECK(delay == sc_core::sc_time(15, sc_core::SC_NS));
}

TEST_CASE("buffer: what is written is read, by transport, debug access and DMI") {
  Bench bench(true);
  sc_core::sc_time delay;
  bench.data[0] = 42;
  auto& p = bench.access(tlm::TLM_WRITE_COMMAND, 1023, 1);
  bench.initiator.socket->b_transport(p, delay);
  bench.data[0] = 0;
  bench.access(tlm::TLM_READ_COMMAND, 1023, 1);
  CHECK(bench.initiator.socket->transport_dbg(p) == 1);
  CHECK(bench.data[0] == 42);
  tlm::tlm_dmi dmi;
  REQUIRE(bench.initiator.socket->get_direct_mem_ptr(p, dmi));
  CHECK(dmi.get_end_address() == 1023);
  CHECK(dmi.get_dmi_ptr()[1023] == 42);
}

TEST_CASE("buffer: refuses what the standard lets it refuse, with the right status") {
  Bench bench(true);
  sc_core::sc_time delay;
  auto& p = bench.access(tlm::TLM_READ_COMMAND, 1020, 4);
  bench.initiator.socket->b_transport(p, delay);
  CHECK(p.get_response_status() == tlm::TLM_OK_RESPONSE);
  bench.access(tlm::TLM_READ_COMMAND, 1020, 5);
  bench.initiator.socket->b_transport(p, delay);
  CHECK(p.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  bench.access(tlm::TLM_READ_COMMAND, ~uint64_t{0}, 4);
  bench.initiator.socket->b_transport(p, delay);
  CHECK(p.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  bench.access(tlm::TLM_READ_COMMAND, 0, 4);
  std::array<unsigned char, 4> enables{};
  p.set_byte_enable_ptr(enables.data());
  p.set_byte_enable_length(4);
  bench.initiator.socket->b_transport(p, delay);
  CHECK(p.get_response_status() == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  bench.access(tlm::TLM_READ_COMMAND, 0, 8);
  p.set_streaming_width(4);
  bench.initiator.socket->b_transport(p, delay);
  CHECK(p.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("buffer: a command that is none, and no data, are refused and take no time") {
  Bench bench(true);
  const auto status = [&](const std::function<void(tlm::tlm_generic_payload&)>& change) {
    auto& p = bench.access(tlm::TLM_READ_COMMAND, 0, 4);
    change(p);
    sc_core::sc_time delay;
    bench.initiator.socket->b_transport(p, delay);
    CHECK(delay == sc_core::SC_ZERO_TIME);
    CHECK_FALSE(p.is_dmi_allowed());
    return p.get_response_status();
  };
  CHECK(status([](auto& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); }) == tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(bench.watch.broken().empty());
  CHECK(status([](auto& p) { p.set_data_length(0); }) == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(status([](auto& p) { p.set_data_ptr(nullptr); }) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.watch.broken() == std::vector<std::string>{"data_length", "data_pointer"});
}

TEST_CASE("buffer: debug access moves what lies inside; beside the buffer there is no DMI") {
  Bench bench(true);
  auto& p = bench.access(tlm::TLM_WRITE_COMMAND, 1020, 8);
  p.set_streaming_width(1);  // does not count for debug access
  CHECK(bench.initiator.socket->transport_dbg(p) == 4);
  p.set_address(1024);
  CHECK(bench.initiator.socket->transport_dbg(p) == 0);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(bench.initiator.socket->get_direct_mem_ptr(p, dmi));
  CHECK(dmi.get_start_address() == 1024);
  p.set_address(1023);
  p.set_command(tlm::TLM_IGNORE_COMMAND);
  CHECK(bench.initiator.socket->transport_dbg(p) == 0);
}

TEST_CASE("buffer: without storage it keeps the time and grants no DMI") {
  Bench bench(false);
  sc_core::sc_time delay;
  auto& p = bench.access(tlm::TLM_WRITE_COMMAND, 0, 16);
  bench.initiator.socket->b_transport(p, delay);
  CHECK(p.is_response_ok());
  CHECK(delay == sc_core::sc_time(10, sc_core::SC_NS));
  tlm::tlm_dmi dmi;
  CHECK_FALSE(bench.initiator.socket->get_direct_mem_ptr(p, dmi));
}
