#include <algorithm>

#include "arch/dram/fr_fcfs_channel.h"

// What the clocks of the data bus went to (RunTime). Each clock in which something waited is charged once, to
// the sums in spent_; a run's time is the difference between its arrival and its end.

namespace tridex::arch {

template <typename Until>
void FrFcfsChannel::see_arrivals(int64_t clock, const Until& until) {
  while (!unseen_.empty() && runs_[static_cast<size_t>(unseen_.front())].arrival < clock) {
    Run& run = runs_[static_cast<size_t>(unseen_.front())];
    run.before = spent_;
    run.before += until(run.arrival);
    unseen_.pop_front();
  }
}

void FrFcfsChannel::charge(int s, int64_t clock, bool opened) {
  int64_t waiting = kNever;  // since when something has
  for (const Side& side : sides_) {
    if (side.oldest != kNone) {
      waiting = std::min(waiting, side.entries[static_cast<size_t>(side.oldest)].visible);
    }
  }
  const int64_t from = std::max(charged_, waiting);
  const int64_t other = side_at(1 - s).last_column;
  const int64_t turned =
      other > side_at(s).last_column ? other + (s == 1 ? read_to_write_ : write_to_read_s_) : from;
  const auto until = [&](int64_t to) {  // of the clocks in which nothing was moved
    RunTime time;
    const int64_t gap = std::max<int64_t>(0, to - from);
    time.refresh = std::max<int64_t>(0, std::min(to, refresh_until_) - std::max(from, refresh_from_));
    time.turnaround = std::clamp<int64_t>(std::min(to, turned) - from, 0, gap - time.refresh);
    (opened ? time.row_miss : time.data) = gap - time.refresh - time.turnaround;
    time.data += std::min<int64_t>(0, to - charged_);  // who arrives in a burst waits for the rest of it
    return time;
  };
  see_arrivals(clock, until);
  spent_ += until(clock);
  spent_.data += t_.burst_clocks();
  charged_ = clock + t_.burst_clocks();
}

void FrFcfsChannel::charge_data(int64_t clock) {
  const int64_t until = clock + t_.burst_clocks();
  if (until > charged_) {
    see_arrivals(clock, [&](int64_t to) { return RunTime{0, 0, 0, 0, to - charged_}; });
    spent_.data += until - charged_;
    charged_ = until;
  }
}

}  // namespace tridex::arch
