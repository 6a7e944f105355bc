#include "arch/bridge/stream_rules.h"

#include <array>

#include "arch/bridge/rule_text.h"

namespace tridex::arch {
namespace {

// The text of the specification (IHI 0051, issue A) was not at hand.
// Plain sections are those that the messages of published protocol checkers name for the same check;
// "from memory" is not verified.
constexpr std::array<RuleText<StreamRule>, static_cast<size_t>(StreamRule::kCount)> kStreamRules{{
    {StreamRule::kValidHeld, "valid_held", "2.2.1"},
    {StreamRule::kPayloadStable, "payload_stable", "2.2.1"},
    {StreamRule::kValidInReset, "valid_in_reset", "2.7.2, from memory"},
    {StreamRule::kValidAfterReset, "valid_after_reset", "2.7.2"},
    {StreamRule::kKeepStrobe, "keep_strobe", "2.4.3"},
    {StreamRule::kNullByte, "null_byte", "2.4.3, from memory"},
    {StreamRule::kPositionByte, "position_byte", "2.4.3, from memory"},
    {StreamRule::kInterleaved, "interleaved", "2.6, from memory"},
    {StreamRule::kOpenAtEnd, "open_at_end", "2.5, from memory"},
}};
static_assert(in_order(kStreamRules), "a row for each rule, in the order of the enumeration");

}  // namespace

const char* stream_rule_name(StreamRule rule) {
  return kStreamRules.at(static_cast<size_t>(rule)).name;
}

const char* stream_rule_clause(StreamRule rule) {
  return kStreamRules.at(static_cast<size_t>(rule)).clause;
}

std::string StreamViolation::line() const {
  return time.to_string() + ": " + stream_rule_name(rule) + " (IHI 0051, " + stream_rule_clause(rule) +
         "): " + text;
}

}  // namespace tridex::arch
