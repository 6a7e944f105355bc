#include "arch/bridge/stream_receiver.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {

StreamReceiverBase::StreamReceiverBase(const sc_core::sc_module_name& module_name, const StreamShape& shape,
                                       const StreamReceiverOptions& options)
    : sc_module(module_name),
      shape_(shape),
      piece_bytes_(static_cast<size_t>(options.piece_bytes)),
      stall_(options.stall, options.seed) {
  if (options.packets < 2 || options.piece_bytes < 1) {
    throw std::invalid_argument(std::string(name()) + ": packets is 2 or more, piece_bytes 1 or more");
  }
  pieces_.resize(static_cast<size_t>(options.packets));
  for (StreamPacket& packet : pieces_) {
    packet.data.reserve(piece_bytes_ + static_cast<size_t>(shape.bytes()));
    packet.enables.reserve(shape.strobe ? packet.data.capacity() : 0);
  }
  set_address(options.address, options.stride);
  payload_.set_extension(&extension_);
  SC_HAS_PROCESS(StreamReceiverBase);
  SC_METHOD(on_edge);
  sensitive << aclk.pos();
  dont_initialize();
  SC_THREAD(write_packets);
}

StreamReceiverBase::~StreamReceiverBase() {
  payload_.clear_extension(&extension_);  // a payload deletes what it has
}

void StreamReceiverBase::end_of_elaboration() {
  if ((forward() != nullptr) == (sink.size() > 0)) {
    throw std::invalid_argument(std::string(name()) + ": bind either socket or sink");
  }
}

void StreamReceiverBase::set_address(uint64_t address, std::optional<uint64_t> stride) {
  base_ = next_ = address;
  stride_ = stride;
  written_ = 0;
}

void StreamReceiverBase::append(StreamPacket& packet, const StreamBeat& beat) {
  const int width = shape_.bytes();
  const ByteMask all = ByteMask::first(width);
  if (beat.strobe == all) {
    packet.data.insert(packet.data.end(), beat.data.begin(), beat.data.begin() + width);
    packet.enables.insert(packet.enables.end(), shape_.strobe ? static_cast<size_t>(width) : 0, 0xff);
    return;
  }
  for (int i = 0; i < width; ++i) {
    if (beat.keep.get(i)) {
      packet.data.push_back(beat.data[static_cast<size_t>(i)]);
      if (shape_.strobe) {
        packet.enables.push_back(beat.strobe.get(i) ? 0xff : 0);
      }
    }
  }
}

void StreamReceiverBase::take(const StreamBeat& beat) {
  if (open_ && (piece(closed_).id != beat.id || piece(closed_).dest != beat.dest)) {
    close(false);
  }
  StreamPacket& packet = piece(closed_);
  if (!open_) {
    open_ = true;
    packet.data.clear();
    packet.enables.clear();
    packet.id = beat.id;
    packet.dest = beat.dest;
    packet.user = beat.user;
  }
  append(packet, beat);
  if (beat.last || packet.data.size() >= piece_bytes_) {
    close(beat.last);
  }
}

void StreamReceiverBase::close(bool last) {
  StreamPacket& packet = piece(closed_++);
  packet.last = last;
  open_ = false;
  const auto enabled = [](uint8_t enable) { return enable != 0; };
  if (std::all_of(packet.enables.begin(), packet.enables.end(), enabled)) {
    packet.enables.clear();
  }
  closed_event_.notify(sc_core::SC_ZERO_TIME);
}

void StreamReceiverBase::hand_over() {
  while (sink.size() > 0 && handed_ < closed_ && sink->take(piece(handed_))) {
    ++handed_;
  }
}

void StreamReceiverBase::on_edge() {
  bool valid = false;
  sample(valid, beat_);
  if (!aresetn.read()) {
    open_ = false;
    ready_ = false;
  } else {
    if (valid && ready_) {
      take(beat_);
    }
    hand_over();
    // A beat with another TID or TDEST closes the piece that is open and begins the next.
    const bool two = open_ && shape_.id_bits + shape_.dest_bits > 0;
    const uint64_t used = closed_ - handed_ + (two ? 1 : 0);
    ready_ = used < pieces_.size() && !stall_();
  }
  drive_ready(ready_);
}

void StreamReceiverBase::write_packets() {
  while (true) {
    if (sink.size() > 0 || handed_ == closed_) {
      sc_core::wait(closed_event_);
      continue;
    }
    write(piece(handed_));
    ++handed_;
  }
}

void StreamReceiverBase::write(StreamPacket& packet) {
  if (!packet.data.empty()) {
    extension_.id = packet.id;
    extension_.dest = packet.dest;
    extension_.user = packet.user;
    extension_.last = packet.last;
    const unsigned length = static_cast<unsigned>(packet.data.size());
    payload_.set_write();
    payload_.set_address(next_);
    payload_.set_data_ptr(packet.data.data());
    payload_.set_data_length(length);
    payload_.set_streaming_width(length);
    payload_.set_byte_enable_ptr(packet.enables.empty() ? nullptr : packet.enables.data());
    payload_.set_byte_enable_length(static_cast<unsigned>(packet.enables.size()));
    payload_.set_dmi_allowed(false);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    next_ += length;
    sc_core::sc_time delay;
    forward()->b_transport(payload_, delay);
    if (payload_.is_response_error()) {
      ++failed_;
      failed_status_ = payload_.get_response_status();
    }
    if (delay != sc_core::SC_ZERO_TIME) {
      sc_core::wait(delay);
    }
  }
  if (packet.last && stride_) {
    next_ = base_ + ++written_ * *stride_;
  }
}

}  // namespace tridex::arch
