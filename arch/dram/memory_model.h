#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "arch/design/run_result.h"
#include "arch/dram/channel.h"

namespace tridex::arch {

/// All channels of a memory, in picoseconds and bytes. Blocks of DramTiming::interleave_bytes go round the
/// channels; with the default, 4 KiB, an aligned run lies in one channel and parallel runs in several.
///
/// It lives from event to event, as Channel does: submit() runs in the order of their arrivals, advance() to
/// next_event_ps() at the latest, take() what has finished by then.
/// An ideal memory (DramTiming::ideal) serves every run at its arrival, and neither opens rows nor refreshes.
class MemoryModel {
 public:
  static constexpr int64_t kMaxRunBytes = 4096;
  static constexpr int64_t kNever = Channel::kNever;

  explicit MemoryModel(const DramTiming& timing);

  /// One run of 1 to kMaxRunBytes bytes inside the memory (else std::logic_error). Whole lines are moved.
  /// Gives back its id, which is free again when the run has been taken.
  int64_t submit(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write);
  /// No run finishes before this time, unless it is submitted later; kNever where none is under way.
  [[nodiscard]] int64_t next_event_ps() const;
  /// Makes every command up to now that a run under way may depend on.
  void advance(int64_t now_ps);
  /// The id of a run whose lines have all been on the data bus by now, the earliest first.
  std::optional<int64_t> take(int64_t now_ps);
  /// Where the time of a run went that was taken, of all channels that it lay in, in picoseconds; until the
  /// next one is submitted.
  [[nodiscard]] RunTime time_ps(int64_t id) const;
  /// A run served as if nothing else arrived before its end, which is given back. What does arrive meanwhile
  /// finds the channel busy until then.
  int64_t access(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write);

  /// Bytes asked for, and row hits, misses (lines) and refreshes of all channels together, refreshes of an
  /// idle memory included.
  [[nodiscard]] DramTraffic traffic(int64_t now_ps);
  [[nodiscard]] int64_t capacity_bytes() const { return capacity_; }
  [[nodiscard]] Channel& channel(int index) { return *channels_[static_cast<size_t>(index)].channel; }

 private:
  struct Part {  // a channel
    std::unique_ptr<Channel> channel;
    int64_t next_event_ps = kNever;
  };
  struct Run {
    int pieces = 0;  // in channels, not finished
    int64_t end_ps = 0, order = 0;
    bool blocking = false;
    RunTime time;
  };
  struct Finished {
    int64_t end_ps, order, id;
    bool operator>(const Finished& other) const {
      return end_ps != other.end_ps ? end_ps > other.end_ps : order > other.order;
    }
  };

  int64_t start(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write, bool blocking);
  void look(Part& part);  // for what has finished, and for its next event

  bool ideal_;
  int64_t tck_ps_, line_bytes_, interleave_bytes_, capacity_;
  std::vector<Part> channels_;
  std::vector<Run> runs_;
  std::vector<int64_t> free_runs_;
  std::priority_queue<Finished, std::vector<Finished>, std::greater<>> finished_;
  std::vector<Channel::Finished> found_;  // of one look()
  int64_t orders_ = 0;
  int64_t read_bytes_ = 0, write_bytes_ = 0;
};

}  // namespace tridex::arch
