#include "arch/own_rtl/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace tridex::arch {

OwnModel::OwnModel(const sc_core::sc_module_name& module_name, const sc_core::sc_time& cycle)
    : sc_module(module_name), cycle_(cycle) {
  registers.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  memory.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  SC_THREAD(run);
}

void OwnModel::b_transport(Payload& payload, sc_core::sc_time& delay) {
  wait(delay);
  // An access on AXI4-Lite takes three edges where nobody waits (LiteManager).
  wait(3 * cycle_);
  delay = sc_core::SC_ZERO_TIME;
  uint32_t value = 0;
  if (payload.get_data_length() != sizeof(value) || payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (payload.is_write()) {
    std::copy_n(payload.get_data_ptr(), sizeof(value), reinterpret_cast<uint8_t*>(&value));
    write_register(payload.get_address(), value);
  } else {
    value = read_register(payload.get_address());
    std::copy_n(reinterpret_cast<const uint8_t*>(&value), sizeof(value), payload.get_data_ptr());
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

tlm::tlm_sync_enum OwnModel::nb_transport_fw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) {
  throw std::logic_error(std::string(name()) + ": registers of a model are accessed by b_transport");
}

bool OwnModel::get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) {
  dmi.init();
  dmi.set_end_address(UINT64_MAX);
  return false;
}

void OwnModel::access(tlm::tlm_command command, uint64_t address, uint8_t* bytes, size_t count) {
  constexpr uint64_t kBurst = 4096;  // AXI4: no burst crosses a boundary of 4 KiB
  while (count > 0) {
    const auto part = static_cast<unsigned>(std::min<uint64_t>(count, kBurst - address % kBurst));
    Payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(bytes);
    payload.set_data_length(part);
    payload.set_streaming_width(part);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    memory->b_transport(payload, delay);
    if (payload.is_response_error()) {
      throw std::runtime_error(
          fmt::format("{}: {} bytes at {:#x}: {}", name(), part, address, payload.get_response_string()));
    }
    wait(delay);
    address += part;
    bytes += part;
    count -= part;
  }
}

void OwnModel::read_memory(uint64_t address, std::span<uint8_t> bytes) {
  access(tlm::TLM_READ_COMMAND, address, bytes.data(), bytes.size());
}

void OwnModel::write_memory(uint64_t address, std::span<const uint8_t> bytes) {
  std::vector<uint8_t> copy(bytes.begin(), bytes.end());
  access(tlm::TLM_WRITE_COMMAND, address, copy.data(), copy.size());
}

}  // namespace tridex::arch
