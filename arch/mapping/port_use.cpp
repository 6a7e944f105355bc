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
  for (size_t p = 0; p < kPorts; ++p) {
    if (own[p] > 0) {
      own[p] += put_off_[p];
      put_off_[p] = 0;
    }
  }
  // Each round sees more of what others move meanwhile.
  constexpr int kRounds = 8;
  double end = until;
  bool later = true;
  for (int round = 0; later && round < kRounds; ++round) {
    const PerPort before = others(unit, start, end);
    later = false;
    for (size_t p = 0; p < kPorts; ++p) {
      const double passed = own[p] > 0 ? start + (own[p] + before[p]) / width_[p] : 0;
      later = later || passed > end;
      end = std::max(end, passed);
    }
  }
  // Evenly where nothing is in the way, else behind what is.
  double longest = 0;
  for (size_t p = 0; p < kPorts; ++p) {
    longest = std::max(longest, own[p] / width_[p]);
  }
  const double from = end > until ? std::max(start, end - longest) : start;
  Use& use = units_[unit].next();
  use.from = from;
  use.until = end;
  for (size_t p = 0; p < kPorts && end > from; ++p) {
    use.rate[p] = own[p] / (end - from);
  }
  return end;
}

void PortUse::add_transfer(Unit unit, double start, double until, int32_t buffer, int64_t bytes) {
  if (until > start) {
    Use& use = units_[unit].next();
    use = {start, until, {}};
    const size_t port = static_cast<size_t>(buffer) + (unit == kLoadUnit ? kPorts / 2 : 0);
    use.rate[port] = static_cast<double>(bytes) / (until - start);
    const double all = others(unit, start, until)[port] + static_cast<double>(bytes);
    put_off_[port] += std::max(0.0, all - width_[port] * (until - start));
  }
}

}  // namespace tridex::arch
