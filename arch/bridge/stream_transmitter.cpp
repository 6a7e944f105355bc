#include "arch/bridge/stream_transmitter.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {

StreamTransmitterBase::StreamTransmitterBase(const sc_core::sc_module_name& module_name,
                                             const StreamShape& shape,
                                             const StreamTransmitterOptions& options)
    : sc_module(module_name), shape_(shape), stall_(options.stall, options.seed) {
  if (options.fifo_beats < 1) {
    throw std::invalid_argument(std::string(name()) + ": fifo_beats is 1 or more");
  }
  fifo_.resize(static_cast<size_t>(options.fifo_beats));
  push_export.bind(*this);
  SC_HAS_PROCESS(StreamTransmitterBase);
  SC_METHOD(on_edge);
  sensitive << aclk.pos();
  dont_initialize();
}

tlm::tlm_response_status StreamTransmitterBase::check(const Payload& payload) const {
  if (!payload.is_write()) {
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  }
  const unsigned bytes = static_cast<unsigned>(shape_.bytes());
  if (payload.get_data_length() == 0 || (!shape_.keep && payload.get_data_length() % bytes != 0)) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (payload.get_byte_enable_ptr() != nullptr &&
      (payload.get_byte_enable_length() == 0 || (!shape_.keep && !shape_.strobe))) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  return payload.get_data_ptr() == nullptr ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE;
}

void StreamTransmitterBase::check(const StreamPacket& packet) const {
  const bool whole = !packet.data.empty() && packet.data.size() % static_cast<size_t>(shape_.bytes()) == 0;
  const bool masked = !packet.enables.empty();
  if ((!shape_.keep && !whole) || (masked && packet.enables.size() != packet.data.size()) ||
      (masked && !shape_.keep && !shape_.strobe)) {
    throw std::invalid_argument(std::string(name()) + ": a packet of " + std::to_string(packet.data.size()) +
                                " bytes and " + std::to_string(packet.enables.size()) +
                                " enables: without TKEEP whole beats, an enable for each byte or none");
  }
}

StreamTransmitterBase::Writer& StreamTransmitterBase::new_writer(unsigned length,
                                                                 const sc_core::sc_time& due) {
  if (unused_.empty()) {
    all_.push_back(std::make_unique<Writer>());
    unused_.push_back(all_.back().get());
  }
  Writer& writer = *unused_.back();
  unused_.pop_back();
  const unsigned bytes = static_cast<unsigned>(shape_.bytes());
  writer.length = length;
  writer.position = 0;
  writer.beats_left = std::max(1U, (length + bytes - 1) / bytes);
  writer.payload = nullptr;
  writer.due = due;
  writer.waiting = writer.begun = writer.reset = false;
  return writer;
}

StreamTransmitterBase::Writer& StreamTransmitterBase::new_writer(const StreamPacket& packet) {
  Writer& writer = new_writer(static_cast<unsigned>(packet.data.size()), sc_core::sc_time_stamp());
  writer.data = packet.data.data();
  writer.enables = packet.enables.empty() ? nullptr : packet.enables.data();
  writer.enables_length = static_cast<unsigned>(packet.enables.size());
  writer.id = packet.id;
  writer.dest = packet.dest;
  writer.user = packet.user;
  writer.last = packet.last;
  return writer;
}

StreamTransmitterBase::Writer& StreamTransmitterBase::new_writer(const Payload& payload,
                                                                 const sc_core::sc_time& due) {
  static const StreamExtension kNone;
  const StreamExtension* extension = payload.get_extension<StreamExtension>();
  extension = extension == nullptr ? &kNone : extension;
  Writer& writer = new_writer(payload.get_data_length(), due);
  writer.data = payload.get_data_ptr();
  writer.enables = payload.get_byte_enable_ptr();
  writer.enables_length = payload.get_byte_enable_length();
  writer.id = extension->id;
  writer.dest = extension->dest;
  writer.user = extension->user;
  writer.last = extension->last;
  return writer;
}

/// The next beat of a packet into the next slot of the FIFO.
void StreamTransmitterBase::slice(Writer& writer) {
  Slot& slot = fifo_[taken_++ % fifo_.size()];
  StreamBeat& beat = slot.beat;
  slot.due = writer.due;
  const int width = shape_.bytes();
  const int bytes = static_cast<int>(std::min(static_cast<unsigned>(width), writer.length - writer.position));
  std::copy_n(writer.data + writer.position, bytes, beat.data.begin());
  std::fill_n(beat.data.begin() + bytes, width - bytes, uint8_t{0});
  beat.keep = beat.strobe = ByteMask::first(bytes);
  if (writer.enables != nullptr) {
    beat.strobe = ByteMask();
    for (int i = 0; i < bytes; ++i) {
      if (writer.enables[(writer.position + static_cast<unsigned>(i)) % writer.enables_length] != 0) {
        beat.strobe.set(i);
      }
    }
    beat.keep = shape_.strobe ? beat.keep : beat.strobe;
  }
  beat.id = writer.id;
  beat.dest = writer.dest;
  beat.user = writer.user;
  writer.position += static_cast<unsigned>(bytes);
  writer.begun = true;
  beat.last = --writer.beats_left == 0 && writer.last;
}

void StreamTransmitterBase::fill() {
  while (!in_reset_ && !writers_.empty() && writers_.front()->due <= sc_core::sc_time_stamp() &&
         taken_ - sent_ < fifo_.size()) {
    Writer& writer = *writers_.front();
    slice(writer);
    if (writer.beats_left == 0) {
      writers_.pop_front();
      done(writer);
    }
  }
}

void StreamTransmitterBase::done(Writer& writer) {
  if (writer.payload != nullptr) {
    responses_.push_back(
        {writer.payload, writer.reset ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE});
    unused_.push_back(&writer);
  } else if (writer.waiting) {
    writer.taken.notify(sc_core::SC_ZERO_TIME);
  }
}

bool StreamTransmitterBase::wait_for(Writer& writer) {
  writers_.push_back(&writer);
  fill();
  if (writer.beats_left > 0) {
    writer.waiting = true;
    sc_core::wait(writer.taken);
  }
  unused_.push_back(&writer);
  return !writer.reset;
}

bool StreamTransmitterBase::push(const StreamPacket& packet) {
  check(packet);
  return wait_for(new_writer(packet));
}

bool StreamTransmitterBase::try_push(const StreamPacket& packet) {
  check(packet);
  const size_t bytes = static_cast<size_t>(shape_.bytes());
  const size_t beats = std::max<size_t>(1, (packet.data.size() + bytes - 1) / bytes);
  if (in_reset_ || !writers_.empty() || fifo_.size() - (taken_ - sent_) < beats) {
    return false;
  }
  return wait_for(new_writer(packet));
}

void StreamTransmitterBase::b_transport(Payload& payload, sc_core::sc_time& delay) {
  payload.set_dmi_allowed(false);
  const tlm::tlm_response_status status = check(payload);
  if (status != tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(status);
    return;
  }
  const bool taken = wait_for(new_writer(payload, sc_core::sc_time_stamp() + delay));
  delay = sc_core::SC_ZERO_TIME;
  payload.set_response_status(taken ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

tlm::tlm_sync_enum StreamTransmitterBase::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                                          sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) {
    if (responding_ == &payload) {
      responding_ = nullptr;
      payload.release();
    }
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) {
    return tlm::TLM_ACCEPTED;
  }
  payload.set_dmi_allowed(false);
  const tlm::tlm_response_status status = check(payload);
  if (status != tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(status);
    return tlm::TLM_COMPLETED;
  }
  Writer& writer = new_writer(payload, sc_core::sc_time_stamp() + delay);
  writers_.push_back(&writer);
  fill();
  if (writer.beats_left == 0) {
    unused_.push_back(&writer);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  writer.payload = &payload;
  payload.acquire();
  return tlm::TLM_ACCEPTED;
}

bool StreamTransmitterBase::get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) {
  dmi.init();
  dmi.set_start_address(0);
  dmi.set_end_address(~uint64_t{0});
  return false;
}

void StreamTransmitterBase::respond() {
  while (responding_ == nullptr && !responses_.empty()) {
    Payload& payload = *responses_.front().payload;
    payload.set_response_status(responses_.front().status);
    responses_.pop_front();
    responding_ = &payload;
    tlm::tlm_phase phase = tlm::BEGIN_RESP;  // says END_REQ, too
    sc_core::sc_time delay;
    const tlm::tlm_sync_enum answer = backward().nb_transport_bw(payload, phase, delay);
    const bool ended = answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP);
    if (ended && responding_ == &payload) {
      responding_ = nullptr;
      payload.release();
    }
  }
}

void StreamTransmitterBase::reset() {
  in_reset_ = true;
  taken_ = sent_ = 0;
  valid_ = false;
  if (!writers_.empty() && writers_.front()->begun) {
    Writer& writer = *writers_.front();
    writers_.pop_front();
    writer.reset = true;
    done(writer);
  }
}

void StreamTransmitterBase::on_edge() {
  if (!aresetn.read()) {
    reset();
  } else {
    in_reset_ = false;
    valid_ = valid_ && !sample_ready();
    fill();
    if (!valid_ && taken_ != sent_ && fifo_[sent_ % fifo_.size()].due < sc_core::sc_time_stamp() &&
        !stall_()) {
      drive_beat(fifo_[sent_++ % fifo_.size()].beat);
      valid_ = true;
      fill();
    }
  }
  drive_valid(valid_);
  respond();
}

}  // namespace tridex::arch
