#include "arch/cosim/command_feed.h"

#include <cstring>
#include <stdexcept>
#include <utility>

namespace tridex::arch {
namespace {

/// TUSER of a packet's last narrow beat.
uint64_t user_bits(const Packet& packet) {
  uint64_t bits =
      (packet.last ? 1 : 0) | (packet.new_set ? 2 : 0) | (packet.divisors ? 4 : 0) | (packet.row_sum ? 8 : 0);
  for (size_t i = 0; i < packet.results.size(); ++i) {
    bits |= uint64_t{packet.results[i]} << (4 + i);
  }
  return bits;
}

void set_codes(StreamPacket& packet, const std::vector<int16_t>& codes) {
  packet.data.resize(codes.size() * 2);
  std::memcpy(packet.data.data(), codes.data(), packet.data.size());
}

}  // namespace

CommandFeed::CommandFeed(const RtlParameters& p, std::unique_ptr<OperandFetch> fetch, int64_t port_cycles)
    : fetch_(std::move(fetch)),
      port_cycles_(port_cycles),
      narrow_codes_(static_cast<size_t>(p.copies) * p.inputs),
      wide_codes_(narrow_codes_.size() * static_cast<size_t>(p.lanes)),
      shortcut_codes_(static_cast<size_t>(p.copies) * p.post_lanes) {
  if (4 + p.copies * p.lanes > 64) {
    throw std::logic_error("TUSER of more than 64 bits is beyond the bridges");
  }
  expect();
}

void CommandFeed::feed(RtlModule& rtl, int64_t cycle) {
  feed_records(rtl.records());
  if (fetch_->has_shortcut()) {
    feed_shortcut(rtl.shortcut());
  }
  while (narrow_waits_ || wide_waits_ || next_operands(cycle)) {
    narrow_waits_ = narrow_waits_ && !rtl.narrow().try_push(narrow_);
    wide_waits_ = wide_waits_ && !rtl.wide().try_push(wide_);
    if (narrow_waits_ || wide_waits_) {
      return;
    }
  }
}

bool CommandFeed::sent() const {
  return packet_ == fetch_->packets() && !narrow_waits_ && !wide_waits_ && set_packet_ == fetch_->packets() &&
         set_.empty() && shortcut_beats_.empty() &&
         (!fetch_->has_shortcut() || shortcut_packet_ == fetch_->packets());
}

bool CommandFeed::next_operands(int64_t cycle) {
  const int64_t all = fetch_->packets() * fetch_->beats();
  if (packet_ == fetch_->packets() || sent_ * port_cycles_ > (cycle + kLatency) * all) {
    return false;
  }
  fetch_->operands(packet_, beat_, narrow_codes_, wide_codes_);
  set_codes(narrow_, narrow_codes_);
  set_codes(wide_, wide_codes_);
  narrow_.last = beat_ + 1 == fetch_->beats();
  narrow_.user = narrow_.last ? user_bits(fetch_->packet(packet_)) : 0;
  narrow_waits_ = wide_waits_ = true;
  ++sent_;
  if (++beat_ == fetch_->beats()) {
    beat_ = 0;
    ++packet_;
  }
  return true;
}

void CommandFeed::feed_records(StreamPushIf& stream) {
  for (;;) {
    // No set is sent before the packet that it is for is near: the engine has room for one more.
    while (set_.empty() && set_packet_ < fetch_->packets() && set_packet_ <= packet_ + 1) {
      if (fetch_->packet(set_packet_).new_set) {
        const std::vector<RecordBeat> set = fetch_->records(set_packet_);
        set_.assign(set.begin(), set.end());
      }
      ++set_packet_;
    }
    if (set_.empty()) {
      return;
    }
    const RecordBeat::Bytes bytes = set_.front().encode();
    record_.data.assign(bytes.begin(), bytes.end());
    record_.last = set_.size() == 1;
    if (!stream.try_push(record_)) {
      return;
    }
    set_.pop_front();
  }
}

void CommandFeed::feed_shortcut(StreamPushIf& stream) {
  for (;;) {
    while (shortcut_beats_.empty() && shortcut_packet_ < fetch_->packets()) {
      const std::vector<ResultBeat> beats = fetch_->results(shortcut_packet_++);
      shortcut_beats_.assign(beats.begin(), beats.end());
    }
    if (shortcut_beats_.empty()) {
      return;
    }
    fetch_->shortcut(shortcut_beats_.front(), shortcut_codes_);
    set_codes(shortcut_, shortcut_codes_);
    if (!stream.try_push(shortcut_)) {
      return;
    }
    shortcut_beats_.pop_front();
  }
}

void CommandFeed::expect() {
  while (expected_.empty() && result_packet_ < fetch_->packets()) {
    for (const ResultBeat& beat : fetch_->results(result_packet_++)) {
      for (const ResultBeat::Slot& slot : beat.slots) {
        if (slot.kept) {
          expected_.push_back(slot.place);
        }
      }
    }
  }
}

void CommandFeed::take(const StreamPacket& packet, int64_t cycle) {
  for (size_t at = 0; at + 8 <= packet.data.size(); at += 8) {
    if (expected_.empty()) {
      throw std::logic_error("the RTL gives more results than its command has");
    }
    int64_t value = 0;
    std::memcpy(&value, packet.data.data() + at, 8);
    if (expected_.front().wanted) {
      results_.push_back({expected_.front(), value, cycle});
    }
    expected_.pop_front();
    expect();
  }
}

}  // namespace tridex::arch
