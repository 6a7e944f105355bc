#include "arch/dram/fr_fcfs_channel.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {

namespace {

// What goes first where several commands are allowed in a clock.
constexpr int kUrgent = 0;
constexpr int kColumnCommand = 1;
constexpr int kRowCommand = 2;
constexpr int kClosing = 3;

/// A free index of `items`, which grows where there is none.
template <typename T>
int take_free(std::vector<T>& items, std::vector<int>& free) {
  if (free.empty()) {
    items.emplace_back();
    return static_cast<int>(items.size()) - 1;
  }
  const int index = free.back();
  free.pop_back();
  return index;
}

}  // namespace

FrFcfsChannel::FrFcfsChannel(const DramTiming& timing)
    : t_(timing),
      map_(timing),
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
    sides_[s].group_column.assign(static_cast<size_t>(timing.bank_groups), kLongAgo);
  }
}

void FrFcfsChannel::note(int64_t clock, DramCommand::Kind kind, const Bank& bank, int row, int column) {
  if (trace_ != nullptr) {
    trace_->push_back({clock, kind, bank.group, bank.bank, row, column});
  }
}

void FrFcfsChannel::enqueue(int64_t id, int64_t arrival, int64_t line, int64_t count, bool write) {
  if (line < 0 || count < 1 || count > map_.lines() - line) {
    throw std::logic_error("DRAM access outside of the channel");
  }
  const int s = write ? 1 : 0;
  Side& side = side_at(s);
  const int index = take_free(runs_, free_runs_);
  runs_[static_cast<size_t>(index)] = {id, std::max(arrival, now_), line, 0, count, count};
  side.runs.push_back(index);
  side.waiting.push_back(index);
  if (side.waiting.size() == 1) {
    side.next = map_.place(line);
  }
}

bool FrFcfsChannel::has_room(bool write) const {
  const Side& side = sides_[write ? 1 : 0];
  return side.waiting.empty() && side.queued < side.capacity;
}

int64_t FrFcfsChannel::next_visible(const Side& side) const {
  if (side.waiting.empty() || side.queued == side.capacity) {
    return kNever;
  }
  return std::max({runs_[static_cast<size_t>(side.waiting.front())].arrival, side.last_visible,
                   side.last_column}) +
         1;
}

int FrFcfsChannel::enter(int s) {
  Side& side = side_at(s);
  const int r = side.waiting.front();
  Run& run = runs_[static_cast<size_t>(r)];
  const int index = take_free(side.entries, side.free_entries);
  const auto b = static_cast<int>(index_of(side.next));
  Bank& bank = bank_at(b);
  List& list = bank.lists[static_cast<size_t>(s)];
  side.entries[static_cast<size_t>(index)] = {2 * now_ + s, now_, side.next.row, side.next.column, b, r,
                                              list.tail,    kNone};
  if (list.head == kNone) {
    list.head = index;
    list.active = static_cast<int>(side.banks.size());
    side.banks.push_back(b);
  } else {
    side.entries[static_cast<size_t>(list.tail)].younger = index;
  }
  list.tail = index;
  const bool new_hit = list.hit == kNone && bank.row == side.next.row;
  if (new_hit) {
    list.hit = index;
  }
  stale_ = stale_ || (best_.bank == b && (new_hit || best_.side != s));
  ++side.queued;
  side.last_visible = now_;
  if (urgent_entry_ == kNone && urgent_check_ == kNever) {
    urgent_check_ = now_ + max_wait_;
  }

  ++run.next_line;
  if (--run.to_enter == 0) {
    side.waiting.pop_front();
    if (!side.waiting.empty()) {
      side.next = map_.place(runs_[static_cast<size_t>(side.waiting.front())].next_line);
    }
  } else {
    side.next = map_.place(run.next_line);
  }
  return b;
}

bool FrFcfsChannel::enter_visible() {
  std::array<int, 2> entered{kNone, kNone};
  for (int s = 0; s < 2; ++s) {
    if (next_visible(side_at(s)) == now_) {
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
    for (const int b : side.banks) {
      const int head = bank_at(b).lists[static_cast<size_t>(s)].head;
      const Entry& entry = side.entries[static_cast<size_t>(head)];
      if (oldest == nullptr || entry.order < oldest->order) {
        oldest = &entry;
        urgent_side_ = s;
        urgent_entry_ = head;
      }
    }
  }
  if (oldest != nullptr && oldest->visible + max_wait_ > now_) {
    urgent_check_ = oldest->visible + max_wait_;
    urgent_entry_ = kNone;
  }
  stale_ = true;
}

int64_t FrFcfsChannel::column_ready(const Bank& bank, int s) const {
  const auto g = static_cast<size_t>(bank.group);
  const Side& own = sides_[static_cast<size_t>(s)];
  const Side& other = sides_[static_cast<size_t>(1 - s)];
  const int64_t same = std::max(own.last_column + t_.tccd_s, own.group_column[g] + t_.tccd_l);
  const int64_t turn =
      s == 1 ? other.last_column + read_to_write_
             : std::max(other.last_column + write_to_read_s_, other.group_column[g] + write_to_read_l_);
  return std::max({bank.col_ready, same, turn});
}

void FrFcfsChannel::consider(Choice choice) {
  choice.clock = std::max({choice.clock, bus_free_, now_});
  if (choice.before(best_)) {
    best_ = choice;
  }
}

void FrFcfsChannel::consider_line(int b, int s, int e, int rank) {
  const Bank& bank = bank_at(b);
  const Entry& entry = side_at(s).entries[static_cast<size_t>(e)];
  Choice choice{0, rank, entry.order, Kind::kColumn, b, s, e};
  if (bank.row == entry.row) {
    choice.clock = column_ready(bank, s);
  } else if (bank.row == kNone) {
    choice.kind = Kind::kActivate;
    choice.clock = std::max({bank.act_ready, last_act_ + t_.trrd_s,
                             group_act_[static_cast<size_t>(bank.group)] + t_.trrd_l,
                             four_acts_[static_cast<size_t>(counts_.activates % 4)] + t_.tfaw});
  } else {
    choice.kind = Kind::kPrecharge;
    choice.clock = bank.pre_ready;
  }
  consider(choice);
}

void FrFcfsChannel::consider_bank(int b, int s) {
  const List& list = bank_at(b).lists[static_cast<size_t>(s)];
  if (urgent_entry_ != kNone && urgent_side_ == s &&
      side_at(s).entries[static_cast<size_t>(urgent_entry_)].bank == b) {
    consider_line(b, s, urgent_entry_, kUrgent);
  } else if (list.hit != kNone) {
    consider_line(b, s, list.hit, kColumnCommand);
  } else {
    consider_line(b, s, list.head, kRowCommand);
  }
}

void FrFcfsChannel::consider_opening(int b, int s) {
  const Bank& bank = bank_at(b);
  const List& list = bank.lists[static_cast<size_t>(s)];
  if (list.hit == kNone && bank.opener != 1 - s) {
    consider_line(b, s, list.head, kRowCommand);
  }
}

void FrFcfsChannel::choose() {
  stale_ = false;
  best_ = {};
  const int s = present();
  const int other = 1 - s;
  const bool turn = turning();
  for (const int b : side_at(s).banks) {
    turn ? consider_opening(b, s) : consider_bank(b, s);
  }
  if (turn) {
    for (const int b : side_at(other).banks) {
      if (bank_at(b).opener == other) {
        consider_line(b, other, bank_at(b).lists[static_cast<size_t>(other)].hit, kColumnCommand);
      }
    }
  }
  if (closed_page_) {
    for (size_t b = 0; b < banks_.size(); ++b) {
      const Bank& bank = banks_[b];
      if (bank.row != kNone && bank.lists[0].hit == kNone && bank.lists[1].hit == kNone) {
        const auto index = static_cast<int>(b);
        consider({bank.pre_ready, kClosing, index, Kind::kPrecharge, index, s, kNone});
      }
    }
  }
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
      find_hits(bank);
      break;
    case Kind::kPrecharge:
      note(choice.clock, DramCommand::Kind::kPrecharge, bank, bank.row, 0);
      bank.act_ready = std::max(bank.act_ready, choice.clock + t_.trp);
      close(bank);
      break;
  }
}

void FrFcfsChannel::issue_column(const Choice& choice) {
  const int s = choice.side;
  Side& side = side_at(s);
  Bank& bank = bank_at(choice.bank);
  const Entry entry = side.entries[static_cast<size_t>(choice.entry)];
  side.last_column = side.group_column[static_cast<size_t>(bank.group)] = choice.clock;
  bank.pre_ready = std::max(bank.pre_ready, choice.clock + to_pre_[static_cast<size_t>(s)]);
  ++counts_.lines;
  counts_.row_misses += bank.opener != kNone ? 1 : 0;
  opener_done(bank);
  note(choice.clock, s == 1 ? DramCommand::Kind::kWrite : DramCommand::Kind::kRead, bank, entry.row,
       entry.column);
  remove(s, choice.entry);
  if (s == urgent_side_ && choice.entry == urgent_entry_) {
    urgent_entry_ = kNone;
    urgent_check_ = choice.clock;
  }
  finish_line(s, entry.run, choice.clock + side.latency);
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
  if (list.head == kNone) {
    const int moved = side.banks.back();
    side.banks[static_cast<size_t>(list.active)] = moved;
    bank_at(moved).lists[static_cast<size_t>(s)].active = list.active;
    side.banks.pop_back();
  }
  side.free_entries.push_back(e);
  --side.queued;
}

int FrFcfsChannel::first_hit(int s, int e, int row) {
  const std::vector<Entry>& entries = side_at(s).entries;
  while (e != kNone && entries[static_cast<size_t>(e)].row != row) {
    e = entries[static_cast<size_t>(e)].younger;
  }
  return e;
}

void FrFcfsChannel::find_hits(Bank& bank) {
  for (int s = 0; s < 2; ++s) {
    List& list = bank.lists[static_cast<size_t>(s)];
    list.hit = first_hit(s, list.head, bank.row);
  }
}

void FrFcfsChannel::close(Bank& bank) {
  bank.row = kNone;
  bank.lists[0].hit = bank.lists[1].hit = kNone;
  opener_done(bank);
}

void FrFcfsChannel::opener_done(Bank& bank) {
  if (bank.opener != kNone) {
    --side_at(bank.opener).opened;
    bank.opener = kNone;
  }
}

void FrFcfsChannel::finish_line(int s, int r, int64_t end) {
  Run& run = runs_[static_cast<size_t>(r)];
  run.end = std::max(run.end, end);
  if (--run.to_issue == 0) {
    finished_.push_back({run.id, run.end});
    std::deque<int>& runs = side_at(s).runs;
    runs.erase(std::find(runs.begin(), runs.end(), r));
    free_runs_.push_back(r);
  }
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
  for (Bank& bank : banks_) {
    bank.act_ready = closed + t_.trfc;
    close(bank);
  }
  bus_free_ = closed + 1;
  ++counts_.refreshes;
  next_refresh_ += t_.trefi;
  stale_ = true;
}

void FrFcfsChannel::advance(int64_t limit) {
  while (true) {
    if (stale_) {
      choose();
    }
    const int64_t command = std::min(best_.clock, next_refresh_);
    const int64_t clock =
        std::min({command, urgent_check_, next_visible(sides_[0]), next_visible(sides_[1])});
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

void FrFcfsChannel::take_finished(std::vector<Finished>& finished) {
  finished.insert(finished.end(), finished_.begin(), finished_.end());
  finished_.clear();
}

int64_t FrFcfsChannel::next_event() const {
  int64_t first = kNever;
  for (const Side& side : sides_) {
    const int64_t from = std::max(now_ + 1, side.last_column + t_.tccd_s);
    int64_t lines = 0;
    for (const int r : side.runs) {
      const Run& run = runs_[static_cast<size_t>(r)];
      lines += run.to_issue;
      // The last line enters when at most `capacity` of all lines up to it are left.
      const int64_t before = lines - side.capacity;
      const int64_t columns = run.to_enter > 0 ? std::max(run.to_issue - 1, before) : run.to_issue - 1;
      first = std::min(
          first, std::max(from + columns * t_.tccd_s, run.arrival + 1 + (run.to_issue - 1) * t_.tccd_s) +
                     side.latency);
      if (from + before * t_.tccd_s + side.latency >= first) {
        break;  // those behind it end later still
      }
    }
  }
  return first;
}

}  // namespace tridex::arch
