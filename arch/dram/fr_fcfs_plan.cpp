#include <algorithm>

#include "arch/dram/fr_fcfs_channel.h"

// A plan: a stream (fr_fcfs_stream.cpp) that is known beyond the clock advanced to. Its queue stays full of
// lines that go one after the other, so whatever arrives on its own side comes behind them all; a run of the
// other side, whose lines could turn the direction, cuts it where it arrives. Ends of runs are reported when
// their last line's turn comes, as if it had been moved; the lines are moved all together, at the plan's end.

namespace tridex::arch {

void FrFcfsChannel::report_planned(int64_t limit) {
  const Side& side = side_at(plan_.s);
  // Lines are queued in the order of their runs, and the stream takes the oldest ones.
  for (; plan_.runs < side.runs.size(); ++plan_.runs) {
    Run& run = runs_[static_cast<size_t>(side.runs[plan_.runs])];
    const int64_t lines = plan_.lines + run.to_issue;
    const int64_t clock = plan_.first + (lines - 1) * step_;
    if (lines > plan_.count || clock > limit) {
      return;
    }
    charge_data(clock);
    report(run, clock + side.latency);
    plan_.lines = lines;
  }
}

void FrFcfsChannel::carry_out(int64_t count) {
  const Plan plan = plan_;
  plan_.count = 0;
  move_stream(plan.s, plan.first, count, true);
}

void FrFcfsChannel::cut_plan() {
  const int64_t now = now_;
  ++cut_;
  carry_out((now - plan_.first - 1) / step_ + 1);
  advance(now);  // what is left of these clocks line by line
}

}  // namespace tridex::arch
