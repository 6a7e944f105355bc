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
      capacity_(timing.capacity_bytes()) {
  for (int i = 0; i < timing.channels; ++i) {
    channels_.push_back({make_channel(timing), kNever});
  }
}

int64_t MemoryModel::start(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write, bool blocking) {
  if (bytes < 1 || bytes > std::min(kMaxRunBytes, capacity_) ||
      address > static_cast<uint64_t>(capacity_ - bytes)) {
    throw std::logic_error("DRAM run of a wrong size or outside of the memory");
  }
  int64_t id = static_cast<int64_t>(runs_.size());
  if (free_runs_.empty()) {
    runs_.emplace_back();
  } else {
    id = free_runs_.back();
    free_runs_.pop_back();
  }
  const auto channels = static_cast<int64_t>(channels_.size());
  const auto begin = static_cast<int64_t>(address);
  const int64_t end = begin + bytes;
  runs_[static_cast<size_t>(id)] = {
      static_cast<int>((end - 1) / interleave_bytes_ - begin / interleave_bytes_ + 1),
      0,
      orders_++,
      blocking,
      {}};
  (write ? write_bytes_ : read_bytes_) += bytes;
  if (ideal_) {
    Run& run = runs_[static_cast<size_t>(id)];
    run.pieces = 0;
    run.end_ps = arrival_ps;
    if (!blocking) {
      finished_.push({run.end_ps, run.order, id});
    }
    return id;
  }
  const int64_t arrival = (arrival_ps + tck_ps_ - 1) / tck_ps_;
  for (int64_t at = begin; at < end;) {
    const int64_t block = at / interleave_bytes_;
    const int64_t stop = std::min(end, (block + 1) * interleave_bytes_);
    const int64_t inside = block / channels * interleave_bytes_ + at % interleave_bytes_;
    const int64_t line = inside / line_bytes_;
    const int64_t count = (inside + stop - at - 1) / line_bytes_ - line + 1;
    Part& part = channels_[static_cast<size_t>(block % channels)];
    part.channel->enqueue(id, arrival, line, count, write);
    look(part);
    at = stop;
  }
  return id;
}

void MemoryModel::look(Part& part) {
  part.channel->take_finished(found_);
  for (const Channel::Finished& found : found_) {
    Run& run = runs_[static_cast<size_t>(found.id)];
    run.end_ps = std::max(run.end_ps, found.clock * tck_ps_);
    run.time += found.time;
    if (--run.pieces == 0 && !run.blocking) {
      finished_.push({run.end_ps, run.order, found.id});
    }
  }
  found_.clear();
  const int64_t clock = part.channel->next_event();
  part.next_event_ps = clock == kNever ? kNever : clock * tck_ps_;
}

int64_t MemoryModel::submit(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write) {
  return start(arrival_ps, address, bytes, write, false);
}

int64_t MemoryModel::next_event_ps() const {
  int64_t first = finished_.empty() ? kNever : finished_.top().end_ps;
  for (const Part& part : channels_) {
    first = std::min(first, part.next_event_ps);
  }
  return first;
}

void MemoryModel::advance(int64_t now_ps) {
  for (Part& part : channels_) {
    if (part.next_event_ps <= now_ps) {
      part.channel->advance(now_ps / tck_ps_);
      look(part);
    }
  }
}

std::optional<int64_t> MemoryModel::take(int64_t now_ps) {
  if (finished_.empty() || finished_.top().end_ps > now_ps) {
    return std::nullopt;
  }
  const int64_t id = finished_.top().id;
  finished_.pop();
  free_runs_.push_back(id);
  return id;
}

RunTime MemoryModel::time_ps(int64_t id) const {
  const RunTime& clocks = runs_[static_cast<size_t>(id)].time;
  return {clocks.refresh * tck_ps_, clocks.row_miss * tck_ps_, clocks.turnaround * tck_ps_,
          clocks.queue * tck_ps_, clocks.data * tck_ps_};
}

int64_t MemoryModel::access(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write) {
  const int64_t id = start(arrival_ps, address, bytes, write, true);
  while (runs_[static_cast<size_t>(id)].pieces > 0) {
    for (Part& part : channels_) {
      if (part.next_event_ps != kNever) {
        part.channel->advance(part.next_event_ps / tck_ps_);
        look(part);
      }
    }
  }
  free_runs_.push_back(id);
  return runs_[static_cast<size_t>(id)].end_ps;
}

DramTraffic MemoryModel::traffic(int64_t now_ps) {
  DramTraffic traffic;
  traffic.read_bytes = read_bytes_;
  traffic.write_bytes = write_bytes_;
  if (ideal_) {
    return traffic;
  }
  for (Part& part : channels_) {
    part.channel->advance(now_ps / tck_ps_);
    look(part);
    const ChannelCounts counts = part.channel->counts();
    traffic.row_misses += counts.row_misses;
    traffic.row_hits += counts.lines - counts.row_misses;
    traffic.refreshes += counts.refreshes;
    traffic.activates += counts.activates;
    traffic.write_bursts += counts.written_lines;
    traffic.read_bursts += counts.lines - counts.written_lines;
  }
  return traffic;
}

}  // namespace tridex::arch
