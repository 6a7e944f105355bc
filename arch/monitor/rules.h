#pragma once
#include <cstdint>
#include <string>
#include <systemc>

namespace tridex::arch {

/// The rules that a ProtocolMonitor knows; rules.cpp has their names and where the standard states them.
enum class Rule : uint8_t {
  // Attributes as the initiator hands them over.
  kCommand,
  kDataPointer,
  kDataLength,
  kByteEnableLength,
  kStreamingWidth,
  kDmiHint,
  kPayloadOption,
  kStatusAtRequest,
  // Life of a payload.
  kMemoryManager,
  kReferenceCount,
  kReleasedEarly,
  kAttributeChanged,
  kWriteDataChanged,
  kStatusAtResponse,
  kMixedTransport,
  // Phases and return values.
  kWrongPath,
  kPhaseOrder,
  kResponseBeforeRequest,
  kRequestExclusion,
  kResponseExclusion,
  kAcceptedChanged,
  kUpdatedPhase,
  kCompletedEarly,
  kOpenAtEnd,
  // Time.
  kNegativeDelay,
  kDecreasingTime,
  kWaits,
  kBlockingFromMethod,
  // Direct memory and debug access.
  kDmiDescriptor,
  kDmiGrant,
  kDmiInvalidRange,
  kDmiInInvalidation,
  kDmiUse,
  kDebugCount,
  kCount
};

/// Short name, for reports: "request_exclusion".
const char* rule_name(Rule rule);
/// The clause of IEEE Std 1666-2011 that states the rule.
const char* rule_clause(Rule rule);

struct Violation {
  Rule rule = Rule::kCount;
  sc_core::sc_time time;  ///< simulated, without annotations
  std::string text;       ///< names the socket, what was found, the address, and the phase if there is one

  /// One line: time, rule, clause and text.
  [[nodiscard]] std::string line() const;
};

}  // namespace tridex::arch
