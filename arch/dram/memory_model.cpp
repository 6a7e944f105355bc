#include "arch/dram/memory_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace tridex::arch {

MemoryModel::MemoryModel(const DramTiming& timing)
    : ideal_(timing.ideal),
      tck_ps_(std::llround(timing.tck_ns * 1000)),
      line_bytes_(timing.line_bytes()),
      interleave_bytes_(timing.interleave_bytes),
      capacity_(timing.capacity_bytes()),
      channels_(static_cast<size_t>(timing.channels), ChannelModel(timing)) {}

MemoryModel::Completion MemoryModel::access(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write) {
  if (bytes < 1 || bytes > kMaxRunBytes || address > static_cast<uint64_t>(capacity_ - bytes)) {
    throw std::logic_error("DRAM run of a wrong size or outside of the memory");
  }
  (write ? write_bytes_ : read_bytes_) += bytes;
  if (ideal_) {
    return {arrival_ps, arrival_ps, 0, 0};
  }
  const int64_t arrival = (arrival_ps + tck_ps_ - 1) / tck_ps_;
  const auto channels = static_cast<int64_t>(channels_.size());
  const auto begin = static_cast<int64_t>(address);
  Completion done;
  int64_t last = 0;
  for (int64_t at = begin; at < begin + bytes;) {
    const int64_t block = at / interleave_bytes_;
    const int64_t end = std::min(begin + bytes, (block + 1) * interleave_bytes_);
    const int64_t inside = block / channels * interleave_bytes_ + at % interleave_bytes_;
    const int64_t line = inside / line_bytes_;
    const int64_t count = (inside + end - at - 1) / line_bytes_ - line + 1;
    ChannelModel& channel = channels_[static_cast<size_t>(block % channels)];
    const int64_t activates = channel.activates();
    const ChannelModel::Span span = channel.access(arrival, line, count, write);
    done.row_misses += channel.activates() - activates;
    done.row_hits += count - (channel.activates() - activates);
    if (at == begin) {
      done.first_data_ps = span.first_end * tck_ps_;
    }
    last = std::max(last, span.last_end);
    at = end;
  }
  done.last_data_ps = last * tck_ps_;
  return done;
}

void MemoryModel::advance(int64_t now_ps) {
  if (ideal_) {
    return;
  }
  for (ChannelModel& channel : channels_) {
    channel.advance(now_ps / tck_ps_);
  }
}

DramTraffic MemoryModel::traffic() const {
  DramTraffic traffic;
  traffic.read_bytes = read_bytes_;
  traffic.write_bytes = write_bytes_;
  for (const ChannelModel& channel : channels_) {
    traffic.row_misses += channel.activates();
    traffic.row_hits += channel.accesses() - channel.activates();
    traffic.refreshes += channel.refreshes();
  }
  return traffic;
}

}  // namespace tridex::arch
