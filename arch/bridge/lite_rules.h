#pragma once
#include <cstdint>
#include <string>
#include <systemc>

namespace tridex::arch {

/// The rules that a LiteChecker knows; lite_rules.cpp has their names and where the specification states
/// them.
enum class LiteRule : uint8_t {
  kValidHeld,
  kPayloadStable,
  kValidInReset,
  kValidAfterReset,
  kAnswerBeforeAddress,
  kAnswerBeforeData,
  kAnswerUnasked,
  kExokay,
  kOpenAtEnd,
  kCount
};

/// Short name, for reports: "valid_held".
const char* lite_rule_name(LiteRule rule);
/// The section of Arm IHI 0022 that states the rule.
const char* lite_rule_clause(LiteRule rule);

struct LiteViolation {
  LiteRule rule = LiteRule::kCount;
  sc_core::sc_time time;
  std::string text;  ///< names the checker, the channel and what was found

  /// One line: time, rule, section and text.
  [[nodiscard]] std::string line() const;
};

}  // namespace tridex::arch
