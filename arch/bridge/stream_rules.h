#pragma once
#include <cstdint>
#include <string>
#include <systemc>

namespace tridex::arch {

/// The rules that a StreamChecker knows; stream_rules.cpp has their names and where the specification states
/// them.
enum class StreamRule : uint8_t {
  kValidHeld,
  kPayloadStable,
  kValidInReset,
  kValidAfterReset,
  kKeepStrobe,
  // Only where StreamCheckerOptions asks for them: the protocol leaves these to the two sides.
  kNullByte,
  kPositionByte,
  kInterleaved,
  kOpenAtEnd,
  kCount
};

/// Short name, for reports: "valid_held".
const char* stream_rule_name(StreamRule rule);
/// The section of Arm IHI 0051 that states the rule.
const char* stream_rule_clause(StreamRule rule);

struct StreamViolation {
  StreamRule rule = StreamRule::kCount;
  sc_core::sc_time time;
  std::string text;  ///< names the checker, the pin and what was found

  /// One line: time, rule, section and text.
  [[nodiscard]] std::string line() const;
};

}  // namespace tridex::arch
