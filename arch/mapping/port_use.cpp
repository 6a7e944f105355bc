#include "arch/mapping/port_use.h"

#include <algorithm>

namespace tridex::arch {

PortUse::PortUse(const DesignPoint& design) {
  const auto buffers = design.buffers();
  std::transform(buffers.begin(), buffers.end(), cycles_a_byte_.begin(),
                 [](const Buffer* buffer) { return 1.0 / static_cast<double>(buffer->bytes_per_cycle()); });
}

/// What other units take of each port in that time.
PortUse::PerPort PortUse::others(Unit unit, double from, double until) const {
  PerPort taken{};
  for (size_t u = 0; u < units_.size(); ++u) {
    const History& history = units_[u];
    const size_t kept = u == unit ? 0 : std::min(history.count, History::kLength);
    for (size_t i = 0; i < kept && history.back(i).until > from; ++i) {
      const Use& use = history.back(i);
      const double together = std::min(use.until, until) - std::max(use.from, from);
      if (together > 0) {
        for (size_t p = 0; p < kPorts; ++p) {
          taken[p] += use.share[p] * together;
        }
      }
    }
  }
  return taken;
}

double PortUse::add(Unit unit, double start, double until, const PortTraffic& traffic) {
  PerPort own{};
  for (size_t i = 0; i < kBuffers; ++i) {
    own[i] = static_cast<double>(traffic.read[i]) * cycles_a_byte_[i];
    own[kBuffers + i] = static_cast<double>(traffic.written[i]) * cycles_a_byte_[i];
  }
  double longest = 0;
  for (size_t p = 0; p < kPorts; ++p) {
    own[p] += own[p] > 0 ? put_off_[p] : 0;
    put_off_[p] = own[p] > 0 ? 0 : put_off_[p];
    longest = std::max(longest, own[p]);
  }
  // Each round sees more of what others move meanwhile.
  constexpr int kRounds = 8;
  double end = until;
  for (int round = 0; round < kRounds; ++round) {
    const PerPort before = others(unit, start, end);
    double taken = 0;
    for (size_t p = 0; p < kPorts; ++p) {
      taken = std::max(taken, own[p] > 0 ? own[p] + before[p] : 0);
    }
    if (start + taken <= end) {
      break;
    }
    end = start + taken;
  }
  // Evenly where nothing is in the way, else behind what is.
  const double from = end > until ? std::max(start, end - longest) : start;
  Use& use = units_[unit].next();
  use.from = from;
  use.until = end;
  const double share = end > from ? 1 / (end - from) : 0;
  for (size_t p = 0; p < kPorts; ++p) {
    use.share[p] = own[p] * share;
  }
  return end;
}

void PortUse::add_transfer(Unit unit, double start, double until, int32_t buffer, int64_t bytes) {
  if (until > start) {
    const auto index = static_cast<size_t>(buffer);
    const size_t port = index + (unit == kLoadUnit ? kBuffers : 0);
    const double own = static_cast<double>(bytes) * cycles_a_byte_[index];
    put_off_[port] += std::max(0.0, others(unit, start, until)[port] + own - (until - start));
    Use& use = units_[unit].next();
    use = {start, until, {}};
    use.share[port] = own / (until - start);
  }
}

}  // namespace tridex::arch
