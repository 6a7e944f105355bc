#include "arch/dram/fr_fcfs_channel.h"

#include <algorithm>

#include "arch/dram/fr_fcfs_steps.h"

namespace tridex::arch {

FrFcfsChannel::FrFcfsChannel(const DramTiming& timing)
    : t_(timing),
      map_(timing),
      step_(!map_.goes_round_groups()                             ? 0
            : timing.bank_groups == 1                             ? timing.tccd_l
            : timing.bank_groups * timing.tccd_s >= timing.tccd_l ? timing.tccd_s
                                                                  : 0),
      read_to_write_(timing.cl + timing.burst_clocks() + 2 - timing.cwl),
      write_to_read_s_(timing.cwl + timing.burst_clocks() + timing.twtr_s),
      write_to_read_l_(timing.cwl + timing.burst_clocks() + timing.twtr_l),
      to_pre_{timing.trtp, timing.cwl + timing.burst_clocks() + timing.twr},
      write_high_(timing.controller.write_high > 0 ? timing.controller.write_high
                                                   : timing.controller.write_queue),
      write_low_(timing.controller.write_low > 0 ? timing.controller.write_low
                                                 : std::min(write_high_, timing.controller.write_queue / 4)),
      max_wait_(timing.controller.max_wait > 0
                    ? timing.controller.max_wait
                    : int64_t{timing.trc} * (timing.controller.read_queue + timing.controller.write_queue)),
      closed_page_(timing.controller.page == DramController::Page::kClosed),
      banks_(static_cast<size_t>(timing.bank_groups) * static_cast<size_t>(timing.banks_per_group)),
      group_act_(static_cast<size_t>(timing.bank_groups), kLongAgo),
      next_refresh_(timing.refresh ? timing.trefi : kNever) {
  four_acts_.fill(kLongAgo);
  for (size_t i = 0; i < banks_.size(); ++i) {
    banks_[i].bank = static_cast<int>(i) / timing.bank_groups;
    banks_[i].group = static_cast<int>(i) % timing.bank_groups;
  }
  for (size_t s = 0; s < 2; ++s) {
    sides_[s].capacity = s == 0 ? timing.controller.read_queue : timing.controller.write_queue;
    sides_[s].latency = (s == 0 ? timing.cl : timing.cwl) + timing.burst_clocks();
    sides_[s].hits = sides_[s].misses = BankSet(banks_.size());
    sides_[s].group_column.assign(static_cast<size_t>(timing.bank_groups), kLongAgo);
  }
}

int FrFcfsChannel::enter(int s) {
  Side& side = side_at(s);
  const int r = side.waiting.front();
  const int index = take_free(side.entries, side.free_entries);
  const auto b = static_cast<int>(index_of(side.next));
  Bank& bank = bank_at(b);
  List& list = bank.lists[static_cast<size_t>(s)];
  side.entries[static_cast<size_t>(index)] = {now_,      side.next.row, side.next.column, b,    r,
                                              list.tail, kNone,         side.youngest,    kNone};
  (side.oldest == kNone ? side.oldest : side.entries[static_cast<size_t>(side.youngest)].after) = index;
  (list.head == kNone ? list.head : side.entries[static_cast<size_t>(list.tail)].younger) = index;
  side.youngest = list.tail = index;
  const bool new_hit = list.hit == kNone && bank.row == side.next.row;
  if (new_hit) {
    list.hit = index;
  }
  if (new_hit || list.head == index) {
    sort(b, s);
  }
  stale_ = stale_ || (best_.bank == b && (new_hit || best_.side != s));
  ++side.queued;
  side.last_visible = now_;
  if (urgent_entry_ == kNone && urgent_check_ == kNever) {
    urgent_check_ = now_ + max_wait_;
  }

  leave_entrance(side, 1);
  update_visible(side);
  return b;
}

void FrFcfsChannel::leave_entrance(Side& side, int64_t lines) {
  Run& run = runs_[static_cast<size_t>(side.waiting.front())];
  run.next_line += lines;
  run.to_enter -= lines;
  if (run.to_enter > 0) {
    side.next = lines == 1 ? map_.place_after(side.next, run.next_line) : map_.place(run.next_line);
    return;
  }
  side.waiting.pop_front();
  if (!side.waiting.empty()) {
    side.next = map_.place(runs_[static_cast<size_t>(side.waiting.front())].next_line);
  }
}

bool FrFcfsChannel::enter_visible() {
  std::array<int, 2> entered{kNone, kNone};
  for (int s = 0; s < 2; ++s) {
    if (side_at(s).next_visible == now_) {
      entered[static_cast<size_t>(s)] = enter(s);
    }
  }
  if (entered[0] == kNone && entered[1] == kNone) {
    return false;
  }
  update_direction();
  for (int s = 0; s < 2; ++s) {
    const int b = entered[static_cast<size_t>(s)];
    if (b != kNone && s == present() && !stale_) {
      turning() ? consider_opening(b, s) : consider_bank(b, s);
    }
  }
  return true;
}

void FrFcfsChannel::update_direction() {
  const int reads = sides_[0].queued;
  const int writes = sides_[1].queued;
  const bool drain = draining_ ? writes > 0 && (writes >= write_low_ || reads == 0)
                               : writes >= write_high_ || (reads == 0 && writes > 0);
  stale_ = stale_ || drain != draining_;
  draining_ = drain;
}

void FrFcfsChannel::update_urgent() {
  urgent_check_ = kNever;
  const Entry* oldest = nullptr;
  for (int s = 0; s < 2; ++s) {
    const Side& side = side_at(s);
    if (side.oldest == kNone) {
      continue;
    }
    const Entry& entry = side.entries[static_cast<size_t>(side.oldest)];
    if (oldest == nullptr || entry.visible < oldest->visible) {
      oldest = &entry;
      urgent_side_ = s;
      urgent_entry_ = side.oldest;
    }
  }
  if (oldest != nullptr && oldest->visible + max_wait_ > now_) {
    urgent_check_ = oldest->visible + max_wait_;
    urgent_entry_ = kNone;
  }
  stale_ = true;
}

void FrFcfsChannel::issue() {
  const Choice choice = best_;
  Bank& bank = bank_at(choice.bank);
  const auto g = static_cast<size_t>(bank.group);
  stale_ = true;
  bus_free_ = choice.clock + 1;
  switch (choice.kind) {
    case Kind::kColumn:
      issue_column(choice);
      break;
    case Kind::kActivate:
      bank.row = side_at(choice.side).entries[static_cast<size_t>(choice.entry)].row;
      bank.opener = choice.side;
      ++side_at(choice.side).opened;
      bank.act_ready = choice.clock + t_.trc;
      bank.col_ready = choice.clock + t_.trcd;
      bank.pre_ready = choice.clock + t_.tras;
      four_acts_[static_cast<size_t>(counts_.activates++ % 4)] = choice.clock;
      last_act_ = group_act_[g] = choice.clock;
      note(choice.clock, DramCommand::Kind::kActivate, bank, bank.row, 0);
      find_hits(choice.bank);
      break;
    case Kind::kPrecharge:
      note(choice.clock, DramCommand::Kind::kPrecharge, bank, bank.row, 0);
      bank.act_ready = std::max(bank.act_ready, choice.clock + t_.trp);
      close(choice.bank);
      break;
  }
}

void FrFcfsChannel::issue_column(const Choice& choice) {
  const int s = choice.side;
  Side& side = side_at(s);
  Bank& bank = bank_at(choice.bank);
  const Entry entry = side.entries[static_cast<size_t>(choice.entry)];
  charge(s, choice.clock, bank.opener != kNone);
  side.last_column = side.group_column[static_cast<size_t>(bank.group)] = choice.clock;
  bank.pre_ready = std::max(bank.pre_ready, choice.clock + to_pre_[static_cast<size_t>(s)]);
  ++counts_.lines;
  counts_.written_lines += s;
  counts_.row_misses += bank.opener != kNone ? 1 : 0;
  opener_done(bank);
  note(choice.clock, s == 1 ? DramCommand::Kind::kWrite : DramCommand::Kind::kRead, bank, entry.row,
       entry.column);
  remove(s, choice.entry);
  if (s == urgent_side_ && choice.entry == urgent_entry_) {
    urgent_entry_ = kNone;
    urgent_check_ = choice.clock;
  }
  finish_lines(s, entry.run, 1, choice.clock + side.latency);
  update_direction();
}

void FrFcfsChannel::remove(int s, int e) {
  Side& side = side_at(s);
  const Entry& entry = side.entries[static_cast<size_t>(e)];
  Bank& bank = bank_at(entry.bank);
  List& list = bank.lists[static_cast<size_t>(s)];
  if (list.hit == e) {
    list.hit = first_hit(s, entry.younger, bank.row);
  }
  (entry.older == kNone ? list.head : side.entries[static_cast<size_t>(entry.older)].younger) = entry.younger;
  (entry.younger == kNone ? list.tail : side.entries[static_cast<size_t>(entry.younger)].older) = entry.older;
  (entry.before == kNone ? side.oldest : side.entries[static_cast<size_t>(entry.before)].after) = entry.after;
  (entry.after == kNone ? side.youngest : side.entries[static_cast<size_t>(entry.after)].before) =
      entry.before;
  if (list.hit == kNone) {
    sort(entry.bank, s);
  }
  side.free_entries.push_back(e);
  --side.queued;
  update_visible(side);
}

void FrFcfsChannel::find_hits(int b) {
  Bank& bank = bank_at(b);
  for (int s = 0; s < 2; ++s) {
    List& list = bank.lists[static_cast<size_t>(s)];
    list.hit = first_hit(s, list.head, bank.row);
    sort(b, s);
  }
}

void FrFcfsChannel::close(int b) {
  Bank& bank = bank_at(b);
  bank.row = kNone;
  for (int s = 0; s < 2; ++s) {
    bank.lists[static_cast<size_t>(s)].hit = kNone;
    sort(b, s);
  }
  opener_done(bank);
}

void FrFcfsChannel::refresh() {
  int64_t closing = std::max(next_refresh_, bus_free_);
  int64_t closed = closing;
  bool open = false;
  for (const Bank& bank : banks_) {
    open = open || bank.row != kNone;
    (bank.row != kNone ? closing : closed) =
        std::max(bank.row != kNone ? closing : closed, bank.row != kNone ? bank.pre_ready : bank.act_ready);
  }
  if (open) {
    note(closing, DramCommand::Kind::kPrechargeAll, Bank{}, 0, 0);
    closed = std::max(closed, closing + t_.trp);
  }
  note(closed, DramCommand::Kind::kRefresh, Bank{}, 0, 0);
  refresh_from_ = next_refresh_;
  refresh_until_ = closed + t_.trfc;
  for (size_t b = 0; b < banks_.size(); ++b) {
    banks_[b].act_ready = closed + t_.trfc;
    if (banks_[b].row != kNone) {
      close(static_cast<int>(b));
    }
  }
  bus_free_ = closed + 1;
  ++counts_.refreshes;
  next_refresh_ += t_.trefi;
  stale_ = true;
}

void FrFcfsChannel::advance(int64_t limit) {
  if (plan_.count > 0 && plan_end() <= limit) {
    carry_out(plan_.count);
  }
  while (true) {
    while (plan_.count == 0 && stream(limit)) {
    }
    if (plan_.count > 0) {
      report_planned(limit);
      break;
    }
    if (stale_) {
      choose();
    }
    const int64_t command = std::min(best_.clock, next_refresh_);
    const int64_t clock = std::min({command, urgent_check_, sides_[0].next_visible, sides_[1].next_visible});
    if (clock > limit) {
      break;
    }
    now_ = clock;
    if (enter_visible()) {
      continue;
    }
    if (urgent_check_ <= clock) {
      update_urgent();
    } else if (next_refresh_ <= best_.clock) {
      refresh();
    } else {
      issue();
    }
  }
  now_ = std::max(now_, limit);
}

}  // namespace tridex::arch
