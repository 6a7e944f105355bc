#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <functional>
#include <vector>

namespace tridex::test {

/// Bytes behind a target socket; past their end is an address error, from `broken` on a generic one. `delay`
/// is what an access takes.
struct LiteMemory : sc_core::sc_module {
  tlm_utils::simple_target_socket<LiteMemory> socket{"socket"};
  std::vector<uint8_t> bytes;
  std::function<sc_core::sc_time()> delay = [] { return sc_core::SC_ZERO_TIME; };
  uint64_t accesses = 0, broken = ~uint64_t{0};

  LiteMemory(const sc_core::sc_module_name& module_name, size_t size) : sc_module(module_name), bytes(size) {
    socket.register_b_transport(this, &LiteMemory::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    ++accesses;
    time += delay();
    const uint64_t address = payload.get_address(), length = payload.get_data_length();
    if (address > bytes.size() || length > bytes.size() - address) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    if (address >= broken) {
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    const uint8_t* const enables = payload.get_byte_enable_ptr();
    for (unsigned i = 0; i < length; ++i) {
      if (enables == nullptr || enables[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED) {
        uint8_t& here = bytes[address + i];
        uint8_t& there = payload.get_data_ptr()[i];
        payload.is_write() ? here = there : there = here;
      }
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

}  // namespace tridex::test
