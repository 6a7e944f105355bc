#include "arch/bridge/axi4_checker_core.h"

#include <algorithm>
#include <bit>

#include "arch/bridge/axi4_split.h"

namespace tridex::arch {
namespace {

constexpr const char* kChannelNames[] = {"AW", "W", "B", "AR", "R"};
constexpr Axi4Channel kAxi4Channels[] = {Axi4Channel::kAw, Axi4Channel::kW, Axi4Channel::kB, Axi4Channel::kAr,
                                         Axi4Channel::kR};

std::string id_text(uint32_t id) {
  return ", ID " + std::to_string(id);
}

/// The oldest of an ID.
template <typename Opens>
auto oldest(Opens& opens, uint32_t id) {
  return std::find_if(opens.begin(), opens.end(), [id](const auto& open) { return open.address.id == id; });
}

}  // namespace

void Axi4CheckerCore::report(Axi4Rule rule, Axi4Channel channel, const std::string& what) {
  violations_.push_back({rule, sc_core::sc_time_stamp(),
                         name_ + ", " + kChannelNames[static_cast<size_t>(channel)] + ": " + what});
}

void Axi4CheckerCore::clock(const Axi4Sample& sample) {
  if (!sample.aresetn) {
    clock_in_reset(sample);
    last_ = sample;
    was_in_reset_ = true;
    return;
  }
  check_handshakes(sample);
  const auto first = [&](Axi4Channel channel) {
    const Axi4Sample::Handshake& before = last_.of(channel);
    return sample.of(channel).valid && !(before.valid && !before.ready && !was_in_reset_);
  };
  if (first(Axi4Channel::kAw)) {
    check_address(Axi4Channel::kAw, sample.aw);
  }
  if (first(Axi4Channel::kAr)) {
    check_address(Axi4Channel::kAr, sample.ar);
  }
  // Responses before what is transferred at this very edge: they may not depend on it.
  if (sample.of(Axi4Channel::kB).valid) {
    clock_write_response(sample, first(Axi4Channel::kB));
  }
  if (sample.of(Axi4Channel::kR).valid) {
    clock_read_data(sample, first(Axi4Channel::kR));
  }
  if (sample.transferred(Axi4Channel::kAr)) {
    reads_.push_back({sample.ar});
  }
  if (sample.transferred(Axi4Channel::kAw)) {
    writes_.push_back({sample.aw});
    match_early_beats();
  }
  if (sample.transferred(Axi4Channel::kW)) {
    early_.push_back({sample.wstrb, sample.wlast});
    match_early_beats();
  }
  for (const Axi4Channel channel : kAxi4Channels) {
    transfers_[static_cast<size_t>(channel)] += sample.transferred(channel) ? 1 : 0;
  }
  last_ = sample;
  was_in_reset_ = false;
}

void Axi4CheckerCore::clock_in_reset(const Axi4Sample& sample) {
  // What takes reset at the clock is still valid at the first edge.
  for (const Axi4Channel channel : kAxi4Channels) {
    if (was_in_reset_ && sample.of(channel).valid) {
      report(Axi4Rule::kValidInReset, channel, "VALID is high during reset");
    }
  }
  writes_.clear();
  reads_.clear();
  early_.clear();
}

bool Axi4CheckerCore::stable(const Axi4Sample& sample, Axi4Channel channel) const {
  switch (channel) {
    case Axi4Channel::kAw:
      return sample.aw == last_.aw;
    case Axi4Channel::kW:
      return sample.wdata_same && sample.wstrb == last_.wstrb && sample.wlast == last_.wlast;
    case Axi4Channel::kB:
      return sample.bid == last_.bid && sample.bresp == last_.bresp;
    case Axi4Channel::kAr:
      return sample.ar == last_.ar;
    default:
      return sample.rdata_same && sample.rid == last_.rid && sample.rresp == last_.rresp &&
             sample.rlast == last_.rlast;
  }
}

void Axi4CheckerCore::check_handshakes(const Axi4Sample& sample) {
  for (const Axi4Channel channel : kAxi4Channels) {
    const Axi4Sample::Handshake& before = last_.of(channel);
    const bool valid = sample.of(channel).valid;
    if (was_in_reset_) {
      if (valid) {
        report(Axi4Rule::kValidAfterReset, channel, "VALID is high at the first edge after reset");
      }
    } else if (before.valid && !before.ready) {
      if (!valid) {
        report(Axi4Rule::kValidHeld, channel, "VALID went low without a transfer");
      } else if (!stable(sample, channel)) {
        report(Axi4Rule::kPayloadStable, channel, "the payload changed while VALID waited for READY");
      }
    }
  }
}

void Axi4CheckerCore::check_address(Axi4Channel channel, const Axi4Address& address) {
  const Axi4Burst& burst = address.burst;
  const std::string id = id_text(address.id);
  if (burst.kind == Axi4BurstKind::kReserved) {
    report(Axi4Rule::kBurstReserved, channel, "BURST is 0b11" + id);
  }
  if (burst.beat_bytes() > bus_bytes_) {
    report(Axi4Rule::kBurstSize, channel,
           std::to_string(burst.beat_bytes()) + " bytes a beat, the data have " + std::to_string(bus_bytes_) +
               id);
    return;  // its lengths mean nothing
  }
  if (burst.kind == Axi4BurstKind::kIncr &&
      burst.beat_address(burst.beats - 1U) / kAxi4Boundary != burst.address / kAxi4Boundary) {
    report(Axi4Rule::kBurstBoundary, channel, "the burst goes on in the next 4 KB" + id);
  }
  if (burst.kind == Axi4BurstKind::kFixed && burst.beats > kAxi4FixedBeats) {
    report(Axi4Rule::kFixedLength, channel, std::to_string(burst.beats) + " beats of a FIXED burst" + id);
  }
  if (burst.kind == Axi4BurstKind::kWrap) {
    if (burst.beats < 2 || burst.beats > kAxi4WrapBeats || !std::has_single_bit(burst.beats)) {
      report(Axi4Rule::kWrapLength, channel, std::to_string(burst.beats) + " beats of a WRAP burst" + id);
    }
    if (burst.address % burst.beat_bytes() != 0) {
      report(Axi4Rule::kWrapAligned, channel, "a WRAP burst begins inside a beat" + id);
    }
  }
  // Without the modifiable bit (1) there is nothing to allocate (2 and 3).
  if ((address.cache & 0b0010) == 0 && (address.cache & 0b1100) != 0) {
    report(Axi4Rule::kCacheReserved, channel, "CACHE is " + std::to_string(address.cache) + id);
  }
  if (address.lock) {
    check_exclusive(channel, address);
  }
}

void Axi4CheckerCore::check_exclusive(Axi4Channel channel, const Axi4Address& address) {
  if (!axi4_exclusive_length(address.burst)) {
    report(Axi4Rule::kExclusiveLength, channel,
           std::to_string(address.burst.beats) + " beats of " + std::to_string(address.burst.beat_bytes()) +
               " bytes, exclusive" + id_text(address.id));
  } else if (!axi4_exclusive_aligned(address.burst)) {
    report(Axi4Rule::kExclusiveAligned, channel,
           "an exclusive access that is not aligned to all its bytes" + id_text(address.id));
  }
}

void Axi4CheckerCore::write_beat(Open& open, const WriteBeat& beat) {
  const Axi4Burst& burst = open.address.burst;
  const std::string id = id_text(open.address.id);
  const bool should_end = open.beat + 1 >= burst.beats;
  if (beat.last != should_end && !open.late_told) {
    open.late_told = true;
    report(Axi4Rule::kWriteLast, Axi4Channel::kW,
           "WLAST is " + std::string(beat.last ? "1" : "0") + " at beat " + std::to_string(open.beat + 1) +
               " of " + std::to_string(burst.beats) + id);
  }
  if (open.beat < burst.beats && burst.beat_bytes() <= bus_bytes_) {
    const uint64_t address = burst.beat_address(open.beat);
    const Axi4Strobe lanes =
        axi4_lanes(static_cast<unsigned>(address % bus_bytes_),
                   static_cast<unsigned>(burst.beat_bytes() - address % burst.beat_bytes()));
    if ((beat.strobe[0] & ~lanes[0]) != 0 || (beat.strobe[1] & ~lanes[1]) != 0) {
      report(Axi4Rule::kStrobeLanes, Axi4Channel::kW,
             "a strobe outside of the lanes of beat " + std::to_string(open.beat + 1) + id);
    }
  }
  ++open.beat;
  open.data_done = beat.last;
}

void Axi4CheckerCore::match_early_beats() {
  for (Open& open : writes_) {
    while (!open.data_done && !early_.empty()) {
      write_beat(open, early_.front());
      early_.pop_front();
    }
  }
}

void Axi4CheckerCore::clock_write_response(const Axi4Sample& sample, bool first) {
  const auto open = oldest(writes_, sample.bid);
  const std::string id = id_text(sample.bid);
  if (first) {
    if (open == writes_.end()) {
      const bool data = std::any_of(early_.begin(), early_.end(), [](const auto& beat) { return beat.last; });
      report(data ? Axi4Rule::kResponseBeforeAddress : Axi4Rule::kWriteResponseId, Axi4Channel::kB,
             (data ? "a response before the address" : "a response to no write") + id);
    } else if (!open->data_done) {
      report(Axi4Rule::kResponseBeforeData, Axi4Channel::kB, "a response before the last data" + id);
    } else if (sample.bresp == Axi4Response::kExOkay && !open->address.lock) {
      report(Axi4Rule::kExclusiveResponse, Axi4Channel::kB, "EXOKAY to a write that is not exclusive" + id);
    }
  }
  if (sample.of(Axi4Channel::kB).ready && open != writes_.end() && open->data_done) {
    writes_.erase(open);
  }
}

void Axi4CheckerCore::clock_read_data(const Axi4Sample& sample, bool first) {
  const auto open = oldest(reads_, sample.rid);
  const std::string id = id_text(sample.rid);
  if (open == reads_.end()) {
    if (first) {
      report(Axi4Rule::kReadId, Axi4Channel::kR, "data of no read" + id);
    }
    return;
  }
  const bool should_end = open->beat + 1 == open->address.burst.beats;
  if (first) {
    if (sample.rlast != should_end) {
      report(Axi4Rule::kReadLast, Axi4Channel::kR,
             "RLAST is " + std::string(sample.rlast ? "1" : "0") + " at beat " +
                 std::to_string(open->beat + 1) + " of " + std::to_string(open->address.burst.beats) + id);
    }
    if (sample.rresp == Axi4Response::kExOkay && !open->address.lock) {
      report(Axi4Rule::kExclusiveResponse, Axi4Channel::kR, "EXOKAY to a read that is not exclusive" + id);
    }
  }
  if (sample.of(Axi4Channel::kR).ready && (++open->beat, sample.rlast || should_end)) {
    reads_.erase(open);
  }
}

void Axi4CheckerCore::finish() {
  for (const Open& open : writes_) {
    report(Axi4Rule::kOpenAtEnd, Axi4Channel::kB, "a write has no response" + id_text(open.address.id));
  }
  for (const Open& open : reads_) {
    report(Axi4Rule::kOpenAtEnd, Axi4Channel::kR, "a read has not all its data" + id_text(open.address.id));
  }
  if (!early_.empty()) {
    report(Axi4Rule::kOpenAtEnd, Axi4Channel::kW, std::to_string(early_.size()) + " beats have no address");
  }
  writes_.clear();
  reads_.clear();
  early_.clear();
}

}  // namespace tridex::arch
