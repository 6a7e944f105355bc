#pragma once
#include <algorithm>

#include "arch/dram/fr_fcfs_channel.h"

// What FrFcfsChannel does for each line or command, for its own sources alone.

namespace tridex::arch {

/// A free index of `items`, which grows where there is none.
template <typename T>
inline int take_free(std::vector<T>& items, std::vector<int>& free) {
  if (free.empty()) {
    items.emplace_back();
    return static_cast<int>(items.size()) - 1;
  }
  const int index = free.back();
  free.pop_back();
  return index;
}

inline void FrFcfsChannel::note(int64_t clock, DramCommand::Kind kind, const Bank& bank, int row,
                                int column) {
  if (trace_ != nullptr) {
    trace_->push_back({clock, kind, bank.group, bank.bank, row, column});
  }
}

inline void FrFcfsChannel::update_visible(Side& side) {
  side.next_visible = side.waiting.empty() || side.queued == side.capacity
                          ? kNever
                          : std::max({runs_[static_cast<size_t>(side.waiting.front())].arrival,
                                      side.last_visible, side.last_column}) +
                                1;
}

inline int64_t FrFcfsChannel::urgent_from(int s) const {
  const Side& side = sides_[static_cast<size_t>(s)];
  return side.oldest == kNone ? kNever : side.entries[static_cast<size_t>(side.oldest)].visible + max_wait_;
}

inline int64_t FrFcfsChannel::column_ready(const Bank& bank, int s) const {
  const auto g = static_cast<size_t>(bank.group);
  const Side& own = sides_[static_cast<size_t>(s)];
  const Side& other = sides_[static_cast<size_t>(1 - s)];
  const int64_t same = std::max(own.last_column + t_.tccd_s, own.group_column[g] + t_.tccd_l);
  const int64_t turn =
      s == 1 ? other.last_column + read_to_write_
             : std::max(other.last_column + write_to_read_s_, other.group_column[g] + write_to_read_l_);
  return std::max({bank.col_ready, same, turn});
}

inline int64_t FrFcfsChannel::column_floor(int s) const {
  const bool one_group = t_.bank_groups == 1;
  const int64_t own = one_group ? t_.tccd_l : t_.tccd_s;
  const int64_t turn = s == 1 ? read_to_write_ : one_group ? write_to_read_l_ : write_to_read_s_;
  return std::max({sides_[static_cast<size_t>(s)].last_column + own,
                   sides_[static_cast<size_t>(1 - s)].last_column + turn, bus_free_, now_});
}

inline int64_t FrFcfsChannel::row_ready(const Bank& bank) const {
  return bank.row != kNone ? bank.pre_ready
                           : std::max({bank.act_ready, last_act_ + t_.trrd_s,
                                       group_act_[static_cast<size_t>(bank.group)] + t_.trrd_l,
                                       four_acts_[static_cast<size_t>(counts_.activates % 4)] + t_.tfaw});
}

inline void FrFcfsChannel::sort(int b, int s) {
  Side& side = side_at(s);
  const List& list = bank_at(b).lists[static_cast<size_t>(s)];
  const auto put = [b](BankSet& set, bool wanted) {
    if (set.contains(b) != wanted) {
      wanted ? set.insert(b) : set.erase(b);
    }
  };
  const bool misses = list.head != kNone && list.hit == kNone;
  put(side.hits, list.hit != kNone);
  put(side.misses, misses);
  if (misses) {
    side.row_floor = std::min(side.row_floor, row_ready(bank_at(b)));
  }
}

inline int FrFcfsChannel::first_hit(int s, int e, int row) {
  const std::vector<Entry>& entries = side_at(s).entries;
  while (e != kNone && entries[static_cast<size_t>(e)].row != row) {
    e = entries[static_cast<size_t>(e)].younger;
  }
  return e;
}

inline void FrFcfsChannel::opener_done(Bank& bank) {
  if (bank.opener != kNone) {
    --side_at(bank.opener).opened;
    bank.opener = kNone;
  }
}

}  // namespace tridex::arch
