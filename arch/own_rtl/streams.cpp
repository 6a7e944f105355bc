#include "arch/own_rtl/streams.h"

#include <fmt/format.h>

#include <algorithm>

namespace tridex::arch {

StreamSource::StreamSource(const sc_core::sc_module_name& module_name, OwnDevice::StreamIn stream,
                           const StreamData* data)
    : sc_module(module_name), stream_(std::move(stream)), data_(data) {
  socket_.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  socket_.bind(*stream_.socket);
  SC_THREAD(run);
}

void StreamSource::run() {
  do {
    wait(clk.posedge_event());
  } while (!rst_n.read());
  while (given_ < bytes()) {
    const size_t packet = data_->packet_bytes == 0 ? bytes() : data_->packet_bytes;
    std::vector<uint8_t> part(std::min(packet, bytes() - given_));
    std::copy_n(data_->bytes.begin() + static_cast<std::ptrdiff_t>(given_), part.size(), part.begin());
    tlm::tlm_generic_payload payload;
    payload.set_write();
    payload.set_data_ptr(part.data());
    payload.set_data_length(static_cast<unsigned>(part.size()));
    payload.set_streaming_width(static_cast<unsigned>(part.size()));
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket_->b_transport(payload, delay);
    if (payload.is_response_error()) {
      fault_ = fmt::format("{}: {}* does not take a packet of {} bytes: {}{}", data_->text, stream_.prefix,
                           part.size(), payload.get_response_string(),
                           payload.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE
                               ? " (without TKEEP a packet is a whole number of beats)"
                               : "");
      return;
    }
    given_ += part.size();
  }
}

std::string StreamSource::left() const {
  return fault_.empty() ? fmt::format("{}* has not taken all of its {} bytes", stream_.prefix, bytes())
                        : fault_;
}

bool StreamCollector::take(const StreamPacket& packet) {
  for (size_t i = 0; i < packet.data.size(); ++i) {
    if (packet.enables.empty() || packet.enables[i] != 0) {
      bytes_.push_back(packet.data[i]);
    }
  }
  return true;
}

std::string StreamCollector::left() const {
  return fmt::format("{} of {} bytes have come out of {}*", bytes_.size(),
                     expected_ == nullptr ? 0 : expected_->bytes.size(), prefix_);
}

}  // namespace tridex::arch
