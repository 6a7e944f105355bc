#include "arch/own_rtl/memory_port.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <catch2/catch.hpp>

#include "arch/dram/dram.h"

using namespace tridex::arch;
using sc_core::sc_time;

namespace {

constexpr uint64_t kBase = 0x8000'0000;

/// A manager of a port in front of an ideal memory. Its blocking calls do not wait, so they need no thread of
/// SystemC's (whose guarded stack the leak checker of a sanitized test stumbles over).
struct Bench : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Bench> socket{"socket"};
  SparseMemory memory;
  MemoryPort port{"port", memory, kBase, sc_time(80, sc_core::SC_NS)};
  Dram dram{"dram", ideal(), 0, 4};

  explicit Bench(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.bind(port.from_manager);
    port.to_dram.bind(dram.ports);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static DramTiming ideal() {
    DramTiming timing;
    timing.ideal = true;
    return timing;
  }
  tlm::tlm_response_status access(tlm::tlm_command command, uint64_t address, std::span<uint8_t> bytes,
                                  std::span<uint8_t> enables = {}) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(bytes.data());
    payload.set_data_length(static_cast<unsigned>(bytes.size()));
    payload.set_streaming_width(static_cast<unsigned>(bytes.size()));
    if (!enables.empty()) {
      payload.set_byte_enable_ptr(enables.data());
      payload.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    }
    delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }
  sc_time delay;
};

}  // namespace

TEST_CASE("own memory: bytes that are not enabled stay, anywhere above the base") {
  Bench bench("bench");
  const uint64_t address = kBase + 0x1000 - 4;  // over a page of the storage
  std::array<uint8_t, 8> first{1, 2, 3, 4, 5, 6, 7, 8}, second{11, 12, 13, 14, 15, 16, 17, 18}, read{};
  std::array<uint8_t, 4> enables{0xff, 0, 0, 0xff};
  REQUIRE(bench.access(tlm::TLM_WRITE_COMMAND, address, first) == tlm::TLM_OK_RESPONSE);
  REQUIRE(bench.access(tlm::TLM_WRITE_COMMAND, address, second, enables) == tlm::TLM_OK_RESPONSE);
  REQUIRE(bench.access(tlm::TLM_READ_COMMAND, address, read) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.delay == sc_time(80, sc_core::SC_NS));
  CHECK(read == std::array<uint8_t, 8>{11, 2, 3, 14, 15, 6, 7, 18});
  CHECK(bench.port.errors() == 0);
}

TEST_CASE("own memory: outside is an address error, which is noted and moves nothing") {
  Bench bench("bench");
  const uint64_t end = kBase + static_cast<uint64_t>(Bench::ideal().capacity_bytes());
  std::array<uint8_t, 4> bytes{1, 2, 3, 4}, read{9, 9, 9, 9};
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, kBase - 4, bytes) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_READ_COMMAND, end, read) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(read == std::array<uint8_t, 4>{9, 9, 9, 9});
  CHECK(bench.access(tlm::TLM_READ_COMMAND, kBase, read) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.access(tlm::TLM_READ_COMMAND, end - 4, read) == tlm::TLM_OK_RESPONSE);
  CHECK(bench.port.errors() == 2);
  CHECK(bench.port.first_error() ==
        "a write of 4 bytes at 0x7ffffffc came back with TLM_ADDRESS_ERROR_RESPONSE");
}
