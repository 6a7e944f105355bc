#include "arch/pe/command_unit.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace tridex::arch {

CommandUnit::CommandUnit(const sc_core::sc_module_name& name, const sc_core::sc_time& cycle, bool functional)
    : sc_module(name),
      command_socket("command_socket"),
      data_sockets("data_socket", 3),
      buffer_ports("buffer_port", 3),
      done("done"),
      cycle_(cycle),
      functional_(functional) {
  command_socket.register_b_transport(this, &CommandUnit::b_transport);
  command_socket.register_transport_dbg(this, &CommandUnit::transport_dbg);
  SC_HAS_PROCESS(CommandUnit);
  SC_METHOD(finish);
  sensitive << finished_;
  dont_initialize();
}

void CommandUnit::end_of_elaboration() {
  for (size_t i = 0; i < buffer_ports.size(); ++i) {
    if (buffer_ports[i].size() > 0) {
      ports_[i] = buffer_ports[i][0];
      users_[i] = ports_[i]->add_user();
    }
  }
  if (!functional_) {
    return;
  }
  for (size_t i = 0; i < data_sockets.size(); ++i) {
    tlm::tlm_generic_payload trans;
    tlm::tlm_dmi dmi;
    trans.set_address(0);
    if (!data_sockets[i]->get_direct_mem_ptr(trans, dmi)) {
      SC_REPORT_FATAL(name(), "a buffer grants no direct memory access");
    }
    buffers_.views[i] = {dmi.get_dmi_ptr(), static_cast<int64_t>(dmi.get_end_address()) + 1};
  }
}

void CommandUnit::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
  const uint64_t address = trans.get_address();
  const uint64_t length = trans.get_data_length();
  trans.set_dmi_allowed(false);
  if (!trans.is_read() && !trans.is_write()) {
    trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (trans.get_byte_enable_ptr() != nullptr) {
    trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (trans.get_streaming_width() < length || address % 4 != 0 || length % 4 != 0 || length == 0) {
    trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (trans.get_data_ptr() == nullptr) {
    trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (trans.is_read() && address == kStatusRegister && length == 4) {
    const auto status = static_cast<uint32_t>(queue_.size());
    std::memcpy(trans.get_data_ptr(), &status, 4);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    return;
  }
  if (!trans.is_write() || address > kStartRegister || length > kStartRegister + 4 - address) {
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const uint64_t words_end = std::min(address + length, kStartRegister);
  if (address < words_end) {
    std::memcpy(reinterpret_cast<uint8_t*>(registers_.data()) + address, trans.get_data_ptr(),
                static_cast<size_t>(words_end - address));
  }
  uint32_t start = 0;
  if (address + length > kStartRegister) {
    std::memcpy(&start, trans.get_data_ptr() + (kStartRegister - address), 4);
  }
  if (start == 1) {
    if (queue_.size() >= 2) {
      trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    queue_.push_back({Command::decode(registers_), sc_core::sc_time_stamp() + delay});
    taken(queue_.back());
    if (queue_.size() == 1) {
      start_next();
    }
  }
  trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned CommandUnit::transport_dbg(tlm::tlm_generic_payload& trans) {
  std::array<uint32_t, Command::kWords + 2> view{};  // the words, the start register, the status register
  std::memcpy(view.data(), registers_.data(), sizeof(registers_));
  view.back() = static_cast<uint32_t>(queue_.size());
  if (!trans.is_read() || trans.get_address() >= sizeof(view) || trans.get_data_ptr() == nullptr) {
    return 0;
  }
  const auto bytes = std::min<uint64_t>(trans.get_data_length(), sizeof(view) - trans.get_address());
  std::memcpy(trans.get_data_ptr(), reinterpret_cast<const uint8_t*>(view.data()) + trans.get_address(),
              static_cast<size_t>(bytes));
  return static_cast<unsigned>(bytes);
}

void CommandUnit::start_next() {
  const Pending& pending = queue_.front();
  start_ = std::max(pending.ready, free_);
  const int64_t alone = cycles(pending.command);
  alone_end_ = start_ + cycle_ * static_cast<double>(alone);
  begin_traffic(pending.command, alone);
  finished_.notify(alone_end_ - sc_core::sc_time_stamp());
}

int64_t CommandUnit::cycle_of(const sc_core::sc_time& edge) const {
  return static_cast<int64_t>(edge.value() / cycle_.value());
}

void CommandUnit::begin_traffic(const Command& command, int64_t cycles) {
  moves_ = {};
  if (ports_ == decltype(ports_){}) {
    return;
  }
  const PortTraffic traffic = port_traffic(command);
  const int64_t now = cycle_of(sc_core::sc_time_stamp());
  const int64_t start = cycle_of(start_);
  for (size_t i = 0; i < ports_.size(); ++i) {
    moves_[i] = ports_[i] != nullptr && (traffic.read[i] > 0 || traffic.written[i] > 0);
    if (moves_[i]) {
      ports_[i]->begin(users_[i], now, start, start + cycles - fill_cycles(), traffic.read[i],
                       traffic.written[i]);
    }
  }
}

int64_t CommandUnit::late() {
  const int64_t now = cycle_of(sc_core::sc_time_stamp());
  int64_t end = now;
  for (size_t i = 0; i < ports_.size(); ++i) {
    if (moves_[i]) {
      end = std::max(end, ports_[i]->passed(users_[i], now) + fill_cycles());
    }
  }
  return end - now;
}

int64_t CommandUnit::bank_conflict(int32_t tag) const {
  const auto found = conflicts_.find(tag);
  return found == conflicts_.end() ? 0 : found->second;
}

void CommandUnit::finish() {
  if (const int64_t cycles = late(); cycles > 0) {
    finished_.notify(cycle_ * static_cast<double>(cycles));
    return;
  }
  const Command& command = queue_.front().command;
  if (functional_) {
    compute(command, buffers_);
  }
  if (const sc_core::sc_time now = sc_core::sc_time_stamp(); now > alone_end_) {
    conflicts_[command.tag] = cycle_of(now) - cycle_of(alone_end_);
  }
  complete(start_);
}

void CommandUnit::complete(const sc_core::sc_time& start) {
  const int32_t tag = queue_.front().command.tag;
  const sc_core::sc_time began = start;  // the next command's may take its place
  free_ = sc_core::sc_time_stamp();
  queue_.pop_front();
  if (!queue_.empty()) {
    start_next();
  }
  done->completed(tag, began, sc_core::sc_time_stamp());
}

}  // namespace tridex::arch
