#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "arch/dram/address_map.h"
#include "arch/dram/channel.h"

namespace tridex::arch {

/// One DRAM channel, line by line, in its own clocks (JEDEC JESD79-4 rules with the timings of DramTiming),
/// as the coarse controller `fcfs`. No SystemC, no data. It is advanced lazily: an access is scheduled whole
/// when it is made.
///
/// Policy. Lines get the data bus in the order of the calls (first come, first served). Rows are opened as
/// early as the rules allow once a line has one of the kQueueLines places of the controller's queue; rows
/// stay open. Refresh is all-bank, due at every multiple of tREFI: whatever would put its data command at or
/// after that clock waits until everything is precharged and refreshed. One command a clock; one rank; no
/// additive latency, no power-down.
///
/// It is fast where consecutive lines go round the bank groups (the default mapping): a stream's lines are
/// then scheduled together. Coarse against FrFcfsChannel: no reordering, so random lines and mixed streams of
/// single lines are slower than in a real controller.
class ChannelModel {
 public:
  static constexpr int kQueueLines = 32;  ///< as the simulators that the model is compared with

  explicit ChannelModel(const DramTiming& timing);

  struct Span {
    int64_t first_end = 0;  ///< clock at which the first line's burst has ended on the data bus
    int64_t last_end = 0;   ///< the same of the last line
    RunTime time;
  };
  /// Reads or writes `count` (>= 1) consecutive lines from `line`. The first command can be issued one clock
  /// after `arrival`; arrivals need not ascend, the order of the calls counts. `line` is below lines().
  Span access(int64_t arrival, int64_t line, int64_t count, bool write);
  /// Makes the refreshes that are due up to `clock`; no later access may arrive before it.
  void advance(int64_t clock);

  [[nodiscard]] int64_t lines() const { return map_.lines(); }
  [[nodiscard]] int64_t activates() const { return activates_; }
  [[nodiscard]] int64_t accesses() const { return accesses_; }
  [[nodiscard]] int64_t written() const { return written_; }
  [[nodiscard]] int64_t refreshes() const { return refreshes_; }
  /// Appends every command from now on to `trace` (not in the order of clocks); null ends it.
  void record(std::vector<DramCommand>* trace) { trace_ = trace; }

 private:
  struct Bank {
    int row = -1;           // open row
    int64_t act_ready = 0;  // earliest next ACT: tRC, tRP, tRFC
    int64_t col_ready = 0;  // earliest RD or WR: tRCD
    int64_t pre_ready = 0;  // earliest PRE: tRAS, tRTP, tWR
  };
  using Place = LinePlace;
  static constexpr int64_t kLongAgo = INT64_MIN / 4;
  static constexpr int64_t kSlots = 32768;  // clocks of the command bus that are remembered

  Bank& bank_at(const Place& p) {
    return banks_[static_cast<size_t>(p.bank) * static_cast<size_t>(groups_) + static_cast<size_t>(p.group)];
  }
  [[nodiscard]] int64_t column_earliest(int group, bool write) const;
  int64_t schedule_line(int64_t visible, const Place& p, bool write);
  int64_t schedule_burst(int64_t count, const Place& first, int64_t last, bool write);
  void issue_column(int64_t clock, const Place& p, bool write);
  void charge(int64_t from, int64_t column, bool open, bool write);
  void refresh();
  [[nodiscard]] int64_t free_slot(int64_t clock) const;
  void take_slot(int64_t clock);
  void note(int64_t clock, DramCommand::Kind kind, const Place& p);

  DramTiming t_;
  AddressMap map_;
  int groups_;
  int64_t burst_clocks_, read_to_write_, write_to_read_s_, write_to_read_l_, write_to_pre_;
  int64_t step_;  // between the lines of a stream that goes round the groups; 0: not even
  std::vector<Bank> banks_;

  // Latest commands: of the channel, and by group.
  int64_t last_act_ = kLongAgo, last_read_ = kLongAgo, last_write_ = kLongAgo;
  std::vector<int64_t> group_act_, group_read_, group_write_;
  std::array<int64_t, 4> four_acts_;         // ring: tFAW
  std::array<int64_t, kQueueLines> issued_;  // ring of data commands: when a place in the queue got free
  int64_t next_refresh_;
  int64_t accesses_ = 0, activates_ = 0, refreshes_ = 0, written_ = 0;
  RunTime time_;                                  // of the access that is being scheduled
  int64_t refresh_from_ = 0, refresh_until_ = 0;  // the latest one: nothing else is possible

  // Clocks at which the command bus is taken, a ring of bits up to horizon_.
  std::vector<uint64_t> slots_;
  int64_t horizon_ = -1;
  std::vector<DramCommand>* trace_ = nullptr;
};

}  // namespace tridex::arch
