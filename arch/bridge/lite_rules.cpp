#include "arch/bridge/lite_rules.h"

#include <array>

#include "arch/bridge/rule_text.h"

namespace tridex::arch {
namespace {

// The text of the specification (IHI 0022, whose issues D to H number these sections alike) was not at hand.
// Plain sections are those that the messages of published protocol checkers name for the same check;
// "from memory" is not verified.
constexpr std::array<RuleText<LiteRule>, static_cast<size_t>(LiteRule::kCount)> kLiteRules{{
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
static_assert(in_order(kLiteRules), "a row for each rule, in the order of the enumeration");

}  // namespace

const char* lite_rule_name(LiteRule rule) {
  return kLiteRules.at(static_cast<size_t>(rule)).name;
}

const char* lite_rule_clause(LiteRule rule) {
  return kLiteRules.at(static_cast<size_t>(rule)).clause;
}

std::string LiteViolation::line() const {
  return time.to_string() + ": " + lite_rule_name(rule) + " (IHI 0022, " + lite_rule_clause(rule) +
         "): " + text;
}

}  // namespace tridex::arch
