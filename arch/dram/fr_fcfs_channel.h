#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "arch/dram/address_map.h"
#include "arch/dram/channel.h"

namespace tridex::arch {

/// A channel whose controller reorders: first ready, first come first served (FR-FCFS), with write drain.
///
/// Entrance. Reads and writes have an entrance each, in order, which lets one line a clock into its queue
/// (DramController::read_queue, write_queue) when there is a place; the place is free again when the line's
/// RD or WR is issued. Reads and writes of one line are not ordered, as on AXI, and no read is answered from
/// a queued write: who needs an order waits for the end of the earlier one.
///
/// Direction. Reads go first; writes are drained from write_high queued writes on, or when no read is queued,
/// until fewer than write_low are left and a read is queued, or none is left.
///
/// Command. Each clock one command, of those that JEDEC's timings allow in it: RD or WR before ACT and PRE,
/// older lines first. A row that a queued line of the present direction needs is not closed. When the
/// direction turns, lines that a row was opened for finish first, while rows are opened for the new one. With
/// closed pages a row that no queued line needs is closed when the command bus has nothing else to do.
///
/// Starvation. A line that has been queued for max_wait clocks goes first: its direction, its bank, its
/// commands.
///
/// Refresh, all banks, at every multiple of tREFI: no other command from then on, one PREA when every bank
/// allows it, REF tRP later. One rank; no additive latency, no power-down.
class FrFcfsChannel : public Channel {
 public:
  explicit FrFcfsChannel(const DramTiming& timing);

  void enqueue(int64_t id, int64_t arrival, int64_t line, int64_t count, bool write) override;
  void advance(int64_t clock) override;
  void take_finished(std::vector<Finished>& finished) override;
  [[nodiscard]] int64_t next_event() const override;
  [[nodiscard]] ChannelCounts counts() override;
  void record(std::vector<DramCommand>* trace) override { trace_ = trace; }

  /// A line enqueued now would get its place in the queue without waiting.
  [[nodiscard]] bool has_room(bool write) const;
  /// Lines that were moved many together (fr_fcfs_stream.cpp), for tests.
  [[nodiscard]] int64_t streamed() const { return streamed_; }
  /// Streams that went beyond the clock advanced to, and those of them that were cut short, for tests.
  [[nodiscard]] int64_t planned() const { return planned_; }
  [[nodiscard]] int64_t cut() const { return cut_; }

 private:
  static constexpr int64_t kLongAgo = INT64_MIN / 4;
  static constexpr int kNone = -1;

  struct Entry {          // a queued line
    int64_t visible = 0;  // it entered at this clock
    int row = 0, column = 0, bank = 0, run = 0;
    int older = kNone, younger = kNone;  // in its bank's list
    int before = kNone, after = kNone;   // in its side's
  };
  struct List {  // of a bank and direction, oldest first
    int head = kNone, tail = kNone;
    int hit = kNone;  // the oldest one for the open row
  };
  struct Bank {
    int row = kNone;
    int bank = 0, group = 0;  // its place in the address
    int64_t act_ready = 0, col_ready = 0, pre_ready = 0;
    int opener = kNone;  // side of the line that the row was opened for, until the row's first line is moved
    std::array<List, 2> lists;
  };
  class BankSet {
   public:
    explicit BankSet(size_t banks = 0) : place_(banks, kNone) {}
    void insert(int bank) {
      place_[static_cast<size_t>(bank)] = static_cast<int>(banks_.size());
      banks_.push_back(bank);
    }
    void erase(int bank) {
      int& place = place_[static_cast<size_t>(bank)];
      place_[static_cast<size_t>(banks_.back())] = place;
      banks_[static_cast<size_t>(place)] = banks_.back();
      banks_.pop_back();
      place = kNone;
    }
    void clear() {
      for (const int bank : banks_) {
        place_[static_cast<size_t>(bank)] = kNone;
      }
      banks_.clear();
    }
    [[nodiscard]] bool contains(int bank) const { return place_[static_cast<size_t>(bank)] != kNone; }
    [[nodiscard]] bool empty() const { return banks_.empty(); }
    [[nodiscard]] auto begin() const { return banks_.begin(); }
    [[nodiscard]] auto end() const { return banks_.end(); }

   private:
    std::vector<int> banks_, place_;  // in any order; of each bank in that order
  };
  struct Run {
    int64_t id = 0, arrival = 0, next_line = 0, end = 0;
    int64_t to_enter = 0, to_issue = 0, lines = 0;
    bool reported = false;  // its end has been given to finished_
    RunTime before;         // spent_ at its arrival
  };
  struct Side {  // reads, writes
    int capacity = 0, queued = 0;
    std::vector<Entry> entries;
    std::vector<int> free_entries;
    int oldest = kNone, youngest = kNone;  // entries
    int opened = 0;                        // banks with this side as their opener
    BankSet hits;                          // banks with queued lines, one of them for the open row
    BankSet misses;                        // the other banks with queued lines
    int64_t row_floor = kNever;            // no ACT or PRE for `misses` is allowed before
    std::deque<int> waiting;               // runs with lines at the entrance
    std::deque<int> runs;                  // not finished, in order of arrival
    LinePlace next;                        // of the line at the entrance
    int64_t next_visible = kNever;         // first clock of a command for it
    int64_t last_visible = kLongAgo;
    int64_t latency = 0;  // from RD or WR to the end of the burst
    int64_t last_column = kLongAgo;
    std::vector<int64_t> group_column;
  };
  struct Plan {  // a stream (fr_fcfs_plan.cpp) that goes on beyond now_; none of its lines has been moved
    int s = 0;
    int64_t first = 0, count = 0;  // clock of its first line; lines, 0: there is no plan
    size_t runs = 0;               // of side s, the oldest ones, that were reported
    int64_t lines = 0;             // of those
  };
  enum class Kind { kColumn, kActivate, kPrecharge };
  struct Choice {
    int64_t clock = kNever;
    int rank = 0;
    int64_t order = 0;
    Kind kind = Kind::kColumn;
    int bank = 0, side = 0, entry = kNone;
    [[nodiscard]] bool before(const Choice& other) const {
      return clock != other.clock ? clock < other.clock
             : rank != other.rank ? rank < other.rank
                                  : order < other.order;
    }
  };

  [[nodiscard]] size_t index_of(const LinePlace& p) const {
    return static_cast<size_t>(p.bank * t_.bank_groups + p.group);
  }
  Bank& bank_at(int bank) { return banks_[static_cast<size_t>(bank)]; }
  Side& side_at(int s) { return sides_[static_cast<size_t>(s)]; }
  [[nodiscard]] int present() const { return urgent_entry_ != kNone ? urgent_side_ : (draining_ ? 1 : 0); }
  /// Rows are still open for lines of the direction before that have not been moved.
  [[nodiscard]] bool turning() const {
    return urgent_entry_ == kNone && sides_[draining_ ? 0 : 1].opened > 0;
  }
  /// Older lines have smaller numbers; of those that enter in the same clock the read comes first.
  [[nodiscard]] static int64_t order(const Entry& entry, int s) { return 2 * entry.visible + s; }
  void update_visible(Side& side);
  int enter(int s);      ///< the line at the entrance; gives back its bank
  bool enter_visible();  ///< those that become visible in this clock, both sides together; were there any?
  void update_direction();
  void update_urgent();
  [[nodiscard]] int64_t urgent_from(
      int s) const;  ///< the clock at which a queued line of a side becomes urgent

  void choose();
  void choose_moving(int s);
  void choose_hit(int s, int64_t floor);
  void choose_miss(int s);
  void choose_urgent(int s);
  void choose_turning(int s);
  void choose_closing(int s);
  void consider_bank(int b, int s);
  void consider_opening(int b, int s);
  void consider_line(int b, int s, int e, int rank);
  void consider(Choice choice);
  [[nodiscard]] int64_t column_ready(const Bank& bank, int s) const;
  [[nodiscard]] int64_t row_ready(const Bank& bank) const;
  /// No RD or WR is allowed before, in whichever bank.
  [[nodiscard]] int64_t column_floor(int s) const;

  void issue();
  void issue_column(const Choice& choice);
  void refresh();
  void remove(int s, int e);
  int first_hit(int s, int e, int row);  ///< from entry `e` on
  void sort(int b, int s);               ///< the bank into Side::hits, misses or none
  void find_hits(int b);
  void close(int b);
  void opener_done(Bank& bank);
  void finish_lines(int s, int r, int64_t lines, int64_t end);
  /// The clocks of the data bus up to a RD or WR, which has not been moved yet, and its burst.
  void charge(int s, int64_t clock, bool opened);
  void charge_data(int64_t clock);  ///< the same where they are all data, for several lines
  /// Notes what had been spent when runs arrived, with what `until` tells of the clocks that are not charged.
  template <typename Until>
  void see_arrivals(int64_t clock, const Until& until);
  void leave_entrance(Side& side, int64_t lines);  ///< of one run

  /// Moves as many lines as are sure to go one after the other up to a clock; gives back whether any.
  bool stream(int64_t limit);
  int64_t streaming_entrance(int s, int64_t first, int64_t count);
  int64_t streaming_queue(int s, int64_t first, int64_t count);
  void move_stream(int s, int64_t first, int64_t count, bool entering);
  void move_oldest(int s, int64_t clock, int64_t count);
  void leave_list(int s, const Entry& entry);
  int64_t move_through(int s, int64_t clock, int64_t count);  ///< lines at the entrance; how many of a run
  int64_t enter_piece(int s, int64_t clock, int64_t count);   ///< the same, and they stay in the queue

  [[nodiscard]] int64_t plan_end() const {  ///< the last line has made room, and another one is in its place
    return plan_.first + (plan_.count - 1) * step_ + 1;
  }
  void report_planned(int64_t limit);
  void carry_out(int64_t count);  ///< the first lines of the plan, which is done then
  void cut_plan();                ///< at now_
  void report(Run& run, int64_t end);
  void note(int64_t clock, DramCommand::Kind kind, const Bank& bank, int row, int column);

  DramTiming t_;
  AddressMap map_;
  int64_t step_;  // between the lines of a stream that goes round the groups; 0: not even
  int64_t read_to_write_, write_to_read_s_, write_to_read_l_;
  std::array<int64_t, 2> to_pre_;  // from RD, WR
  int write_high_, write_low_;
  int64_t max_wait_;
  bool closed_page_;
  std::vector<Bank> banks_;
  std::array<Side, 2> sides_;
  std::vector<Run> runs_;
  std::vector<int> free_runs_;
  std::vector<Finished> finished_;
  std::deque<int> unseen_;  // runs that arrived after the clocks that have been charged

  RunTime spent_;        // all clocks of the data bus but those in which nothing waited; `queue` stays 0
  int64_t charged_ = 0;  // up to here
  int64_t refresh_from_ = 0, refresh_until_ = 0;  // the latest one

  int64_t now_ = -1;      // everything up to here is done
  int64_t bus_free_ = 0;  // the command bus
  bool draining_ = false;
  int urgent_side_ = 0, urgent_entry_ = kNone;
  int64_t urgent_check_ = kNever;  // no line becomes urgent before
  bool stale_ = true;              // best_ is to be chosen anew
  Choice best_;
  int64_t no_stream_before_ = 0, streamed_ = 0;  // lines
  Plan plan_;
  int64_t planned_ = 0, cut_ = 0;

  int64_t last_act_ = kLongAgo;
  std::vector<int64_t> group_act_;
  std::array<int64_t, 4> four_acts_;
  int64_t next_refresh_;
  ChannelCounts counts_;
  std::vector<DramCommand>* trace_ = nullptr;
};

}  // namespace tridex::arch
