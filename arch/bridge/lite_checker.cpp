#include "arch/bridge/lite_checker.h"

#include <algorithm>

namespace tridex::arch {
namespace {

struct Handshake {
  const char* name;
  bool LiteValues::*valid;
  bool LiteValues::*ready;
};
constexpr Handshake kAw{"AW", &LiteValues::awvalid, &LiteValues::awready};
constexpr Handshake kW{"W", &LiteValues::wvalid, &LiteValues::wready};
constexpr Handshake kB{"B", &LiteValues::bvalid, &LiteValues::bready};
constexpr Handshake kAr{"AR", &LiteValues::arvalid, &LiteValues::arready};
constexpr Handshake kR{"R", &LiteValues::rvalid, &LiteValues::rready};
constexpr const Handshake* kLiteChannels[] = {&kAw, &kW, &kB, &kAr, &kR};

bool moves(const LiteValues& pins, const Handshake& channel) {
  return pins.*channel.valid && pins.*channel.ready;
}

/// The pin of a channel that is not the same at two edges, or null.
const char* changed(const Handshake& channel, const LiteValues& a, const LiteValues& b) {
  uint64_t lanes = 0;
  for (int i = 0; i < 8; ++i) {
    lanes |= (a.wstrb >> i & 1) != 0 ? uint64_t{0xff} << (8 * i) : 0;
  }
  if (&channel == &kAw) {
    return a.awaddr != b.awaddr ? "AWADDR" : a.awprot != b.awprot ? "AWPROT" : nullptr;
  }
  if (&channel == &kW) {
    return a.wstrb != b.wstrb ? "WSTRB" : ((a.wdata ^ b.wdata) & lanes) != 0 ? "WDATA" : nullptr;
  }
  if (&channel == &kB) {
    return a.bresp != b.bresp ? "BRESP" : nullptr;
  }
  if (&channel == &kAr) {
    return a.araddr != b.araddr ? "ARADDR" : a.arprot != b.arprot ? "ARPROT" : nullptr;
  }
  return a.rresp != b.rresp ? "RRESP" : a.rdata != b.rdata ? "RDATA" : nullptr;
}

}  // namespace

void LiteCheckerCore::report(LiteRule rule, const std::string& what) {
  violations_.push_back({rule, sc_core::sc_time_stamp(), checker_ + ": " + what});
}

void LiteCheckerCore::check_reset(const LiteValues& pins) {
  for (const Handshake* channel : kLiteChannels) {
    if (begun_ && !last_resetn_ && pins.*channel->valid) {
      report(LiteRule::kValidInReset, std::string(channel->name) + " is valid in reset");
    }
  }
}

void LiteCheckerCore::check_held(const LiteValues& pins) {
  for (const Handshake* channel : kLiteChannels) {
    if (!begun_ || !last_resetn_) {
      if (begun_ && pins.*channel->valid) {
        report(LiteRule::kValidAfterReset,
               std::string(channel->name) + " is valid at the first edge after reset");
      }
      continue;
    }
    if (!(last_.*channel->valid) || last_.*channel->ready) {
      continue;
    }
    if (!(pins.*channel->valid)) {
      report(LiteRule::kValidHeld, std::string(channel->name) + " was valid and is not, without READY");
    } else if (const char* const pin = changed(*channel, last_, pins)) {
      report(LiteRule::kPayloadStable, std::string(pin) + " changed before READY");
    }
  }
}

/// Counts what was asked for at earlier edges: an answer at the edge of its request has a combinational path.
void LiteCheckerCore::check_answers(const LiteValues& pins) {
  const auto first = [&](const Handshake& channel) {  // edge of this answer
    const bool held = last_.*channel.valid && !(last_.*channel.ready);
    return begun_ && last_resetn_ && pins.*channel.valid && !held;
  };
  if (first(kB)) {
    if (write_addresses_ == 0 && write_data_ == 0) {
      report(LiteRule::kAnswerUnasked, "BVALID without a write");
    } else if (write_addresses_ == 0) {
      report(LiteRule::kAnswerBeforeAddress, "BVALID before the write's address");
    } else if (write_data_ == 0) {
      report(LiteRule::kAnswerBeforeData, "BVALID before the write's data");
    }
    if (pins.bresp == kRespExokay) {
      report(LiteRule::kExokay, "BRESP is EXOKAY");
    }
  }
  if (first(kR)) {
    if (read_addresses_ == 0) {
      report(LiteRule::kAnswerUnasked, "RVALID without a read");
    }
    if (pins.rresp == kRespExokay) {
      report(LiteRule::kExokay, "RRESP is EXOKAY");
    }
  }
  const auto take = [](uint64_t& count) { count -= count > 0 ? 1 : 0; };
  if (moves(pins, kB)) {
    take(write_addresses_);
    take(write_data_);
    ++writes_;
  }
  if (moves(pins, kR)) {
    take(read_addresses_);
    ++reads_;
  }
  write_addresses_ += moves(pins, kAw) ? 1 : 0;
  write_data_ += moves(pins, kW) ? 1 : 0;
  read_addresses_ += moves(pins, kAr) ? 1 : 0;
}

void LiteCheckerCore::edge(bool resetn, const LiteValues& pins) {
  if (!resetn) {
    check_reset(pins);
    write_addresses_ = write_data_ = read_addresses_ = 0;
  } else {
    check_held(pins);
    check_answers(pins);
  }
  last_ = pins;
  last_resetn_ = resetn;
  begun_ = true;
}

void LiteCheckerCore::finish() {
  const auto open = [&](uint64_t count, const char* what) {
    if (count > 0) {
      report(LiteRule::kOpenAtEnd, std::to_string(count) + " " + what + " without an answer");
    }
  };
  open(std::max(write_addresses_, write_data_), "writes");
  open(read_addresses_, "reads");
  write_addresses_ = write_data_ = read_addresses_ = 0;
}

}  // namespace tridex::arch
