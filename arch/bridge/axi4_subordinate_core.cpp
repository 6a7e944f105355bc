// The pins' side: bursts, beats and responses. axi4_subordinate_socket.cpp has the initiator socket's.
#include "arch/bridge/axi4_subordinate_core.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {
namespace {

/// Beats that are taken before their address; more wait for it, which no manager may make depend on WREADY
/// (A3.3.1).
constexpr size_t kEarlyBeats = 16;

}  // namespace

Axi4SubordinateCore::Axi4SubordinateCore(std::string name, tlm::tlm_initiator_socket<>& socket,
                                         const Axi4SubordinateConfig& config, unsigned bus_bytes,
                                         unsigned id_bits)
    : name_(std::move(name)),
      socket_(socket),
      config_(config),
      bus_bytes_(bus_bytes),
      stalls_(config.stalls),
      early_(kEarlyBeats) {
  if (config.writes == 0 || config.reads == 0) {
    throw std::invalid_argument(name_ + ": writes and reads must be at least 1");
  }
  writes_.chains.resize(size_t{1} << id_bits);
  reads_.chains.resize(size_t{1} << id_bits);
  socket_.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
}

void Axi4SubordinateCore::fail(const std::string& what) const {
  throw std::runtime_error(name_ + ", " + sc_core::sc_time_stamp().to_string() + ": " + what);
}

void Axi4SubordinateCore::check(const Axi4Address& address) const {
  const Axi4Burst& burst = address.burst;
  const bool wrap = burst.kind == Axi4BurstKind::kWrap;
  if (burst.kind == Axi4BurstKind::kReserved || burst.beat_bytes() > bus_bytes_ ||
      (wrap && burst.address % burst.beat_bytes() != 0) || address.id >= reads_.chains.size()) {
    fail("an address that has no bytes: ID " + std::to_string(address.id) + ", BURST " +
         std::to_string(static_cast<int>(burst.kind)) + ", SIZE " + std::to_string(burst.size) +
         ", address " + std::to_string(burst.address));
  }
}

Axi4SubordinateCore::Burst& Axi4SubordinateCore::begin(Direction& direction, const Axi4Address& address,
                                                       tlm::tlm_command command) {
  check(address);
  if (unused_bursts_.empty()) {
    all_bursts_.push_back(std::make_unique<Burst>(static_cast<tlm::tlm_mm_interface*>(this)));
    unused_bursts_.push_back(all_bursts_.back().get());
  }
  Burst& burst = *unused_bursts_.back();
  unused_bursts_.pop_back();
  ++direction.open;
  burst.address = address;
  burst.part = Axi4Part::whole(address.burst);
  burst.beat = 0;
  burst.all_enabled = true;
  burst.stage = Stage::kData;
  burst.lost = false;
  burst.next = nullptr;
  if (burst.data.size() < burst.part.bytes) {
    burst.data.resize(burst.part.bytes);
    burst.enables.resize(burst.part.bytes);
  }
  const bool wrap = address.burst.kind == Axi4BurstKind::kWrap;
  Payload& payload = burst.payload;
  payload.acquire();
  payload.set_command(command);
  payload.set_address(wrap ? address.burst.wrap_boundary() : address.burst.address);
  payload.set_data_ptr(burst.data.data());
  payload.set_data_length(burst.part.bytes);
  payload.set_streaming_width(address.burst.kind == Axi4BurstKind::kFixed ? burst.part.width
                                                                          : burst.part.bytes);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_byte_enable_length(0);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_dmi_allowed(false);
  Axi4Extension& extension = burst.extension;
  extension.id = address.id;
  extension.bytes_per_beat = static_cast<uint32_t>(address.burst.beat_bytes());
  extension.wrap = wrap;
  extension.wrap_first = address.burst.address;
  extension.lock = address.lock;
  extension.cache = address.cache;
  extension.prot = address.prot;
  extension.qos = address.qos;
  extension.region = address.region;
  extension.exclusive_okay = false;
  Chain& chain = direction.chains[address.id];
  (chain.first == nullptr ? chain.first : chain.last->next) = &burst;
  chain.last = &burst;
  return burst;
}

void Axi4SubordinateCore::take_read_address(const Axi4Address& address) {
  Burst& burst = begin(reads_, address, tlm::TLM_READ_COMMAND);
  burst.stage = Stage::kIssue;
  requests_.push_back(&burst);
}

void Axi4SubordinateCore::take_write_address(const Axi4Address& address) {
  without_data_.push_back(&begin(writes_, address, tlm::TLM_WRITE_COMMAND));
  size_t taken = 0;
  for (bool last = false; taken < early_count_ && !last; ++taken) {
    const EarlyBeat& beat = early_[taken];
    last = beat.last;
    put(*without_data_.front(), beat.data, beat.strobe, beat.last);
  }
  std::copy(early_.begin() + static_cast<std::ptrdiff_t>(taken),
            early_.begin() + static_cast<std::ptrdiff_t>(early_count_), early_.begin());
  early_count_ -= taken;
}

void Axi4SubordinateCore::take_write_data(const uint8_t* data, const Axi4Strobe& strobe, bool last) {
  if (!without_data_.empty()) {
    put(*without_data_.front(), data, strobe, last);
    return;
  }
  EarlyBeat& beat = early_[early_count_++];
  std::copy_n(data, bus_bytes_, beat.data);
  beat.strobe = strobe;
  beat.last = last;
}

void Axi4SubordinateCore::put(Burst& burst, const uint8_t* data, const Axi4Strobe& strobe, bool last) {
  const Axi4Span span = burst.part.span(burst.beat++);
  const auto lane = static_cast<unsigned>(span.address % bus_bytes_);
  std::copy_n(data + lane, span.count, burst.data.data() + span.index);
  const Axi4Strobe lanes = axi4_lanes(lane, span.count);
  if ((strobe[0] & lanes[0]) == lanes[0] && (strobe[1] & lanes[1]) == lanes[1]) {
    std::fill_n(burst.enables.data() + span.index, span.count, uint8_t{TLM_BYTE_ENABLED});
  } else {
    burst.all_enabled = false;
    for (unsigned i = 0; i < span.count; ++i) {
      burst.enables[span.index + i] = axi4_lane(strobe, lane + i) ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
    }
  }
  if (last != (burst.beat == burst.part.burst.beats)) {
    fail("WLAST is " + std::to_string(last ? 1 : 0) + " at beat " + std::to_string(burst.beat) + " of " +
         std::to_string(burst.part.burst.beats) + " of AWID " + std::to_string(burst.address.id));
  }
  if (last) {
    if (!burst.all_enabled) {
      burst.payload.set_byte_enable_ptr(burst.enables.data());
      burst.payload.set_byte_enable_length(burst.part.bytes);
    }
    burst.stage = Stage::kIssue;
    requests_.push_back(&burst);
    without_data_.pop_front();
  }
}

int Axi4SubordinateCore::next_answered(const Direction& direction) const {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  for (size_t i = 0; i < direction.answered.size(); ++i) {
    const Burst& burst = *direction.answered[i];
    // A call at the time of an edge may come before or after the edge's process: it counts for the next edge.
    if (burst.effective <= now && (burst.by_return || burst.called < now)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

void Axi4SubordinateCore::end(Direction& direction, size_t index) {
  Burst* const burst = direction.answered[index];
  direction.answered.erase(direction.answered.begin() + static_cast<std::ptrdiff_t>(index));
  Chain& chain = direction.chains[burst->address.id];
  chain.first = burst->next;
  if (chain.first != nullptr && chain.first->stage == Stage::kAnswered) {
    direction.answered.push_back(chain.first);
  }
  burst->payload.release();
}

void Axi4SubordinateCore::drive_read_data() {
  if (reading_ != nullptr && reading_->beat == reading_->part.burst.beats) {
    const auto place = std::find(reads_.answered.begin(), reads_.answered.end(), reading_);
    end(reads_, static_cast<size_t>(place - reads_.answered.begin()));
    reading_ = nullptr;
  }
  pins_.rvalid = false;
  if (stalls_.r()) {
    return;
  }
  if (reading_ == nullptr || config_.interleave_reads) {
    int chosen = next_answered(reads_);
    if (chosen >= 0 && config_.interleave_reads) {
      // Any one, if its response is there; else the first that has one.
      const size_t drawn = stalls_.below(reads_.answered.size());
      std::swap(reads_.answered[drawn], reads_.answered[static_cast<size_t>(chosen)]);
      chosen = next_answered(reads_);
    }
    reading_ = chosen >= 0 ? reads_.answered[static_cast<size_t>(chosen)] : nullptr;
  }
  if (reading_ == nullptr) {
    return;
  }
  const Axi4Span span = reading_->part.span(reading_->beat++);
  std::copy_n(reading_->data.data() + span.index, span.count, pins_.rdata + span.address % bus_bytes_);
  pins_.rvalid = pins_.new_r = true;
  pins_.rid = reading_->address.id;
  pins_.rresp = reading_->response;
  pins_.rlast = reading_->beat == reading_->part.burst.beats;
}

void Axi4SubordinateCore::clock(bool bready, bool rready) {
  in_reset_ = false;
  send_requests();
  pins_.new_b = pins_.new_r = false;
  if (!pins_.rvalid || rready) {
    drive_read_data();
  }
  if (!pins_.bvalid || bready) {
    if (writing_ != nullptr) {
      const auto place = std::find(writes_.answered.begin(), writes_.answered.end(), writing_);
      end(writes_, static_cast<size_t>(place - writes_.answered.begin()));
      writing_ = nullptr;
    }
    const int chosen = stalls_.b() ? -1 : next_answered(writes_);
    pins_.bvalid = pins_.new_b = chosen >= 0;
    if (chosen >= 0) {
      writing_ = writes_.answered[static_cast<size_t>(chosen)];
      pins_.bid = writing_->address.id;
      pins_.bresp = writing_->response;
    }
  }
  pins_.awready = writes_.open < config_.writes && !stalls_.aw();
  pins_.arready = reads_.open < config_.reads && !stalls_.ar();
  pins_.wready = early_count_ < kEarlyBeats && !stalls_.w();
}

void Axi4SubordinateCore::lose(Direction& direction) {
  for (Chain& chain : direction.chains) {
    for (Burst* burst = chain.first; burst != nullptr;) {
      Burst* const next = burst->next;
      if (burst->stage == Stage::kSent) {
        burst->lost = true;
      } else {
        burst->payload.release();
      }
      burst = next;
    }
    chain = Chain();
  }
  direction.answered.clear();
}

void Axi4SubordinateCore::reset() {
  if (!in_reset_) {
    in_reset_ = true;
    pins_ = Pins();
    requests_.clear();
    without_data_.clear();
    early_count_ = 0;
    reading_ = writing_ = nullptr;
    lose(writes_);
    lose(reads_);
  }
}

}  // namespace tridex::arch
