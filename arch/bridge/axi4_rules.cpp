#include "arch/bridge/axi4_rules.h"

#include <array>

#include "arch/bridge/rule_text.h"

namespace tridex::arch {
namespace {

// The text of the specification (IHI 0022, whose issues D to H number these sections alike) was not at hand.
// Plain sections are those that the appendix "AXI4 Assertions" of a published manual (Mentor Verification IP
// Altera Edition, AMBA AXI3/4 User Guide, 10.2b and 10.3) names for the same check; "from memory" is not
// verified at all.
constexpr std::array<RuleText<Axi4Rule>, static_cast<size_t>(Axi4Rule::kCount)> kAxi4Rules{{
    {Axi4Rule::kValidHeld, "valid_held", "A3.2.1"},
    {Axi4Rule::kPayloadStable, "payload_stable", "A3.2.1"},
    {Axi4Rule::kValidInReset, "valid_in_reset", "A3.1.2, from memory"},
    {Axi4Rule::kValidAfterReset, "valid_after_reset", "A3.1.2"},
    {Axi4Rule::kBurstReserved, "burst_reserved", "A3.4.1"},
    {Axi4Rule::kBurstSize, "burst_size", "A3.4.1"},
    {Axi4Rule::kBurstBoundary, "burst_boundary", "A3.4.1"},
    {Axi4Rule::kWrapLength, "wrap_length", "A3.4.1, from memory"},
    {Axi4Rule::kWrapAligned, "wrap_aligned", "A3.4.1, from memory"},
    {Axi4Rule::kFixedLength, "fixed_length", "A3.4.1, from memory"},
    {Axi4Rule::kCacheReserved, "cache_reserved", "A4.4"},
    {Axi4Rule::kExclusiveLength, "exclusive_length", "A7.2.4"},
    {Axi4Rule::kExclusiveAligned, "exclusive_aligned", "A7.2.4, from memory"},
    {Axi4Rule::kWriteLast, "write_last", "A3.2.2 and A3.4.1, from memory"},
    {Axi4Rule::kStrobeLanes, "strobe_lanes", "A3.4.3, from memory"},
    {Axi4Rule::kResponseBeforeAddress, "response_before_address", "A3.3.1, from memory"},
    {Axi4Rule::kResponseBeforeData, "response_before_data", "A3.3.1, from memory"},
    {Axi4Rule::kWriteResponseId, "write_response_id", "A5.3, from memory"},
    {Axi4Rule::kReadId, "read_id", "A3.3.1"},
    {Axi4Rule::kReadLast, "read_last", "A3.2.2 and A3.4.1, from memory"},
    {Axi4Rule::kExclusiveResponse, "exclusive_response", "A3.4.4, from memory"},
    {Axi4Rule::kOpenAtEnd, "open_at_end", "A3.4.1 and A3.4.4, from memory"},
}};
static_assert(in_order(kAxi4Rules), "a row for each rule, in the order of the enumeration");

}  // namespace

const char* axi4_rule_name(Axi4Rule rule) {
  return kAxi4Rules.at(static_cast<size_t>(rule)).name;
}

const char* axi4_rule_clause(Axi4Rule rule) {
  return kAxi4Rules.at(static_cast<size_t>(rule)).clause;
}

std::string Axi4Violation::line() const {
  return time.to_string() + ": " + axi4_rule_name(rule) + " (IHI 0022, " + axi4_rule_clause(rule) +
         "): " + text;
}

}  // namespace tridex::arch
