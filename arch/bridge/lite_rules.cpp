#include "arch/bridge/lite_rules.h"

#include <array>

namespace tridex::arch {
namespace {

struct RuleText {
  LiteRule rule;
  const char* name;
  const char* clause;
};

// The text of the specification (IHI 0022, whose issues D to H number these sections alike) was not at hand.
// Plain sections are those that the messages of published protocol checkers name for the same check;
// "from memory" is not verified.
constexpr std::array<RuleText, static_cast<size_t>(LiteRule::kCount)> kRules{{
    {LiteRule::kValidHeld, "valid_held", "A3.2.1"},
    {LiteRule::kPayloadStable, "payload_stable", "A3.2.1"},
    {LiteRule::kValidInReset, "valid_in_reset", "A3.1.2, from memory"},
    {LiteRule::kValidAfterReset, "valid_after_reset", "A3.1.2"},
    {LiteRule::kAnswerBeforeAddress, "answer_before_address", "A3.3.1, from memory"},
    {LiteRule::kAnswerBeforeData, "answer_before_data", "A3.3.1, from memory"},
    {LiteRule::kAnswerUnasked, "answer_unasked", "A3.3.1, from memory"},
    {LiteRule::kExokay, "exokay", "B1.1.1"},
    {LiteRule::kOpenAtEnd, "open_at_end", "A3.4.4, from memory"},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kRules.size(); ++i) {
    if (kRules[i].rule != static_cast<LiteRule>(i)) {
      return false;
    }
  }
  return true;
}
static_assert(in_order(), "a row for each rule, in the order of the enumeration");

}  // namespace

const char* lite_rule_name(LiteRule rule) {
  return kRules.at(static_cast<size_t>(rule)).name;
}

const char* lite_rule_clause(LiteRule rule) {
  return kRules.at(static_cast<size_t>(rule)).clause;
}

std::string LiteViolation::line() const {
  return time.to_string() + ": " + lite_rule_name(rule) + " (IHI 0022, " + lite_rule_clause(rule) +
         "): " + text;
}

}  // namespace tridex::arch
