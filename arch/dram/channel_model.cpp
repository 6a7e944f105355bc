#include "arch/dram/channel_model.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {

using Kind = DramCommand::Kind;

ChannelModel::ChannelModel(const DramTiming& timing)
    : t_(timing),
      map_(timing),
      groups_(timing.bank_groups),
      burst_clocks_(timing.burst_clocks()),
      read_to_write_(timing.cl + burst_clocks_ + 2 - timing.cwl),
      write_to_read_s_(timing.cwl + burst_clocks_ + timing.twtr_s),
      write_to_read_l_(timing.cwl + burst_clocks_ + timing.twtr_l),
      write_to_pre_(timing.cwl + burst_clocks_ + timing.twr),
      step_(!map_.goes_round_groups()                  ? 0
            : groups_ == 1                             ? timing.tccd_l
            : groups_ * timing.tccd_s >= timing.tccd_l ? timing.tccd_s
                                                       : 0),
      banks_(static_cast<size_t>(timing.bank_groups) * timing.banks_per_group),
      group_act_(static_cast<size_t>(groups_), kLongAgo),
      group_read_(static_cast<size_t>(groups_), kLongAgo),
      group_write_(static_cast<size_t>(groups_), kLongAgo),
      next_refresh_(timing.trefi),
      slots_(kSlots / 64, 0) {
  four_acts_.fill(kLongAgo);
  issued_.fill(kLongAgo);
}

void ChannelModel::note(int64_t clock, Kind kind, const Place& p) {
  if (trace_ != nullptr) {
    trace_->push_back({clock, kind, p.group, p.bank, p.row, p.column});
  }
}

int64_t ChannelModel::free_slot(int64_t clock) const {
  clock = std::max(clock, horizon_ - kSlots + 1);
  while (clock <= horizon_ && ((slots_[static_cast<size_t>(clock % kSlots / 64)] >> (clock % 64)) & 1) != 0) {
    ++clock;
  }
  return clock;
}

void ChannelModel::take_slot(int64_t clock) {
  if (clock > horizon_) {
    // Words that the ring enters anew, the rest of horizon_'s own word is clear already.
    const int64_t from = std::max(horizon_ / 64 + (horizon_ < 0 ? 0 : 1), clock / 64 - kSlots / 64 + 1);
    for (int64_t word = from; word <= clock / 64; ++word) {
      slots_[static_cast<size_t>(word % (kSlots / 64))] = 0;
    }
    horizon_ = clock;
  }
  slots_[static_cast<size_t>(clock % kSlots / 64)] |= uint64_t{1} << (clock % 64);
}

int64_t ChannelModel::column_earliest(int group, bool write) const {
  const auto g = static_cast<size_t>(group);
  return write ? std::max({last_write_ + t_.tccd_s, group_write_[g] + t_.tccd_l, last_read_ + read_to_write_})
               : std::max({last_read_ + t_.tccd_s, group_read_[g] + t_.tccd_l, last_write_ + write_to_read_s_,
                           group_write_[g] + write_to_read_l_});
}

void ChannelModel::issue_column(int64_t clock, const Place& p, bool write) {
  take_slot(clock);
  issued_[static_cast<size_t>(accesses_++ % kQueueLines)] = clock;
  (write ? last_write_ : last_read_) = clock;
  (write ? group_write_ : group_read_)[static_cast<size_t>(p.group)] = clock;
  Bank& bank = bank_at(p);
  bank.pre_ready = std::max(bank.pre_ready, clock + (write ? write_to_pre_ : t_.trtp));
  note(clock, write ? Kind::kWrite : Kind::kRead, p);
}

/// Where the data bus' clocks before a data command went.
void ChannelModel::charge(int64_t visible, int64_t column, bool open, bool write) {
  const int64_t from = std::max(visible, std::max(last_read_, last_write_) + burst_clocks_);
  const int64_t gap = std::max<int64_t>(0, column - from);
  const int64_t refresh =
      std::max<int64_t>(0, std::min(column, refresh_until_) - std::max(from, refresh_from_));
  const int64_t turned = write ? last_read_ + read_to_write_ : last_write_ + write_to_read_s_;
  const bool turns = write ? last_read_ > last_write_ : last_write_ > last_read_;
  const int64_t turnaround =
      turns ? std::clamp<int64_t>(std::min(column, turned) - from, 0, gap - refresh) : 0;
  time_.refresh += refresh;
  time_.turnaround += turnaround;
  (open ? time_.queue : time_.row_miss) += gap - refresh - turnaround;
  time_.data += burst_clocks_;
}

/// A data command never meets a command that was scheduled before it: it comes after the data command of the
/// line before, and that after its own row's. Only row commands look for a free slot.
int64_t ChannelModel::schedule_line(int64_t visible, const Place& p, bool write) {
  Bank& bank = bank_at(p);
  visible = std::max(visible, issued_[static_cast<size_t>(accesses_ % kQueueLines)] + 1);
  advance(visible);
  while (true) {
    const bool open = bank.row == p.row;
    int64_t pre = kLongAgo;
    int64_t act = kLongAgo;
    int64_t column_ready = bank.col_ready;
    if (!open) {
      int64_t ready = std::max(visible, bank.act_ready);
      if (bank.row >= 0) {
        pre = free_slot(std::max(visible, bank.pre_ready));
        ready = std::max(ready, pre + t_.trp);
      }
      act = free_slot(
          std::max({ready, last_act_ + t_.trrd_s, group_act_[static_cast<size_t>(p.group)] + t_.trrd_l,
                    four_acts_[static_cast<size_t>(activates_ % 4)] + t_.tfaw}));
      column_ready = act + t_.trcd;
    }
    const int64_t column = std::max({visible, column_ready, column_earliest(p.group, write)});
    if (t_.refresh && column >= next_refresh_) {
      refresh();
      continue;
    }
    if (!open) {
      if (pre != kLongAgo) {
        take_slot(pre);
        note(pre, Kind::kPrecharge, {bank.row, p.bank, p.group, 0});
      }
      take_slot(act);
      note(act, Kind::kActivate, p);
      four_acts_[static_cast<size_t>(activates_++ % 4)] = act;
      last_act_ = group_act_[static_cast<size_t>(p.group)] = act;
      bank = {p.row, act + t_.trc, act + t_.trcd, act + t_.tras};
    }
    charge(visible, column, open, write);
    issue_column(column, p, write);
    return column;
  }
}

/// Lines of a stream whose rows are open in all groups and whose line before has its data command at `last`:
/// each comes step_ after the other. Gives back how many of `count` were issued: those before the next
/// refresh.
int64_t ChannelModel::schedule_burst(int64_t count, const Place& first, int64_t last, bool write) {
  if (t_.refresh) {
    count = std::min(count, (next_refresh_ - 1 - last) / step_);
  }
  if (count <= 0) {
    return 0;
  }
  Place p = first;
  if (trace_ != nullptr) {
    for (int64_t i = 0; i < count; ++i) {
      note(last + (i + 1) * step_, write ? Kind::kWrite : Kind::kRead, p);
      p.column += p.group == groups_ - 1 ? 1 : 0;
      p.group = (p.group + 1) & (groups_ - 1);
    }
  }
  for (int64_t i = 1; i <= count; ++i) {
    take_slot(last + i * step_);
  }
  for (int64_t i = std::max<int64_t>(0, count - kQueueLines); i < count; ++i) {
    issued_[static_cast<size_t>((accesses_ + i) % kQueueLines)] = last + (i + 1) * step_;
  }
  accesses_ += count;
  time_.data += count * burst_clocks_;
  time_.queue += count * (step_ - burst_clocks_);
  const int64_t end = last + count * step_;
  (write ? last_write_ : last_read_) = end;
  for (int64_t i = std::max<int64_t>(0, count - groups_); i < count; ++i) {
    const int64_t clock = last + (i + 1) * step_;
    p.group = static_cast<int>((first.group + i) & (groups_ - 1));
    (write ? group_write_ : group_read_)[static_cast<size_t>(p.group)] = clock;
    Bank& bank = bank_at(p);
    bank.pre_ready = std::max(bank.pre_ready, clock + (write ? write_to_pre_ : t_.trtp));
  }
  return count;
}

void ChannelModel::refresh() {
  int64_t ready = next_refresh_;
  int64_t closed = next_refresh_;
  bool open = false;
  for (const Bank& bank : banks_) {
    open = open || bank.row >= 0;
    ready = std::max(ready, bank.row >= 0 ? bank.pre_ready : next_refresh_);
    closed = std::max(closed, bank.row >= 0 ? next_refresh_ : bank.act_ready);
  }
  if (open) {
    ready = free_slot(ready);
    take_slot(ready);
    note(ready, Kind::kPrechargeAll, {});
    closed = std::max(closed, ready + t_.trp);
  }
  const int64_t clock = free_slot(closed);
  take_slot(clock);
  note(clock, Kind::kRefresh, {});
  refresh_from_ = next_refresh_;
  refresh_until_ = clock + t_.trfc;
  for (Bank& bank : banks_) {
    bank = {-1, clock + t_.trfc, 0, 0};
  }
  ++refreshes_;
  next_refresh_ += t_.trefi;
}

void ChannelModel::advance(int64_t clock) {
  while (t_.refresh && next_refresh_ <= clock) {
    refresh();
  }
}

ChannelModel::Span ChannelModel::access(int64_t arrival, int64_t line, int64_t count, bool write) {
  if (line < 0 || count < 1 || count > map_.lines() - line) {
    throw std::logic_error("DRAM access outside of the channel");
  }
  const int64_t data = (write ? t_.cwl : t_.cl) + burst_clocks_;
  const int64_t row_lines =
      int64_t{t_.row_bytes} / t_.line_bytes() * groups_;  // with one row open in every group
  int64_t first = kLongAgo;
  int64_t last = kLongAgo;
  time_ = {};
  time_.queue = std::max<int64_t>(0, std::max(last_read_, last_write_) + burst_clocks_ - arrival - 1);
  written_ += write ? count : 0;
  int64_t opened = 0;  // lines since the rows of this stretch began to be opened
  for (int64_t done = 0; done < count;) {
    const Place p = map_.place(line + done);
    if ((line + done) % row_lines == 0) {
      opened = 0;
    }
    if (opened >= groups_ && step_ > 0) {
      const int64_t rest = std::min(count - done, row_lines - (line + done) % row_lines);
      const int64_t burst = schedule_burst(rest, p, last, write);
      last += burst * step_;
      done += burst;
      if (burst == rest) {
        continue;
      }
      opened = 0;  // a refresh has closed the rows
      if (burst > 0) {
        continue;
      }
    }
    const int64_t refreshes = refreshes_;
    last = schedule_line(arrival + 1, p, write);
    first = first == kLongAgo ? last : first;
    opened = refreshes_ == refreshes ? opened + 1 : 1;
    ++done;
  }
  return {first + data, last + data, time_};
}

}  // namespace tridex::arch
