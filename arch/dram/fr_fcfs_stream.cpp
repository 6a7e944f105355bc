#include <algorithm>

#include "arch/dram/fr_fcfs_channel.h"
#include "arch/dram/fr_fcfs_steps.h"

// A stream: the oldest line's RD or WR, again and again, each as early as the data bus allows, while nothing
// else can be chosen. Its clocks are known at once, so its lines are moved together. What comes out is what
// the rules of fr_fcfs_channel.h give line by line.

namespace tridex::arch {

namespace {

constexpr int64_t kWorthIt = 4;  // lines; shorter streams take longer than line by line

}  // namespace

bool FrFcfsChannel::stream(int64_t limit) {
  const int s = present();
  Side& side = side_at(s);
  const bool full = side.queued == side.capacity;
  if (step_ == 0 || closed_page_ || counts_.lines < no_stream_before_ || urgent_entry_ != kNone ||
      turning() || !side.misses.empty() || side.queued <= kWorthIt || (!full && !side.waiting.empty()) ||
      side.capacity * step_ > max_wait_) {  // else lines that enter in the stream never become urgent
    return false;
  }
  // Lines of the other direction must not enter meanwhile, and each line of this one makes room for another,
  // which enters one clock later. Then what arrives later on this side is behind them all (fr_fcfs_plan.cpp).
  const int64_t first = column_floor(s);
  const bool entering = !side.waiting.empty();
  if (first >= limit) {
    return false;
  }
  const int64_t last = std::min({entering ? kNever : limit, urgent_from(1 - s) - 1, next_refresh_ - 1,
                                 side_at(1 - s).next_visible - 1});
  const int64_t time = last - first - (entering ? 1 : 0);
  if (time < (kWorthIt - 1) * step_) {
    return false;
  }
  // The direction must not turn.
  const int64_t least = s == 1 && side_at(0).queued > 0 ? std::max(1, write_low_) : 1;
  const int64_t most = side.queued - least;
  int64_t count = entering && most > 0 ? time / step_ + 1 : std::min(most, time / step_ + 1);
  if (count < kWorthIt) {
    return false;
  }
  if (entering) {
    count = std::min(count, streaming_entrance(s, first, count));
    if (count < kWorthIt) {
      no_stream_before_ = counts_.lines + count + 1;
    }
  }
  count = count < kWorthIt ? 0 : streaming_queue(s, first, count);
  if (count < kWorthIt) {
    return false;
  }
  charge(s, first, bank_at(side.entries[static_cast<size_t>(side.oldest)].bank).opener != kNone);
  if (entering && first + (count - 1) * step_ + 1 > limit) {
    plan_ = {s, first, count, 0, 0};
    ++planned_;
    return false;
  }
  move_stream(s, first, count, entering);
  return true;
}

/// How many of `count` lines at the entrance hit, each when its turn comes, and can be moved in the stream if
/// they are so many that it comes to them.
int64_t FrFcfsChannel::streaming_entrance(int s, int64_t first, int64_t count) {
  const Side& side = side_at(s);
  const int64_t queued = side.queued;
  int group = side.entries[static_cast<size_t>(side.youngest)].bank % t_.bank_groups;
  int64_t found = 0;
  LinePlace place = side.next;
  for (auto r = side.waiting.begin(); r != side.waiting.end() && found < count; ++r) {
    const Run& run = runs_[static_cast<size_t>(*r)];
    if (found > 0) {
      place = map_.place(run.next_line);
    }
    for (int64_t left = run.to_enter, line = run.next_line; left > 0 && found < count;) {
      if (run.arrival > first + found * step_) {
        return found;
      }
      if (place.group != ((group + 1) & (t_.bank_groups - 1))) {
        count = std::min(count, queued + found);
      }
      // Up to the end of the rows, one in each group.
      const int64_t piece = std::min(left, map_.lines_in_rows_from(place));
      for (int64_t i = 0; i < std::min<int64_t>(piece, t_.bank_groups); ++i) {
        const int g = (place.group + static_cast<int>(i)) & (t_.bank_groups - 1);
        const Bank& bank = bank_at(place.bank * t_.bank_groups + g);
        if (bank.row != place.row || bank.col_ready > first + (queued + found + i) * step_) {
          return std::min(count, found + i);
        }
      }
      found += piece;
      left -= piece;
      line += piece;
      group = (place.group + static_cast<int>(piece - 1)) & (t_.bank_groups - 1);
      if (left > 0) {
        place = map_.place(line);
      }
    }
  }
  return std::min(count, found);
}

/// How many of the `count` lines of a stream are sure to go one step after the other, as far as those that
/// are in the queue by now are concerned.
int64_t FrFcfsChannel::streaming_queue(int s, int64_t first, int64_t count) {
  const Side& side = side_at(s);
  int64_t i = 0;
  int group = kNone;
  for (int e = side.oldest; e != kNone && i < count; ++i) {
    const Entry& entry = side.entries[static_cast<size_t>(e)];
    const Bank& bank = bank_at(entry.bank);
    const bool in_turn = group == kNone || bank.group == ((group + 1) & (t_.bank_groups - 1));
    const int64_t clock = first + i * step_;
    if (bank.row != entry.row || !in_turn || clock >= entry.visible + max_wait_ ||
        (i < t_.bank_groups ? column_ready(bank, s) : bank.col_ready) > clock) {
      no_stream_before_ = counts_.lines + i + 1;
      return i;
    }
    // Without it the bank may have only lines for another row, which is to be opened then.
    if (entry.younger != kNone && side.entries[static_cast<size_t>(entry.younger)].row != entry.row) {
      count = i + 1;
    }
    group = bank.group;
    e = entry.after;
  }
  return count;
}

void FrFcfsChannel::move_stream(int s, int64_t first, int64_t count, bool entering) {
  Side& side = side_at(s);
  const int64_t queued = std::min<int64_t>(count, side.queued);
  move_oldest(s, first, queued);
  if (entering) {
    // Those that are moved in the stream too, then those that stay.
    for (int64_t i = queued; i < count;) {
      i += move_through(s, first + i * step_, count - i);
    }
    for (int64_t i = count - queued; i < count;) {
      i += enter_piece(s, first + i * step_ + 1, count - i);
    }
    side.last_visible = first + (count - 1) * step_ + 1;
  }
  side.last_column = first + (count - 1) * step_;
  bus_free_ = side.last_column + 1;
  now_ = side.last_column + (entering ? 1 : 0);
  charge_data(side.last_column);
  counts_.lines += count;
  counts_.written_lines += s == 1 ? count : 0;
  streamed_ += count;
  stale_ = true;
  urgent_check_ = std::min(urgent_from(0), urgent_from(1));
  update_visible(side);
  update_direction();
}

void FrFcfsChannel::move_oldest(int s, int64_t clock, int64_t count) {
  Side& side = side_at(s);
  Entry* const entries = side.entries.data();
  const int64_t to_pre = to_pre_[static_cast<size_t>(s)];
  const bool all = count == side.queued;
  int e = side.oldest;
  int r = entries[e].run;
  int64_t of_run = 0;
  for (int64_t i = 0; i < count; ++i, clock += step_) {
    const Entry& entry = entries[e];
    Bank& bank = bank_at(entry.bank);
    if (entry.run != r) {
      finish_lines(s, r, of_run, clock - step_ + side.latency);
      r = entry.run;
      of_run = 0;
    }
    ++of_run;
    side.group_column[static_cast<size_t>(bank.group)] = clock;
    bank.pre_ready = std::max(bank.pre_ready, clock + to_pre);
    if (bank.opener != kNone) {
      ++counts_.row_misses;
      opener_done(bank);
    }
    note(clock, s == 1 ? DramCommand::Kind::kWrite : DramCommand::Kind::kRead, bank, entry.row, entry.column);
    if (!all) {
      leave_list(s, entry);
    }
    side.free_entries.push_back(e);
    e = entry.after;
  }
  finish_lines(s, r, of_run, clock - step_ + side.latency);
  if (all) {
    for (const int b : side.hits) {
      bank_at(b).lists[static_cast<size_t>(s)] = {};
    }
    side.hits.clear();
  }
  side.oldest = e;
  (e == kNone ? side.youngest : entries[e].before) = kNone;
  side.queued -= static_cast<int>(count);
}

/// The oldest line of its bank, a hit.
void FrFcfsChannel::leave_list(int s, const Entry& entry) {
  Side& side = side_at(s);
  const Bank& bank = bank_at(entry.bank);
  List& list = bank_at(entry.bank).lists[static_cast<size_t>(s)];
  list.head = entry.younger;
  if (list.head == kNone) {
    list.hit = list.tail = kNone;
    side.hits.erase(entry.bank);
    return;
  }
  side.entries[static_cast<size_t>(list.head)].older = kNone;
  list.hit = first_hit(s, list.head, bank.row);
  if (list.hit == kNone) {
    sort(entry.bank, s);
  }
}

int64_t FrFcfsChannel::move_through(int s, int64_t clock, int64_t count) {
  Side& side = side_at(s);
  const int r = side.waiting.front();
  const Run& run = runs_[static_cast<size_t>(r)];
  const int64_t piece = std::min({count, run.to_enter, map_.lines_in_rows_from(side.next)});
  // Later lines of a group put its times where those before would have put them, and beyond.
  const int64_t from = trace_ == nullptr ? std::max<int64_t>(0, piece - t_.bank_groups) : 0;
  const int64_t to_pre = to_pre_[static_cast<size_t>(s)];
  const int groups = t_.bank_groups;
  int group = static_cast<int>((side.next.group + from) & (groups - 1));
  for (int64_t i = from; i < piece; ++i, group = (group + 1) & (groups - 1)) {
    Bank& bank = bank_at(side.next.bank * groups + group);
    const int64_t at = clock + i * step_;
    side.group_column[static_cast<size_t>(group)] = at;
    bank.pre_ready = std::max(bank.pre_ready, at + to_pre);
    note(at, s == 1 ? DramCommand::Kind::kWrite : DramCommand::Kind::kRead, bank, side.next.row,
         side.next.column + static_cast<int>(side.next.group + i) / groups);
  }
  leave_entrance(side, piece);
  finish_lines(s, r, piece, clock + (piece - 1) * step_ + side.latency);
  return piece;
}

int64_t FrFcfsChannel::enter_piece(int s, int64_t clock, int64_t count) {
  Side& side = side_at(s);
  Entry* const entries = side.entries.data();
  const int r = side.waiting.front();
  const int64_t piece =
      std::min({count, runs_[static_cast<size_t>(r)].to_enter, map_.lines_in_rows_from(side.next)});
  LinePlace place = side.next;
  int youngest = side.youngest;
  for (int64_t i = 0; i < piece; ++i, clock += step_) {
    const int e = side.free_entries.back();
    side.free_entries.pop_back();
    const auto b = static_cast<int>(index_of(place));
    List& list = bank_at(b).lists[static_cast<size_t>(s)];
    entries[e] = {clock, place.row, place.column, b, r, list.tail, kNone, youngest, kNone};
    (list.tail == kNone ? list.head : entries[list.tail].younger) = e;
    if (list.hit == kNone) {
      list.hit = e;
      sort(b, s);
    }
    (youngest == kNone ? side.oldest : entries[youngest].after) = e;
    youngest = list.tail = e;
    if (++place.group == t_.bank_groups) {
      place.group = 0;
      ++place.column;
    }
  }
  side.youngest = youngest;
  side.queued += static_cast<int>(piece);
  leave_entrance(side, piece);
  return piece;
}

}  // namespace tridex::arch
