#pragma once
#include <cstdint>
#include <vector>

#include "arch/design/run_result.h"
#include "arch/dram/channel_model.h"

namespace tridex::arch {

/// All channels of a memory, in picoseconds and bytes. Blocks of DramTiming::interleave_bytes go round the
/// channels; with the default, 4 KiB, an aligned run lies in one channel and parallel runs in several.
class MemoryModel {
 public:
  static constexpr int64_t kMaxRunBytes = 4096;

  explicit MemoryModel(const DramTiming& timing);

  struct Completion {
    int64_t first_data_ps = 0;             ///< the first line has been on the data bus
    int64_t last_data_ps = 0;              ///< all lines have
    int64_t row_hits = 0, row_misses = 0;  ///< lines; a miss had to open its row
  };
  /// One run of 1 to kMaxRunBytes bytes inside the memory (else std::logic_error). Whole lines are moved.
  /// Runs are served in the order of the calls (ChannelModel says how), so arrivals should ascend. An ideal
  /// memory (DramTiming::ideal) serves each at its arrival, and neither opens rows nor refreshes.
  Completion access(int64_t arrival_ps, uint64_t address, int64_t bytes, bool write);
  /// Makes the refreshes of an idle memory up to now; no later access may arrive before.
  void advance(int64_t now_ps);

  /// Bytes asked for, and row hits, misses (lines) and refreshes of all channels together.
  [[nodiscard]] DramTraffic traffic() const;
  [[nodiscard]] int64_t capacity_bytes() const { return capacity_; }
  [[nodiscard]] ChannelModel& channel(int index) { return channels_[static_cast<size_t>(index)]; }

 private:
  bool ideal_;
  int64_t tck_ps_, line_bytes_, interleave_bytes_, capacity_;
  std::vector<ChannelModel> channels_;
  int64_t read_bytes_ = 0, write_bytes_ = 0;
};

}  // namespace tridex::arch
