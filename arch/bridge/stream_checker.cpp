#include "arch/bridge/stream_checker.h"

#include <bit>

namespace tridex::arch {
namespace {

bool data_differs(const StreamBeat& a, const StreamBeat& b) {
  for (size_t i = 0; i < a.data.size(); ++i) {
    if (a.data[i] != b.data[i] && a.keep.get(static_cast<int>(i)) && a.strobe.get(static_cast<int>(i))) {
      return true;
    }
  }
  return false;
}

/// The pin that is not the same in two beats, or null.
const char* changed(const StreamBeat& a, const StreamBeat& b) {
  return a.keep != b.keep       ? "TKEEP"
         : a.strobe != b.strobe ? "TSTRB"
         : a.last != b.last     ? "TLAST"
         : a.id != b.id         ? "TID"
         : a.dest != b.dest     ? "TDEST"
         : a.user != b.user     ? "TUSER"
         : data_differs(a, b)   ? "TDATA"
                                : nullptr;
}

bool any(const ByteMask& a, const ByteMask& without) {
  return ((a.words[0] & ~without.words[0]) | (a.words[1] & ~without.words[1])) != 0;
}

int count(const ByteMask& mask) {
  return std::popcount(mask.words[0]) + std::popcount(mask.words[1]);
}

}  // namespace

void StreamCheckerCore::report(StreamRule rule, const std::string& what) {
  violations_.push_back({rule, sc_core::sc_time_stamp(), checker_ + ": " + what});
}

void StreamCheckerCore::check_held(bool valid, const StreamBeat& beat) {
  if (begun_ && !last_resetn_ && valid) {
    report(StreamRule::kValidAfterReset, "TVALID at the first edge after reset");
  }
  if (!waiting_) {
    return;
  }
  if (!valid) {
    report(StreamRule::kValidHeld, "TVALID was high and is not, without TREADY");
  } else if (const char* const pin = changed(last_, beat)) {
    report(StreamRule::kPayloadStable, std::string(pin) + " changed before TREADY");
  }
}

/// Once a beat, when it is offered.
void StreamCheckerCore::check_bytes(const StreamBeat& beat) {
  if (any(beat.strobe, beat.keep)) {
    report(StreamRule::kKeepStrobe, "TSTRB is set for a byte without TKEEP");
  } else if (!options_.position_bytes && any(beat.keep, beat.strobe)) {
    report(StreamRule::kPositionByte, "a byte is kept and not data");
  }
  if (!options_.null_bytes && beat.keep != all_ &&
      (!beat.last || beat.keep != ByteMask::first(count(beat.keep)))) {
    report(StreamRule::kNullByte, "TKEEP is low before the last byte of a packet");
  }
  if (!options_.interleaved && inside_ && (beat.id != id_ || beat.dest != dest_)) {
    report(StreamRule::kInterleaved, "TID or TDEST changed inside a packet");
  }
}

void StreamCheckerCore::edge(bool resetn, bool valid, bool ready, const StreamBeat& beat) {
  if (!resetn) {
    if (begun_ && !last_resetn_ && valid) {
      report(StreamRule::kValidInReset, "TVALID in reset");
    }
    waiting_ = inside_ = false;
  } else {
    check_held(valid, beat);
    if (valid && !waiting_) {
      check_bytes(beat);
    }
    if (valid && ready) {
      inside_ = !beat.last;
      id_ = beat.id;
      dest_ = beat.dest;
      ++beats_;
      packets_ += beat.last ? 1 : 0;
    }
    waiting_ = valid && !ready;
    if (waiting_) {
      last_ = beat;
    }
  }
  last_resetn_ = resetn;
  begun_ = true;
}

void StreamCheckerCore::finish() {
  if (!options_.open_at_end && (inside_ || waiting_)) {
    report(StreamRule::kOpenAtEnd, "the simulation ends inside a packet");
  }
  inside_ = waiting_ = false;
}

}  // namespace tridex::arch
