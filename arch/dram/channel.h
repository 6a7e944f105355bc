#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "arch/design/dram_timing.h"

namespace tridex::arch {

/// One command on a channel's command bus, for checks. `column` counts lines in the row.
struct DramCommand {
  enum class Kind { kActivate, kPrecharge, kPrechargeAll, kRead, kWrite, kRefresh };
  int64_t clock = 0;
  Kind kind = Kind::kActivate;
  int group = 0, bank = 0, row = 0, column = 0;
};

/// What a channel has done so far, in lines and commands. A miss is a line that was the first one after its
/// row was opened.
struct ChannelCounts {
  int64_t lines = 0, row_misses = 0, activates = 0, refreshes = 0;
  int64_t written_lines = 0;
};

/// What the data bus did from a run's arrival to its end, in clocks; the time before the first command and
/// that between the last one and its data are not in it.
struct RunTime {
  int64_t refresh = 0;     ///< waited for a refresh
  int64_t row_miss = 0;    ///< waited for a row: PRE, ACT, and the rules between them
  int64_t turnaround = 0;  ///< from reads to writes or back
  int64_t queue = 0;       ///< carried other runs' lines, or kept the distance that a bank group asks for
  int64_t data = 0;        ///< carried the run's own lines
  bool operator==(const RunTime& other) const = default;
  RunTime& operator+=(const RunTime& other) {
    refresh += other.refresh;
    row_miss += other.row_miss;
    turnaround += other.turnaround;
    queue += other.queue;
    data += other.data;
    return *this;
  }
};

/// A DRAM channel with its controller, line by line, in clocks of its own; no SystemC, no data.
///
/// It lives from event to event: runs are enqueued as they arrive, advance() makes the commands up to a
/// clock, and finished runs are taken. What is decided at a clock depends on what has arrived before it,
/// never on how often advance() is called.
class Channel {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  struct Finished {
    int64_t id = 0;
    int64_t clock = 0;  ///< at which the last line's burst has ended on the data bus
    RunTime time;
  };

  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  /// A run of `count` (>= 1) consecutive lines from `line`, all below the channel's, else std::logic_error.
  /// Its first command can be one clock after `arrival`; an arrival before the clock advanced to counts as
  /// that.
  virtual void enqueue(int64_t id, int64_t arrival, int64_t line, int64_t count, bool write) = 0;
  /// Makes every command up to `clock`, refreshes included.
  virtual void advance(int64_t clock) = 0;
  /// Appends the runs whose end has become known, which may be later than the clock advanced to.
  virtual void take_finished(std::vector<Finished>& finished) = 0;
  /// No run whose end is unknown ends before this clock, as long as nothing is enqueued: ask again then.
  /// kNever where no end is unknown. Always beyond the clock advanced to, so that advancing to it again and
  /// again gets there.
  [[nodiscard]] virtual int64_t next_event() const = 0;

  [[nodiscard]] virtual ChannelCounts counts() = 0;  ///< up to the clock advanced to
  /// Appends every command from now on to `trace`; null ends it.
  virtual void record(std::vector<DramCommand>* trace) = 0;
};

/// The channel with the controller that the timing asks for.
std::unique_ptr<Channel> make_channel(const DramTiming& timing);

}  // namespace tridex::arch
