#include "arch/own_rtl/memory_port.h"

#include <fmt/format.h>

#include <vector>

namespace tridex::arch {

MemoryPort::MemoryPort(const sc_core::sc_module_name& module_name, SparseMemory& memory, uint64_t base,
                       const sc_core::sc_time& latency)
    : sc_module(module_name), memory_(memory), base_(base), latency_(latency) {
  from_manager.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  to_dram.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
}

void MemoryPort::move(Payload& payload, uint64_t address) {
  const size_t length = payload.get_data_length();
  uint8_t* const data = payload.get_data_ptr();
  if (payload.is_read()) {
    memory_.read(address, {data, length});
    return;
  }
  const uint8_t* const enables = payload.get_byte_enable_ptr();
  if (enables == nullptr) {
    memory_.write(address, {data, length});
    return;
  }
  std::vector<uint8_t> bytes(length);
  memory_.read(address, bytes);
  for (size_t i = 0; i < length; ++i) {
    bytes[i] = enables[i % payload.get_byte_enable_length()] != 0 ? data[i] : bytes[i];
  }
  memory_.write(address, bytes);
}

void MemoryPort::note_error(const Payload& payload, uint64_t address) {
  if (errors_++ == 0) {
    first_error_ =
        fmt::format("a {} of {} bytes at {:#x} came back with {}", payload.is_read() ? "read" : "write",
                    payload.get_data_length(), address, payload.get_response_string());
  }
}

template <typename Forward>
auto MemoryPort::request(Payload& payload, const Forward& forward) {
  uint8_t* const enables = payload.get_byte_enable_ptr();
  const uint64_t address = payload.get_address();
  payload.set_byte_enable_ptr(nullptr);
  payload.set_address(address - base_);  // wraps round below the base, beyond every DRAM
  const auto answer = forward();
  payload.set_byte_enable_ptr(enables);
  if (payload.is_response_error() && payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE) {
    note_error(payload, address);
  } else {
    move(payload, address);
  }
  return answer;
}

tlm::tlm_sync_enum MemoryPort::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                               sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) {
    return to_dram->nb_transport_fw(payload, phase, delay);
  }
  return request(payload, [&] { return to_dram->nb_transport_fw(payload, phase, delay); });
}

tlm::tlm_sync_enum MemoryPort::nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                               sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) {
    return from_manager->nb_transport_bw(payload, phase, delay);
  }
  // Not in `delay`: the DRAM's port is free as soon as the answer has left it.
  sc_core::sc_time later = delay + latency_;
  return from_manager->nb_transport_bw(payload, phase, later);
}

void MemoryPort::b_transport(Payload& payload, sc_core::sc_time& delay) {
  request(payload, [&] {
    to_dram->b_transport(payload, delay);
    return 0;
  });
  delay += latency_;
}

bool MemoryPort::get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) {
  dmi.init();
  dmi.set_end_address(UINT64_MAX);
  return false;
}

}  // namespace tridex::arch
