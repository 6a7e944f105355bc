#include "jedec_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace tridex::test {

using arch::DramCommand;
using arch::DramTiming;
using Kind = DramCommand::Kind;

std::pair<int64_t, const char*> least_gap(const DramTiming& t, const DramCommand& a, const DramCommand& b) {
  const bool group = a.group == b.group;
  const bool bank = group && a.bank == b.bank;
  const bool closes = b.kind == Kind::kPrechargeAll || (b.kind == Kind::kPrecharge && bank);
  const int burst = t.burst_clocks();
  switch (a.kind) {
    case Kind::kActivate:
      if (b.kind == Kind::kActivate) {
        return bank    ? std::pair(t.trc, "tRC")
               : group ? std::pair(t.trrd_l, "tRRD_L")
                       : std::pair(t.trrd_s, "tRRD_S");
      }
      if ((b.kind == Kind::kRead || b.kind == Kind::kWrite) && bank) {
        return {t.trcd, "tRCD"};
      }
      if (closes) {
        return {t.tras, "tRAS"};
      }
      break;
    case Kind::kRead:
      if (b.kind == Kind::kRead) {
        return group ? std::pair(t.tccd_l, "tCCD_L") : std::pair(t.tccd_s, "tCCD_S");
      }
      if (b.kind == Kind::kWrite) {
        return {t.cl + burst + 2 - t.cwl, "read to write"};
      }
      if (closes) {
        return {t.trtp, "tRTP"};
      }
      break;
    case Kind::kWrite:
      if (b.kind == Kind::kWrite) {
        return group ? std::pair(t.tccd_l, "tCCD_L") : std::pair(t.tccd_s, "tCCD_S");
      }
      if (b.kind == Kind::kRead) {
        return group ? std::pair(t.cwl + burst + t.twtr_l, "tWTR_L")
                     : std::pair(t.cwl + burst + t.twtr_s, "tWTR_S");
      }
      if (closes) {
        return {t.cwl + burst + t.twr, "tWR"};
      }
      break;
    case Kind::kPrecharge:
      if ((b.kind == Kind::kActivate && bank) || b.kind == Kind::kRefresh) {
        return {t.trp, "tRP"};
      }
      break;
    case Kind::kPrechargeAll:
      if (b.kind == Kind::kActivate || b.kind == Kind::kRefresh) {
        return {t.trp, "tRP"};
      }
      break;
    case Kind::kRefresh:
      if (b.kind == Kind::kActivate || b.kind == Kind::kRefresh) {
        return {t.trfc, "tRFC"};
      }
      break;
  }
  return {1, "one command a clock"};
}

namespace {

/// Open rows, from the commands alone.
class Rows {
 public:
  explicit Rows(const DramTiming& t)
      : groups_(t.bank_groups), rows_(static_cast<size_t>(t.bank_groups * t.banks_per_group), -1) {}

  /// What is wrong with the command in this state, or "".
  std::string take(const DramCommand& c) {
    int& row = rows_[static_cast<size_t>(c.bank * groups_ + c.group)];
    switch (c.kind) {
      case Kind::kActivate:
        if (row >= 0) {
          return "ACT of an open bank";
        }
        row = c.row;
        return "";
      case Kind::kPrecharge:
        if (row < 0) {
          return "PRE of a closed bank";
        }
        row = -1;
        return "";
      case Kind::kPrechargeAll:
        std::fill(rows_.begin(), rows_.end(), -1);
        return "";
      case Kind::kRead:
      case Kind::kWrite:
        return row == c.row ? "" : "RD or WR of a row that is not open";
      case Kind::kRefresh:
        return std::all_of(rows_.begin(), rows_.end(), [](int r) { return r < 0; }) ? ""
                                                                                    : "REF with a row open";
    }
    return "unknown command";
  }

 private:
  int groups_;
  std::vector<int> rows_;
};

}  // namespace

JedecReport check_jedec(const DramTiming& t, std::vector<DramCommand> trace) {
  std::stable_sort(trace.begin(), trace.end(),
                   [](const auto& a, const auto& b) { return a.clock < b.clock; });
  JedecReport report;
  std::map<const char*, int64_t> smallest;  // by the literal, which is much faster than by its text
  const auto see = [&](const char* rule, int64_t gap, int64_t least, int64_t clock) {
    const auto [entry, fresh] = smallest.emplace(rule, gap);
    entry->second = std::min(entry->second, gap);
    if (gap < least) {
      report.violations.push_back(fmt::format("{} {} < {} at {}", rule, gap, least, clock));
    }
  };
  const int64_t window =
      std::max({t.trfc, t.trc, t.tras, t.cwl + t.burst_clocks() + std::max(t.twr, t.twtr_l)}) + 1;
  Rows rows(t);
  std::deque<int64_t> acts;
  int64_t last_refresh = 0;
  for (size_t i = 0; i < trace.size(); ++i) {
    const DramCommand& b = trace[i];
    for (size_t j = i; j-- > 0 && b.clock - trace[j].clock <= window;) {
      const auto [least, rule] = least_gap(t, trace[j], b);
      see(rule, b.clock - trace[j].clock, least, b.clock);
    }
    if (b.kind == Kind::kActivate) {
      if (acts.size() == 4) {
        see("tFAW", b.clock - acts.front(), t.tfaw, b.clock);
        acts.pop_front();
      }
      acts.push_back(b.clock);
    }
    if (t.refresh && b.clock - last_refresh > 2 * int64_t{t.trefi}) {
      report.violations.push_back(fmt::format("no refresh from {} to {}", last_refresh, b.clock));
      last_refresh = b.clock;
    }
    if (b.kind == Kind::kRefresh) {
      last_refresh = b.clock;
    }
    if (const std::string wrong = rows.take(b); !wrong.empty()) {
      report.violations.push_back(fmt::format("{} at {}", wrong, b.clock));
    }
  }
  for (const auto& [rule, gap] : smallest) {
    const auto [entry, fresh] = report.smallest.emplace(rule, gap);
    entry->second = std::min(entry->second, gap);
  }
  return report;
}

}  // namespace tridex::test
