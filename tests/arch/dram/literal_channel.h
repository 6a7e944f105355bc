#pragma once
#include <algorithm>
#include <vector>

#include "jedec_checker.h"

namespace tridex::test {

/// The policy of ChannelModel, word for word and slowly: every command is put at the first clock at which the
/// table of pairs allows it against all commands near it, before and after.
class LiteralChannel {
 public:
  explicit LiteralChannel(const arch::DramTiming& t)
      : t_(t), rows_(static_cast<size_t>(t.bank_groups * t.banks_per_group), -1), due_(t.trefi) {}

  /// Clock at which the line's burst has ended.
  int64_t access(int64_t arrival, int64_t line, bool write) {
    using Kind = arch::DramCommand::Kind;
    const int64_t columns = t_.row_bytes / t_.line_bytes();
    arch::DramCommand c;
    c.group = static_cast<int>(line % t_.bank_groups);
    c.column = static_cast<int>(line / t_.bank_groups % columns);
    c.bank = static_cast<int>(line / t_.bank_groups / columns % t_.banks_per_group);
    c.row = static_cast<int>(line / t_.bank_groups / columns / t_.banks_per_group);
    int64_t visible = arrival + 1;
    if (data_.size() >= 32) {
      visible = std::max(visible, data_[data_.size() - 32] + 1);
    }
    while (t_.refresh && visible >= due_) {
      refresh();
    }
    while (true) {
      const size_t before = all_.size();
      int& open = rows_[static_cast<size_t>(c.bank * t_.bank_groups + c.group)];
      const int was = open;
      int64_t from = std::max(visible, last_refresh_);  // nothing goes back before a refresh
      if (open != c.row) {
        if (open >= 0) {
          arch::DramCommand pre = c;
          pre.row = open;
          pre.column = 0;
          for (const arch::DramCommand& o : all_) {  // what was scheduled for the open row keeps it open
            from = o.group == c.group && o.bank == c.bank ? std::max(from, o.clock) : from;
          }
          from = put(Kind::kPrecharge, pre, from);
        }
        from = put(Kind::kActivate, c, std::max(from, last_act_));
        open = c.row;
      }
      const int64_t column =
          put(write ? Kind::kWrite : Kind::kRead, c, std::max(from, data_.empty() ? 0 : data_.back()));
      if (t_.refresh && column >= due_) {  // take it all back and refresh first
        all_.resize(before);
        open = was;
        refresh();
        continue;
      }
      for (size_t i = before; i < all_.size(); ++i) {
        last_act_ = all_[i].kind == Kind::kActivate ? all_[i].clock : last_act_;
      }
      data_.push_back(column);
      return column + (write ? t_.cwl : t_.cl) + t_.burst_clocks();
    }
  }

  [[nodiscard]] const std::vector<arch::DramCommand>& commands() const { return all_; }

 private:
  int64_t put(arch::DramCommand::Kind kind, arch::DramCommand c, int64_t from) {
    c.kind = kind;
    for (c.clock = from; !allowed(c); ++c.clock) {
    }
    all_.push_back(c);
    return c.clock;
  }

  [[nodiscard]] bool allowed(const arch::DramCommand& c) const {
    std::vector<int64_t> acts;
    for (size_t i = all_.size() > 400 ? all_.size() - 400 : 0; i < all_.size(); ++i) {
      const arch::DramCommand& o = all_[i];
      const bool earlier = o.clock <= c.clock;
      if (std::abs(c.clock - o.clock) < (earlier ? least_gap(t_, o, c) : least_gap(t_, c, o)).first) {
        return false;
      }
      if (o.kind == arch::DramCommand::Kind::kActivate && o.clock > c.clock - t_.tfaw) {
        acts.push_back(o.clock);
      }
    }
    return c.kind != arch::DramCommand::Kind::kActivate || acts.size() < 4;
  }

  void refresh() {
    using Kind = arch::DramCommand::Kind;
    int64_t from = due_;
    if (std::any_of(rows_.begin(), rows_.end(), [](int row) { return row >= 0; })) {
      from = put(Kind::kPrechargeAll, {}, from);
      std::fill(rows_.begin(), rows_.end(), -1);
    }
    last_refresh_ = put(Kind::kRefresh, {}, from);
    due_ += t_.trefi;
  }

  arch::DramTiming t_;
  std::vector<int> rows_;
  int64_t due_;
  int64_t last_act_ = 0, last_refresh_ = 0;
  std::vector<int64_t> data_;
  std::vector<arch::DramCommand> all_;
};

}  // namespace tridex::test
