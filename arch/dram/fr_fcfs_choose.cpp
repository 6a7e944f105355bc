#include <algorithm>

#include "arch/dram/fr_fcfs_channel.h"
#include "arch/dram/fr_fcfs_steps.h"

// Which command comes next, of all that queued lines ask for.

namespace tridex::arch {

namespace {

// What goes first where several commands are allowed in a clock.
constexpr int kUrgent = 0;
constexpr int kColumnCommand = 1;
constexpr int kRowCommand = 2;
constexpr int kClosing = 3;

}  // namespace

void FrFcfsChannel::consider(Choice choice) {
  choice.clock = std::max({choice.clock, bus_free_, now_});
  if (choice.before(best_)) {
    best_ = choice;
  }
}

void FrFcfsChannel::consider_line(int b, int s, int e, int rank) {
  const Bank& bank = bank_at(b);
  const Entry& entry = side_at(s).entries[static_cast<size_t>(e)];
  Choice choice{0, rank, order(entry, s), Kind::kColumn, b, s, e};
  if (bank.row == entry.row) {
    choice.clock = column_ready(bank, s);
  } else {
    choice.kind = bank.row == kNone ? Kind::kActivate : Kind::kPrecharge;
    choice.clock = row_ready(bank);
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
  if (turning()) {
    choose_turning(s);
  } else if (urgent_entry_ != kNone) {
    choose_urgent(s);
  } else {
    choose_moving(s);
  }
  if (closed_page_) {
    choose_closing(s);
  }
}

void FrFcfsChannel::choose_moving(int s) {
  Side& side = side_at(s);
  if (side.oldest == kNone) {
    return;
  }
  // The usual case: nothing goes before the oldest line, where it is as early as any can be.
  const Entry& oldest = side.entries[static_cast<size_t>(side.oldest)];
  const Bank& bank = bank_at(oldest.bank);
  const int64_t floor = column_floor(s);
  if (bank.row == oldest.row && column_ready(bank, s) <= floor) {
    best_ = {floor, kColumnCommand, order(oldest, s), Kind::kColumn, oldest.bank, s, side.oldest};
  } else {
    choose_hit(s, floor);
  }
  // Row commands only where one goes before.
  if (std::max(side.row_floor, bus_free_) < best_.clock) {
    choose_miss(s);
  }
}

void FrFcfsChannel::choose_hit(int s, int64_t floor) {
  const Side& side = side_at(s);
  int best = kNone;
  int64_t clock = kNever;
  int64_t age = kNever;
  for (const int b : side.hits) {
    const Bank& bank = bank_at(b);
    const int64_t ready = std::max(floor, column_ready(bank, s));
    const int hit = bank.lists[static_cast<size_t>(s)].hit;
    if (ready > clock) {
      continue;
    }
    const int64_t visible = side.entries[static_cast<size_t>(hit)].visible;
    if (ready < clock || visible < age) {
      best = b;
      clock = ready;
      age = visible;
    }
  }
  if (best != kNone) {
    best_ = {clock,
             kColumnCommand,
             2 * age + s,
             Kind::kColumn,
             best,
             s,
             bank_at(best).lists[static_cast<size_t>(s)].hit};
  }
}

void FrFcfsChannel::choose_miss(int s) {
  Side& side = side_at(s);
  const int64_t bus = std::max(bus_free_, now_);
  const int64_t activate =
      std::max(last_act_ + t_.trrd_s, four_acts_[static_cast<size_t>(counts_.activates % 4)] + t_.tfaw);
  int best = kNone;
  int64_t clock = best_.clock - 1;
  int64_t age = kNever;
  int64_t floor = kNever;
  for (const int b : side.misses) {
    const Bank& bank = bank_at(b);
    int64_t ready =
        bank.row != kNone
            ? bank.pre_ready
            : std::max({bank.act_ready, activate, group_act_[static_cast<size_t>(bank.group)] + t_.trrd_l});
    floor = std::min(floor, ready);
    ready = std::max(ready, bus);
    if (ready > clock) {
      continue;
    }
    const int64_t visible =
        side.entries[static_cast<size_t>(bank.lists[static_cast<size_t>(s)].head)].visible;
    if (ready < clock || visible < age) {
      best = b;
      clock = ready;
      age = visible;
    }
  }
  side.row_floor = floor;
  if (best != kNone) {
    const Bank& bank = bank_at(best);
    best_ = {clock,
             kRowCommand,
             2 * age + s,
             bank.row == kNone ? Kind::kActivate : Kind::kPrecharge,
             best,
             s,
             bank.lists[static_cast<size_t>(s)].head};
  }
}

void FrFcfsChannel::choose_urgent(int s) {
  for (const BankSet* banks : {&side_at(s).hits, &side_at(s).misses}) {
    for (const int b : *banks) {
      consider_bank(b, s);
    }
  }
}

void FrFcfsChannel::choose_turning(int s) {
  for (const int b : side_at(s).misses) {
    consider_opening(b, s);
  }
  const int other = 1 - s;
  for (const int b : side_at(other).hits) {
    if (bank_at(b).opener == other) {
      consider_line(b, other, bank_at(b).lists[static_cast<size_t>(other)].hit, kColumnCommand);
    }
  }
}

void FrFcfsChannel::choose_closing(int s) {
  for (size_t b = 0; b < banks_.size(); ++b) {
    const Bank& bank = banks_[b];
    if (bank.row != kNone && bank.lists[0].hit == kNone && bank.lists[1].hit == kNone) {
      const auto index = static_cast<int>(b);
      consider({bank.pre_ready, kClosing, index, Kind::kPrecharge, index, s, kNone});
    }
  }
}

}  // namespace tridex::arch
