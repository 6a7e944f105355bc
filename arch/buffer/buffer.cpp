#include "arch/buffer/buffer.h"

#include <algorithm>
#include <cstring>

namespace tridex::arch {

BufferModule::BufferModule(const sc_core::sc_module_name& name, const Buffer& design,
                           const sc_core::sc_time& cycle, bool storage)
    : sc_module(name),
      socket("socket"),
      design_(design),
      cycle_(cycle),
      read_port_(design.bytes_per_cycle()),
      write_port_(design.bytes_per_cycle()) {
  if (storage) {
    storage_.resize(static_cast<size_t>(design.bytes));
  }
  socket.register_b_transport(this, &BufferModule::b_transport);
  socket.register_transport_dbg(this, &BufferModule::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &BufferModule::get_direct_mem_ptr);
}

tlm::tlm_response_status BufferModule::check(const tlm::tlm_generic_payload& trans) const {
  const auto size = static_cast<uint64_t>(design_.bytes);
  if (trans.get_address() > size || trans.get_data_length() > size - trans.get_address()) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  if (!trans.is_read() && !trans.is_write()) {
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  }
  if (trans.get_byte_enable_ptr() != nullptr) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  if (trans.get_data_length() == 0 || trans.get_streaming_width() < trans.get_data_length()) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (trans.get_data_ptr() == nullptr) {
    return tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
  return tlm::TLM_OK_RESPONSE;
}

void BufferModule::copy(tlm::tlm_generic_payload& trans, size_t bytes) {
  if (storage_.empty()) {
    return;
  }
  uint8_t* at = storage_.data() + trans.get_address();
  if (trans.is_read()) {
    std::memcpy(trans.get_data_ptr(), at, bytes);
  } else {
    std::memcpy(at, trans.get_data_ptr(), bytes);
  }
}

void BufferModule::b_transport(int, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
  trans.set_response_status(check(trans));
  if (trans.is_response_error()) {
    return;
  }
  copy(trans, trans.get_data_length());
  const int64_t width = design_.bytes_per_cycle();
  const int64_t beats = (static_cast<int64_t>(trans.get_data_length()) + width - 1) / width;
  delay += cycle_ * static_cast<double>(kLatencyCycles + beats);
  trans.set_dmi_allowed(!storage_.empty());
}

unsigned BufferModule::transport_dbg(int, tlm::tlm_generic_payload& trans) {
  // Of debug access only command, address, pointer and length count (11.3.4).
  const bool moves = trans.is_read() || trans.is_write();
  if (!moves || trans.get_address() >= storage_.size() || trans.get_data_ptr() == nullptr) {
    return 0;
  }
  const size_t bytes = std::min<size_t>(trans.get_data_length(), storage_.size() - trans.get_address());
  copy(trans, bytes);
  return static_cast<unsigned>(bytes);
}

bool BufferModule::get_direct_mem_ptr(int, tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (trans.get_address() >= static_cast<uint64_t>(design_.bytes)) {
    dmi.set_start_address(static_cast<uint64_t>(design_.bytes));
    return false;
  }
  dmi.set_start_address(0);
  dmi.set_end_address(static_cast<uint64_t>(design_.bytes) - 1);
  if (storage_.empty()) {
    return false;
  }
  dmi.set_dmi_ptr(storage_.data());
  const sc_core::sc_time byte = cycle_ / static_cast<double>(design_.bytes_per_cycle());
  dmi.set_read_latency(byte);
  dmi.set_write_latency(byte);
  dmi.allow_read_write();
  return true;
}

size_t BufferModule::add_user() {
  read_port_.add_user();
  return write_port_.add_user();
}

void BufferModule::begin(size_t user, int64_t now, int64_t start, int64_t due, int64_t read,
                         int64_t written) {
  if (read > 0) {
    read_port_.begin(user, now, start, due, read);
  }
  if (written > 0) {
    write_port_.begin(user, now, start, due, written);
  }
}

int64_t BufferModule::passed(size_t user, int64_t now) {
  return std::max(read_port_.passed(user, now), write_port_.passed(user, now));
}

int64_t BufferModule::transfer(bool out, int64_t from, int64_t bytes) {
  PortArbiter& port = out ? read_port_ : write_port_;
  if (port.crowded()) {
    port.advance(static_cast<int64_t>(sc_core::sc_time_stamp().value() / cycle_.value()));
  }
  return port.transfer(from, bytes);
}

}  // namespace tridex::arch
