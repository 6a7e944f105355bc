#pragma once
#include <string>
#include <systemc>
#include <vector>

#include "arch/bridge/stream_pins.h"
#include "arch/bridge/stream_rules.h"

namespace tridex::arch {

/// What the two sides of a stream have agreed on beyond the protocol, which allows all of it.
struct StreamCheckerOptions {
  bool null_bytes = true;      ///< anywhere; false: behind a packet's last byte only
  bool position_bytes = true;  ///< false: no byte that is kept and not data
  bool interleaved = true;     ///< false: TID and TDEST change between packets only
  bool open_at_end = true;     ///< false: the simulation does not end inside a packet
};

/// The rules of AXI4-Stream over what the pins are at each rising edge.
class StreamCheckerCore {
 public:
  /// `checker`: what its violations call it.
  StreamCheckerCore(std::string checker, int bytes, const StreamCheckerOptions& options)
      : checker_(std::move(checker)), all_(ByteMask::first(bytes)), options_(options) {}

  void edge(bool resetn, bool valid, bool ready, const StreamBeat& beat);
  void finish();
  [[nodiscard]] const std::vector<StreamViolation>& violations() const { return violations_; }
  [[nodiscard]] uint64_t beats() const { return beats_; }
  [[nodiscard]] uint64_t packets() const { return packets_; }

 private:
  void report(StreamRule rule, const std::string& what);
  void check_held(bool valid, const StreamBeat& beat);
  void check_bytes(const StreamBeat& beat);

  std::string checker_;
  ByteMask all_;
  StreamCheckerOptions options_;
  StreamBeat last_;
  bool begun_ = false;        // an edge has been seen
  bool last_resetn_ = false;  // at that edge
  bool waiting_ = false;      // valid and not ready then
  bool inside_ = false;       // a packet
  uint64_t id_ = 0, dest_ = 0;
  uint64_t beats_ = 0, packets_ = 0;
  std::vector<StreamViolation> violations_;
};

/// Watches the pins of an AXI4-Stream interface at each rising edge, and notes what breaks a rule
/// (stream_rules.h). Drives nothing; nothing is printed or thrown. TDATA of bytes that are not data may
/// change. The transmitter has one edge in reset to see it: TVALID must be low from the second on.
template <StreamShape kShape>
class StreamChecker : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> aclk{"aclk"};
  sc_core::sc_in<bool> aresetn{"aresetn"};
  StreamMonitorPins<kShape> pins;

  explicit StreamChecker(const sc_core::sc_module_name& module_name, const StreamCheckerOptions& options = {})
      : sc_module(module_name), core_(name(), kShape.bytes(), options) {
    SC_METHOD(on_edge);
    sensitive << aclk.pos();
    dont_initialize();
  }

  /// What was found so far, in order.
  [[nodiscard]] const std::vector<StreamViolation>& violations() const { return core_.violations(); }
  /// At the end of a simulation: see StreamCheckerOptions::open_at_end.
  void finish() { core_.finish(); }
  /// Handshakes, and those with TLAST, since the beginning.
  [[nodiscard]] uint64_t beats() const { return core_.beats(); }
  [[nodiscard]] uint64_t packets() const { return core_.packets(); }

 private:
  SC_HAS_PROCESS(StreamChecker);

  void on_edge() {
    const bool valid = pins.tvalid.read();
    if (valid) {
      pins.sample(beat_);
    }
    core_.edge(aresetn.read(), valid, pins.tready.read(), beat_);
  }

  StreamCheckerCore core_;
  StreamBeat beat_;
};

}  // namespace tridex::arch
