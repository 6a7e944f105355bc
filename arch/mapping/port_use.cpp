#include "arch/mapping/port_use.h"

#include <algorithm>

namespace tridex::arch {

PortUse::PortUse(const DesignPoint& design) {
  const std::array<const Buffer*, 3> buffers{&design.input_buffer, &design.weight_buffer,
                                             &design.output_buffer};
  for (size_t p = 0; p < kPorts; ++p) {
    width_[p] = static_cast<double>(buffers[p % buffers.size()]->bytes_per_cycle());
  }
}

/// Bytes that other units move in that time.
PortUse::PerPort PortUse::others(Unit unit, double from, double until) const {
  PerPort bytes{};
  for (size_t u = 0; u < units_.size(); ++u) {
    const History& history = units_[u];
    const size_t kept = u == unit ? 0 : std::min(history.count, History::kLength);
    for (size_t i = 0; i < kept && history.back(i).until > from; ++i) {
      const Use& use = history.back(i);
      const double together = std::min(use.until, until) - std::max(use.from, from);
      for (size_t p = 0; p < kPorts && together > 0; ++p) {
        bytes[p] += use.rate[p] * together;
      }
    }
  }
  return bytes;
}

double PortUse::add(Unit unit, double start, double until, const PortTraffic& traffic) {
  PerPort own{};
  for (size_t i = 0; i < traffic.read.size(); ++i) {
    own[i] = static_cast<double>(traffic.read[i]);
    own[i + traffic.read.size()] = static_cast<double>(traffic.written[i]);
  }
  const auto passed = [&](double end, PerPort* late) {
    const PerPort before = others(unit, start, end);
    double latest = end;
    for (size_t p = 0; p < kPorts; ++p) {
      const double needed = own[p] > 0 ? start + (own[p] + before[p]) / width_[p] : 0;
      if (late != nullptr) {
        (*late)[p] = std::clamp((needed - end) * width_[p], 0.0, own[p]);
      }
      latest = std::max(latest, needed);
    }
    return latest;
  };
  PerPort late{};  // bytes that do not pass in time
  double end = passed(until, &late);
  constexpr int kRounds = 8;  // each sees more of what others move meanwhile
  for (int round = 0; end > until && round < kRounds; ++round) {
    const double later = passed(end, nullptr);
    if (later <= end) {
      break;
    }
    end = later;
  }
  const auto note = [&](double from, double to, const PerPort& bytes) {
    if (to > from) {
      Use& use = units_[unit].next();
      use.from = from;
      use.until = to;
      for (size_t p = 0; p < kPorts; ++p) {
        use.rate[p] = bytes[p] / (to - from);
      }
    }
  };
  PerPort in_time{};
  for (size_t p = 0; p < kPorts; ++p) {
    in_time[p] = own[p] - late[p];
  }
  note(start, until, in_time);
  note(until, end, late);
  return end;
}

void PortUse::add_transfer(Unit unit, double start, double until, int32_t buffer, int64_t bytes) {
  if (until > start) {
    Use& use = units_[unit].next();
    use = {start, until, {}};
    use.rate[static_cast<size_t>(buffer) + (unit == kLoadUnit ? kPorts / 2 : 0)] =
        static_cast<double>(bytes) / (until - start);
  }
}

}  // namespace tridex::arch
