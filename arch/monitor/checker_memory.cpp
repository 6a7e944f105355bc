// Attributes, b_transport, transport_dbg and DMI.
#include <fmt/format.h>

#include <algorithm>

#include "arch/monitor/checker.h"

namespace tridex::arch {
namespace {

const tlm::tlm_phase kNoPhase;

}  // namespace

void Checker::check_request(Payload& payload, const tlm::tlm_phase* phase) {
  const tlm::tlm_command command = payload.get_command();
  const bool ignore = command == tlm::TLM_IGNORE_COMMAND;
  if (!ignore && command != tlm::TLM_READ_COMMAND && command != tlm::TLM_WRITE_COMMAND) {
    report(Rule::kCommand, "a command that is none of the three", &payload, phase);
  }
  if (!ignore && payload.get_data_ptr() == nullptr) {
    report(Rule::kDataPointer, "a null data pointer", &payload, phase);
  }
  if (!ignore && payload.get_data_length() == 0) {
    report(Rule::kDataLength, "a data length of 0", &payload, phase);
  }
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) {
    report(Rule::kByteEnableLength, "byte enables of length 0", &payload, phase);
  }
  if (payload.get_streaming_width() == 0) {
    report(Rule::kStreamingWidth, "a streaming width of 0", &payload, phase);
  }
  if (payload.is_dmi_allowed()) {
    report(Rule::kDmiHint, "the initiator set the DMI hint", &payload, phase);
  }
  if (payload.get_gp_option() != tlm::TLM_MIN_PAYLOAD) {
    report(Rule::kPayloadOption, "a payload option in a transport call", &payload, phase);
  }
  if (payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE) {
    report(Rule::kStatusAtRequest, "a request with the status " + payload.get_response_string(), &payload,
           phase);
  }
}

void Checker::check_unchanged(PayloadView& view, Payload& payload, const tlm::tlm_phase* phase) {
  if (const char* attribute = view.changed(payload, interconnect_)) {
    report(Rule::kAttributeChanged, std::string(attribute) + " has changed", &payload, phase);
    view = PayloadView(payload);  // reported once
  }
}

void Checker::check_response(const PayloadView& view, Payload& payload, const tlm::tlm_phase* phase) {
  if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
    report(Rule::kStatusAtResponse, "a response without a status", &payload, phase);
  }
  if (view.other_data(payload)) {
    report(Rule::kWriteDataChanged, "the data of a write have changed", &payload, phase);
  }
}

bool Checker::is_blocking(const Payload& payload) const {
  return std::find(blocking_.begin(), blocking_.end(), &payload) != blocking_.end();
}

Checker::Call Checker::before_blocking(Payload& payload, const sc_core::sc_time& delay) {
  Call call = Checker::call(kNoPhase, delay);
  call.payload = PayloadView(payload);
  check_request(payload, nullptr);
  if (payload.has_mm() && payload.get_ref_count() < 1) {
    report(Rule::kReferenceCount, "a payload with a reference count of 0", &payload);
  }
  if (find(payload) != nullptr) {
    report(Rule::kMixedTransport, "b_transport of a payload that is between BEGIN_REQ and END_RESP",
           &payload);
  }
  if (sc_core::sc_get_current_process_handle().proc_kind() == sc_core::SC_METHOD_PROC_) {
    report(Rule::kBlockingFromMethod, "b_transport, which may wait, from a method process", &payload);
  }
  check_delay(payload, nullptr, delay);
  blocking_.push_back(&payload);
  return call;
}

void Checker::after_blocking(Call& call, Payload& payload, const sc_core::sc_time& delay) {
  blocking_.erase(std::find(blocking_.begin(), blocking_.end(), &payload));
  check_unchanged(call.payload, payload, nullptr);
  check_response(call.payload, payload, nullptr);
  if (check_delay(payload, nullptr, delay) && check_delay(payload, nullptr, call.delay) &&
      sc_core::sc_time_stamp() + delay < call.time + call.delay) {
    report(Rule::kDecreasingTime,
           fmt::format("called at {}, back at {}", (call.time + call.delay).to_string(),
                       (sc_core::sc_time_stamp() + delay).to_string()),
           &payload);
  }
}

Checker::Call Checker::before_debug(Payload& payload) {
  Call call = Checker::call(kNoPhase, sc_core::SC_ZERO_TIME);
  call.payload = PayloadView(payload);
  if (payload.get_data_length() > 0 && payload.get_data_ptr() == nullptr) {
    report(Rule::kDataPointer, "debug access with a null data pointer", &payload);
  }
  return call;
}

void Checker::after_debug(Call& call, Payload& payload, unsigned bytes) {
  check_no_wait(call, &payload, nullptr);
  if (bytes > payload.get_data_length()) {
    report(Rule::kDebugCount, fmt::format("{} bytes of {}", bytes, payload.get_data_length()), &payload);
  }
  check_unchanged(call.payload, payload, nullptr);
  if (call.payload.other_data(payload)) {
    report(Rule::kWriteDataChanged, "the data of a debug write have changed", &payload);
  }
}

Checker::Call Checker::before_dmi(Payload& payload, const tlm::tlm_dmi& dmi) {
  Call call = Checker::call(kNoPhase, sc_core::SC_ZERO_TIME);
  call.payload = PayloadView(payload);
  if (dmi.get_dmi_ptr() != nullptr || !dmi.is_none_allowed() || dmi.get_start_address() != 0 ||
      dmi.get_end_address() != UINT64_MAX || dmi.get_read_latency() != sc_core::SC_ZERO_TIME ||
      dmi.get_write_latency() != sc_core::SC_ZERO_TIME) {
    report(Rule::kDmiDescriptor, "a DMI descriptor that is not in its initial state", &payload);
  }
  if (invalidations_ > 0) {
    report(Rule::kDmiInInvalidation, "get_direct_mem_ptr from inside an invalidation", &payload);
  }
  return call;
}

void Checker::after_dmi(Call& call, Payload& payload, const tlm::tlm_dmi& dmi, bool granted) {
  check_no_wait(call, &payload, nullptr);
  check_unchanged(call.payload, payload, nullptr);
  const uint64_t start = dmi.get_start_address();
  const uint64_t end = dmi.get_end_address();
  // What a target denies is a range too, so that the initiator need not ask again.
  const char* wrong = start > end ? "a DMI region that ends before it starts" : nullptr;
  if (granted && wrong == nullptr) {
    const bool inside = payload.get_address() >= start && payload.get_address() <= end;
    if (dmi.get_dmi_ptr() == nullptr) {
      wrong = "a DMI region without a pointer";
    } else if (!inside && !interconnect_) {  // else the address behind the interconnect is another
      wrong = "a DMI region without the address that was asked for";
    } else if (dmi.is_none_allowed() || (payload.is_read() && !dmi.is_read_allowed()) ||
               (payload.is_write() && !dmi.is_write_allowed())) {
      wrong = "a DMI region without the access that was asked for";
    } else if (dmi.get_read_latency().value() > static_cast<uint64_t>(INT64_MAX) ||
               dmi.get_write_latency().value() > static_cast<uint64_t>(INT64_MAX)) {
      wrong = "a negative DMI latency";
    } else {
      grants_.push_back({start, end, dmi.is_read_allowed(), dmi.is_write_allowed()});
    }
  }
  if (wrong != nullptr) {
    report(Rule::kDmiGrant, fmt::format("{} ({:#x} to {:#x})", wrong, start, end), &payload);
  }
}

void Checker::before_invalidation(uint64_t start, uint64_t end) {
  ++invalidations_;
  if (start > end) {
    report(Rule::kDmiInvalidRange, fmt::format("an invalidation from {:#x} to {:#x}", start, end), nullptr);
    return;
  }
  std::vector<Grant> left;
  for (const Grant& grant : grants_) {
    if (end < grant.start || start > grant.end) {
      left.push_back(grant);
      continue;
    }
    if (grant.start < start) {
      left.push_back({grant.start, start - 1, grant.read, grant.write});
    }
    if (grant.end > end) {
      left.push_back({end + 1, grant.end, grant.read, grant.write});
    }
  }
  grants_ = std::move(left);
}

void Checker::dmi_access(tlm::tlm_command command, uint64_t address, uint64_t bytes) {
  const bool allowed = std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return address >= grant.start && address <= grant.end && bytes - 1 <= grant.end - address &&
           (command == tlm::TLM_READ_COMMAND ? grant.read : grant.write);
  });
  if (bytes > 0 && !allowed) {
    report(Rule::kDmiUse, fmt::format("{} bytes by DMI that no grant covers, address {:#x}", bytes, address),
           nullptr);
  }
}

}  // namespace tridex::arch
