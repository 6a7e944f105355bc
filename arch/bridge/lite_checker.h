#pragma once
#include <string>
#include <systemc>
#include <vector>

#include "arch/bridge/lite_pins.h"
#include "arch/bridge/lite_rules.h"

namespace tridex::arch {

/// The rules of AXI4-Lite over what the pins are at each rising edge.
class LiteCheckerCore {
 public:
  /// `checker`: what its violations call it.
  explicit LiteCheckerCore(std::string checker) : checker_(std::move(checker)) {}

  void edge(bool resetn, const LiteValues& pins);
  void finish();
  [[nodiscard]] const std::vector<LiteViolation>& violations() const { return violations_; }
  [[nodiscard]] uint64_t writes() const { return writes_; }
  [[nodiscard]] uint64_t reads() const { return reads_; }

 private:
  void report(LiteRule rule, const std::string& what);
  void check_reset(const LiteValues& pins);
  void check_held(const LiteValues& pins);
  void check_answers(const LiteValues& pins);

  std::string checker_;
  LiteValues last_;
  bool begun_ = false;                                                  // an edge has been seen
  bool last_resetn_ = false;                                            // at that edge
  uint64_t write_addresses_ = 0, write_data_ = 0, read_addresses_ = 0;  // without an answer yet
  uint64_t writes_ = 0, reads_ = 0;
  std::vector<LiteViolation> violations_;
};

/// Watches the pins of an AXI4-Lite interface at each rising edge, and notes what breaks a rule
/// (lite_rules.h). Drives nothing; nothing is printed or thrown. Lanes of WDATA without a strobe may change.
/// Both sides have one edge in reset to see it: VALID must be low from the second on.
///
///     LiteChecker<32, 12> checker("checker");
///     checker.aclk(clock), checker.aresetn(resetn), checker.pins.bind(signals);
template <int DataBits, int AddressBits>
class LiteChecker : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> aclk{"aclk"};
  sc_core::sc_in<bool> aresetn{"aresetn"};
  LiteMonitorPins<DataBits, AddressBits> pins;

  explicit LiteChecker(const sc_core::sc_module_name& module_name) : sc_module(module_name), core_(name()) {
    SC_METHOD(on_edge);
    sensitive << aclk.pos();
    dont_initialize();
  }

  /// What was found so far, in order.
  [[nodiscard]] const std::vector<LiteViolation>& violations() const { return core_.violations(); }
  /// At the end of a simulation: requests that are still open are violations.
  void finish() { core_.finish(); }
  /// Answers since the beginning.
  [[nodiscard]] uint64_t writes() const { return core_.writes(); }
  [[nodiscard]] uint64_t reads() const { return core_.reads(); }

 private:
  SC_HAS_PROCESS(LiteChecker);

  void on_edge() {
    pins.sample_requests(values_);
    pins.sample_answers(values_);
    core_.edge(aresetn.read(), values_);
  }

  LiteCheckerCore core_;
  LiteValues values_;
};

}  // namespace tridex::arch
