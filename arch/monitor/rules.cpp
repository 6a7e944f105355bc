#include "arch/monitor/rules.h"

#include <fmt/format.h>

#include <array>

namespace tridex::arch {
namespace {

struct RuleText {
  Rule rule;
  const char* name;
  const char* clause;
};

// Clauses with a letter are those that the messages of Accellera's tlm2_base_protocol_checker.h (version 11)
// name for the same check. The others name the section only: the text of the standard was not at hand.
constexpr std::array<RuleText, static_cast<size_t>(Rule::kCount)> kRules{{
    {Rule::kCommand, "command", "14.9"},
    {Rule::kDataPointer, "data_pointer", "14.11 e)"},
    {Rule::kDataLength, "data_length", "14.12 d)"},
    {Rule::kByteEnableLength, "byte_enable_length", "14.14 f)"},
    {Rule::kStreamingWidth, "streaming_width", "14.15 f)"},
    {Rule::kDmiHint, "dmi_hint", "14.16"},
    {Rule::kPayloadOption, "payload_option", "14.8 g)"},
    {Rule::kStatusAtRequest, "status_at_request", "14.17 e)"},
    {Rule::kMemoryManager, "memory_manager", "14.5 i)"},
    {Rule::kReferenceCount, "reference_count", "14.5 t)"},
    {Rule::kReleasedEarly, "released_early", "14.5 t)"},
    {Rule::kAttributeChanged, "attribute_changed", "14.7"},
    {Rule::kWriteDataChanged, "write_data_changed", "14.7"},
    {Rule::kStatusAtResponse, "status_at_response", "14.17"},
    {Rule::kMixedTransport, "mixed_transport", "15.2.10 c)"},
    {Rule::kWrongPath, "wrong_path", "15.2.3 c)"},
    {Rule::kPhaseOrder, "phase_order", "15.2.4"},
    {Rule::kResponseBeforeRequest, "response_before_request", "15.2.4"},
    {Rule::kRequestExclusion, "request_exclusion", "15.2.6 e)"},
    {Rule::kResponseExclusion, "response_exclusion", "15.2.6 f)"},
    {Rule::kAcceptedChanged, "accepted_changed", "11.1.2"},
    {Rule::kUpdatedPhase, "updated_phase", "15.2.4"},
    {Rule::kCompletedEarly, "completed_early", "15.2.4"},
    {Rule::kOpenAtEnd, "open_at_end", "15.2.4"},
    {Rule::kNegativeDelay, "negative_delay", "11.1.3"},
    {Rule::kDecreasingTime, "decreasing_time", "15.2.7 c)"},
    {Rule::kWaits, "waits", "11.1.2"},
    {Rule::kBlockingFromMethod, "blocking_from_method", "11.1.1.4 b)"},
    {Rule::kDmiDescriptor, "dmi_descriptor", "11.2.5"},
    {Rule::kDmiGrant, "dmi_grant", "11.2.5"},
    {Rule::kDmiInvalidRange, "dmi_invalid_range", "11.2"},
    {Rule::kDmiInInvalidation, "dmi_in_invalidation", "11.2"},
    {Rule::kDmiUse, "dmi_use", "11.2"},
    {Rule::kDebugCount, "debug_count", "11.3.4 s)"},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kRules.size(); ++i) {
    if (kRules[i].rule != static_cast<Rule>(i)) {
      return false;
    }
  }
  return true;
}
static_assert(in_order(), "a row for each rule, in the order of the enumeration");

}  // namespace

const char* rule_name(Rule rule) {
  return kRules.at(static_cast<size_t>(rule)).name;
}

const char* rule_clause(Rule rule) {
  return kRules.at(static_cast<size_t>(rule)).clause;
}

std::string Violation::line() const {
  return fmt::format("{}: {} (IEEE 1666, {}): {}", time.to_string(), rule_name(rule), rule_clause(rule),
                     text);
}

}  // namespace tridex::arch
