#include <algorithm>
#include <stdexcept>

#include "arch/dram/fr_fcfs_channel.h"
#include "arch/dram/fr_fcfs_steps.h"

// Runs, from their arrival to their end; between them they are lines.

namespace tridex::arch {

void FrFcfsChannel::enqueue(int64_t id, int64_t arrival, int64_t line, int64_t count, bool write) {
  if (line < 0 || count < 1 || count > map_.lines() - line) {
    throw std::logic_error("DRAM access outside of the channel");
  }
  const int s = write ? 1 : 0;
  Side& side = side_at(s);
  if (plan_.count > 0 && s != plan_.s && has_room(write) && arrival < plan_end()) {
    cut_plan();  // the run's first line enters in its midst
  }
  const int index = take_free(runs_, free_runs_);
  runs_[static_cast<size_t>(index)] = {id, std::max(arrival, now_), line, 0, count, count, count, false, {}};
  auto place = unseen_.end();
  while (place != unseen_.begin() &&
         runs_[static_cast<size_t>(*(place - 1))].arrival > std::max(arrival, now_)) {
    --place;
  }
  unseen_.insert(place, index);
  side.runs.push_back(index);
  side.waiting.push_back(index);
  if (side.waiting.size() == 1) {
    side.next = map_.place(line);
    update_visible(side);
  }
}

bool FrFcfsChannel::has_room(bool write) const {
  const Side& side = sides_[write ? 1 : 0];
  return side.waiting.empty() && side.queued < side.capacity;
}

void FrFcfsChannel::finish_lines(int s, int r, int64_t lines, int64_t end) {
  Run& run = runs_[static_cast<size_t>(r)];
  run.end = std::max(run.end, end);
  run.to_issue -= lines;
  if (run.to_issue == 0) {
    if (!run.reported) {
      charge_data(end - side_at(s).latency);
      report(run, run.end);
    }
    std::deque<int>& runs = side_at(s).runs;
    runs.erase(std::find(runs.begin(), runs.end(), r));
    free_runs_.push_back(r);
  }
}

void FrFcfsChannel::report(Run& run, int64_t end) {
  const int64_t data = run.lines * t_.burst_clocks();
  run.reported = true;
  finished_.push_back(
      {run.id,
       end,
       {spent_.refresh - run.before.refresh, spent_.row_miss - run.before.row_miss,
        spent_.turnaround - run.before.turnaround, spent_.data - run.before.data - data, data}});
}

void FrFcfsChannel::take_finished(std::vector<Finished>& finished) {
  finished.insert(finished.end(), finished_.begin(), finished_.end());
  finished_.clear();
}

int64_t FrFcfsChannel::next_event() const {
  int64_t first = kNever;
  for (int s = 0; s < 2; ++s) {
    const Side& side = sides_[static_cast<size_t>(s)];
    int64_t from = std::max(now_ + 1, side.last_column + t_.tccd_s);
    int64_t planned = 0;  // lines
    if (plan_.count > 0) {
      from = std::max(from, plan_end());
      planned = s == plan_.s ? plan_.count : 0;
    }
    int64_t lines = 0;
    for (const int r : side.runs) {
      const Run& run = runs_[static_cast<size_t>(r)];
      if (run.to_issue <= planned) {
        planned -= run.to_issue;
        if (!run.reported) {
          first = std::min(first, plan_.first + (plan_.count - planned - 1) * step_ + side.latency);
          break;  // those behind it end later
        }
        continue;
      }
      const int64_t to_issue = run.to_issue - planned;
      planned = 0;
      lines += to_issue;
      // The last line enters when at most `capacity` of all lines up to it are left.
      const int64_t before = lines - side.capacity;
      const int64_t columns = run.to_enter > 0 ? std::max(to_issue - 1, before) : to_issue - 1;
      first =
          std::min(first, std::max(from + columns * t_.tccd_s, run.arrival + 1 + (to_issue - 1) * t_.tccd_s) +
                              side.latency);
      if (from + before * t_.tccd_s + side.latency >= first) {
        break;  // those behind it end later still
      }
    }
  }
  return first;
}

ChannelCounts FrFcfsChannel::counts() {
  if (plan_.count > 0) {
    cut_plan();
  }
  return counts_;
}

}  // namespace tridex::arch
