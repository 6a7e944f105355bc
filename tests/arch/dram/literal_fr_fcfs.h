#pragma once
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <optional>
#include <vector>

#include "arch/dram/address_map.h"
#include "jedec_checker.h"

namespace tridex::test {

/// The policy of FrFcfsChannel, word for word and slowly: clock by clock, every queued line is looked at, and
/// what a clock allows is read from the checker's table of pairs.
class LiteralFrFcfs {
 public:
  explicit LiteralFrFcfs(const arch::DramTiming& t)
      : t_(t),
        map_(t),
        rows_(static_cast<size_t>(t.bank_groups * t.banks_per_group), -1),
        openers_(rows_),
        due_(t.trefi) {}

  /// Lines enter in the order of these calls, reads and writes apart.
  void enqueue(int64_t arrival, int64_t line, bool write) {
    entrance_[write ? 1 : 0].push_back({arrival, line});
  }

  /// One clock; gives back whether a line is still waiting.
  bool step(int64_t clock) {
    clock_ = clock;
    if (t_.refresh && clock >= due_) {
      refresh();
    } else if (const auto best = choose()) {
      issue(*best);
    }
    for (const int s : {0, 1}) {
      enter(s);
    }
    update_direction();
    return !queue_.empty() || !entrance_[0].empty() || !entrance_[1].empty();
  }

  [[nodiscard]] const std::vector<arch::DramCommand>& commands() const { return all_; }
  [[nodiscard]] int64_t longest_wait() const { return longest_wait_; }

 private:
  using Kind = arch::DramCommand::Kind;
  struct Line {
    int64_t entered;
    int side;
    arch::LinePlace place;
  };
  struct Waiting {
    int64_t arrival, line;
  };
  struct Choice {
    int rank;
    int64_t order;
    arch::DramCommand command;
    const Line* line = nullptr;
  };

  [[nodiscard]] size_t bank_of(const arch::LinePlace& p) const {
    return static_cast<size_t>(p.bank * t_.bank_groups + p.group);
  }
  [[nodiscard]] bool hits(const Line& l) const { return rows_[bank_of(l.place)] == l.place.row; }
  [[nodiscard]] int64_t count(int side) const {
    return std::count_if(queue_.begin(), queue_.end(), [&](const Line& l) { return l.side == side; });
  }

  std::optional<Choice> choose() {
    const int64_t limit = t_.controller.max_wait > 0
                              ? t_.controller.max_wait
                              : int64_t{t_.trc} * (t_.controller.read_queue + t_.controller.write_queue);
    const bool urgent = !queue_.empty() && clock_ - (queue_.front().entered + 1) >= limit;
    const int side = urgent ? queue_.front().side : (draining_ ? 1 : 0);
    const bool turning = !urgent && std::find(openers_.begin(), openers_.end(), 1 - side) != openers_.end();
    std::optional<Choice> best;
    const auto offer = [&](int rank, int64_t order, const arch::DramCommand& command, const Line* line) {
      if ((!best || std::pair(rank, order) < std::pair(best->rank, best->order)) && allowed(command)) {
        best = Choice{rank, order, command, line};
      }
    };
    for (size_t i = 0; i < queue_.size(); ++i) {  // oldest first
      const Line& l = queue_[i];
      const auto of_bank = [&](auto&& wanted) {
        return std::any_of(queue_.begin(), queue_.end(),
                           [&](const Line& o) { return bank_of(o.place) == bank_of(l.place) && wanted(o); });
      };
      const bool first = std::none_of(
          queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(i),
          [&](const Line& o) { return bank_of(o.place) == bank_of(l.place) && o.side == l.side; });
      int rank = 0;
      if (urgent && l.side == side && bank_of(queue_.front().place) == bank_of(l.place)) {
        if (i != 0) {
          continue;
        }
      } else if (l.side == side) {
        const bool any_hit = of_bank([&](const Line& o) { return o.side == side && hits(o); });
        if (any_hit ? turning || !hits(l) : !first || (turning && openers_[bank_of(l.place)] == 1 - side)) {
          continue;
        }
        rank = any_hit ? 1 : 2;
      } else if (turning && openers_[bank_of(l.place)] == l.side && hits(l)) {
        rank = 1;
      } else {
        continue;
      }
      const int row = rows_[bank_of(l.place)];
      const Kind kind = hits(l)   ? (l.side == 1 ? Kind::kWrite : Kind::kRead)
                        : row < 0 ? Kind::kActivate
                                  : Kind::kPrecharge;
      offer(rank, static_cast<int64_t>(i),
            {clock_, kind, l.place.group, l.place.bank, kind == Kind::kPrecharge ? row : l.place.row,
             l.place.column},
            &l);
    }
    if (t_.controller.page == arch::DramController::Page::kClosed) {
      for (size_t b = 0; b < rows_.size(); ++b) {
        const auto bank = static_cast<int>(b);
        const bool wanted = std::any_of(queue_.begin(), queue_.end(),
                                        [&](const Line& l) { return bank_of(l.place) == b && hits(l); });
        if (rows_[b] >= 0 && !wanted) {
          offer(3, bank,
                {clock_, Kind::kPrecharge, bank % t_.bank_groups, bank / t_.bank_groups, rows_[b], 0},
                nullptr);
        }
      }
    }
    return best;
  }

  void issue(const Choice& choice) {
    const arch::DramCommand& c = choice.command;
    all_.push_back(c);
    const auto b = static_cast<size_t>(c.bank * t_.bank_groups + c.group);
    if (c.kind == Kind::kActivate || c.kind == Kind::kPrecharge) {
      rows_[b] = c.kind == Kind::kActivate ? c.row : -1;
      openers_[b] = c.kind == Kind::kActivate ? choice.line->side : -1;
    } else {
      openers_[b] = -1;
      longest_wait_ = std::max(longest_wait_, clock_ - choice.line->entered);
      queue_.erase(queue_.begin() + (choice.line - queue_.data()));
      update_direction();
    }
  }

  void refresh() {
    const bool open = std::any_of(rows_.begin(), rows_.end(), [](int row) { return row >= 0; });
    const arch::DramCommand c{clock_, open ? Kind::kPrechargeAll : Kind::kRefresh, 0, 0, 0, 0};
    if (allowed(c)) {
      all_.push_back(c);
      std::fill(rows_.begin(), rows_.end(), -1);
      std::fill(openers_.begin(), openers_.end(), -1);
      due_ += open ? 0 : t_.trefi;
    }
  }

  void enter(int s) {
    std::deque<Waiting>& waiting = entrance_[static_cast<size_t>(s)];
    if (waiting.empty() || waiting.front().arrival > clock_ ||
        count(s) == (s == 1 ? t_.controller.write_queue : t_.controller.read_queue)) {
      return;
    }
    queue_.push_back({clock_, s, map_.place(waiting.front().line)});
    waiting.pop_front();
  }

  void update_direction() {
    const auto& c = t_.controller;
    const int64_t reads = count(0);
    const int64_t writes = count(1);
    const int64_t high = c.write_high > 0 ? c.write_high : c.write_queue;
    const int64_t low = c.write_low > 0 ? c.write_low : std::min<int64_t>(high, c.write_queue / 4);
    if (draining_) {
      draining_ = !(writes == 0 || (writes < low && reads > 0));
    } else {
      draining_ = writes >= high || (writes > 0 && reads == 0);
    }
  }

  [[nodiscard]] bool allowed(const arch::DramCommand& c) const {
    int acts = 0;
    for (auto o = all_.rbegin(); o != all_.rend() && c.clock - o->clock < 1000; ++o) {
      if (c.clock - o->clock < least_gap(t_, *o, c).first) {
        return false;
      }
      acts += o->kind == Kind::kActivate && o->clock > c.clock - t_.tfaw ? 1 : 0;
    }
    return c.kind != Kind::kActivate || acts < 4;
  }

  arch::DramTiming t_;
  arch::AddressMap map_;
  std::vector<int> rows_, openers_;  // side that a row was opened for, until a line of it is moved
  int64_t due_, clock_ = 0, longest_wait_ = 0;
  bool draining_ = false;
  std::vector<Line> queue_;  // oldest first
  std::deque<Waiting> entrance_[2];
  std::vector<arch::DramCommand> all_;
};

}  // namespace tridex::test
