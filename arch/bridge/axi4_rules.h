#pragma once
#include <cstdint>
#include <string>
#include <systemc>

namespace tridex::arch {

/// The rules that an Axi4Checker knows; axi4_rules.cpp has their names and where the specification states
/// them.
enum class Axi4Rule : uint8_t {
  // Handshakes, each channel.
  kValidHeld,
  kPayloadStable,
  kValidInReset,
  kValidAfterReset,
  // Addresses, AW and AR.
  kBurstReserved,
  kBurstSize,
  kBurstBoundary,
  kWrapLength,
  kWrapAligned,
  kFixedLength,
  kCacheReserved,
  kExclusiveLength,
  kExclusiveAligned,
  // Data and responses.
  kWriteLast,
  kStrobeLanes,
  kResponseBeforeAddress,
  kResponseBeforeData,
  kWriteResponseId,
  kReadId,
  kReadLast,
  kExclusiveResponse,
  kOpenAtEnd,
  kCount
};

/// Short name, for reports: "valid_held".
const char* axi4_rule_name(Axi4Rule rule);
/// The section of Arm IHI 0022 that states the rule.
const char* axi4_rule_clause(Axi4Rule rule);

struct Axi4Violation {
  Axi4Rule rule = Axi4Rule::kCount;
  sc_core::sc_time time;
  std::string text;  ///< names the checker, the channel, what was found, and the ID

  /// One line: time, rule, section and text.
  [[nodiscard]] std::string line() const;
};

}  // namespace tridex::arch
