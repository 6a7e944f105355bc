#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tridex::arch {

/// One port of a buffer, all its banks side by side: what reads it, or what writes it. Times are cycles from
/// 0.
///
/// A block RAM as the costs count it (arch/cost/memory_blocks.h) has a read and a write port and no third
/// one, and tiles lie across all banks. So commands and transfers share a port, and its banks may serve
/// several of them in one cycle: bytes_per_cycle in all.
/// * The bytes of a command may pass at any time from its start on; they are due where it would have them if
///   it were alone. The port serves what is due first, of equals the user that came first (earliest deadline
///   first). So no command is late unless no order of serving could have had all of them in time, and one
///   that moves fewer bytes delays no other more.
/// * A transfer's bytes go before all commands: the DMA cannot hold its beats back, and there are few in a
///   cycle.
class PortArbiter {
 public:
  explicit PortArbiter(int64_t bytes_per_cycle) : width_(bytes_per_cycle) {}

  /// A further user; it has one command at a time. Returns its number.
  size_t add_user();

  /// A command of a user begins: `bytes` from cycle `start` (now or later) on, due at `due`. `now` never goes
  /// back, in all calls. std::logic_error where the user's last command has not passed.
  void begin(size_t user, int64_t now, int64_t start, int64_t due, int64_t bytes);

  /// The first cycle at which the user's bytes have all passed, as far as is known now: once it is over, for
  /// good; before, commands and transfers that come may move it.
  int64_t passed(size_t user, int64_t now);

  /// A run of a transfer: `bytes` from cycle `from` (not over) on. Returns when they have passed, behind the
  /// runs before them. A run that is told later but begins earlier goes before it all the same.
  int64_t transfer(int64_t from, int64_t bytes);

  /// Whether it is time for advance(): runs that have passed are forgotten in calls that have a `now`.
  [[nodiscard]] bool crowded() const { return served_.runs.size() >= kForget; }
  void advance(int64_t now);

 private:
  // The time of a schedule is counted in bytes that could have passed, so that nothing is rounded.
  struct Job {
    size_t user = 0;
    int64_t release = 0, due = 0, left = 0;
  };
  struct Run {
    int64_t from = 0;            ///< its turn
    int64_t begin = 0, end = 0;  ///< nothing goes before it but the runs before it
  };
  struct Schedule {
    int64_t now = 0;
    std::vector<Job> open;        ///< commands with bytes left, at most one of each user
    std::vector<int64_t> passed;  ///< of each user: when the last command had, or that it has not
    std::vector<Run> runs;        ///< in their order; those before `next` have passed
    size_t next = 0;
    /// Serves until `until`, or until a command of the user `awaited` has passed.
    void serve(int64_t until, size_t awaited);
    /// The command that is served now, and until when it is, if nobody else comes first.
    [[nodiscard]] std::pair<Job*, int64_t> choose(int64_t until);
  };
  [[nodiscard]] int64_t cycles(int64_t bytes) const { return (bytes + width_ - 1) / width_; }

  static constexpr size_t kForget = 64;  ///< runs that have passed are kept until they are worth a move
  int64_t width_;
  Schedule served_, ahead_;  ///< up to now, and what comes of it; the second is kept for its memory
};

}  // namespace tridex::arch
