#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "arch/cosim/operand_fetch.h"
#include "arch/cosim/rtl_module.h"

namespace tridex::arch {

/// A result that has come, with its place.
struct PlacedResult {
  Place place;
  int64_t value;
  int64_t cycle = 0;  ///< of the run, in which it came
};

/// The streams of one command on their way: pushes what the bridges have room for, and gives each result its
/// place.
class CommandFeed {
 public:
  /// Beats of the operands are spread over `port_cycles` at least.
  CommandFeed(const RtlParameters& parameters, std::unique_ptr<OperandFetch> fetch, int64_t port_cycles);

  /// At a clock edge, `cycle` of them after the command's start. What is pushed is taken kLatency cycles
  /// later at the earliest.
  void feed(RtlModule& rtl, int64_t cycle);
  static constexpr int64_t kLatency = 2;
  /// Nothing is left to be pushed.
  [[nodiscard]] bool sent() const;
  /// Results, 8 bytes each, that came in this cycle of the run. std::logic_error: more than there are to
  /// come.
  void take(const StreamPacket& packet, int64_t cycle);
  [[nodiscard]] bool finished() const { return expected_.empty() && result_packet_ == fetch_->packets(); }
  /// Those that are wanted, in the order of the stream.
  [[nodiscard]] std::vector<PlacedResult>& results() { return results_; }

 private:
  bool next_operands(int64_t cycle);
  void feed_records(StreamPushIf& stream);
  void feed_shortcut(StreamPushIf& stream);
  void expect();

  std::unique_ptr<OperandFetch> fetch_;
  int64_t port_cycles_;
  // Operands: the beat that comes next, and whether its two parts still have to be pushed.
  int64_t packet_ = 0, sent_ = 0;
  int beat_ = 0;
  bool narrow_waits_ = false, wide_waits_ = false;
  std::vector<int16_t> narrow_codes_, wide_codes_, shortcut_codes_;
  StreamPacket narrow_, wide_, record_, shortcut_;
  // Records: the packet that is looked at, and beats of its set.
  int64_t set_packet_ = 0;
  std::deque<RecordBeat> set_;
  int64_t shortcut_packet_ = 0;
  std::deque<ResultBeat> shortcut_beats_;
  int64_t result_packet_ = 0;
  std::deque<Place> expected_;
  std::vector<PlacedResult> results_;
};

}  // namespace tridex::arch
