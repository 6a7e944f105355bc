#include "arch/monitor/checker.h"

#include <fmt/format.h>

#include <algorithm>

namespace tridex::arch {
namespace {

/// Phases beyond the base protocol's four are an extension's business (15.2.5: ignorable phases).
bool in_base_protocol(const tlm::tlm_phase& phase) {
  return static_cast<unsigned>(phase) <= static_cast<unsigned>(tlm::END_RESP);
}

}  // namespace

void Checker::report(Rule rule, const std::string& what, const Payload* payload,
                     const tlm::tlm_phase* phase) {
  std::string text = socket_ + ": " + what;
  if (payload != nullptr) {
    text += fmt::format(", address {:#x}", payload->get_address());
  }
  if (phase != nullptr) {
    text += fmt::format(", phase {}", phase->get_name());
  }
  violations_.push_back({rule, sc_core::sc_time_stamp(), text});
}

Checker::Call Checker::call(const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  Call call;
  call.phase = phase;
  call.delay = delay;
  call.time = sc_core::sc_time_stamp();
  call.delta = sc_core::sc_delta_count();
  return call;
}

Checker::Transaction* Checker::find(Payload& payload, uint64_t number) {
  const auto found = transactions_.find(&payload);
  if (found == transactions_.end() || (number != 0 && found->second.number != number)) {
    return nullptr;
  }
  return &found->second;
}

void Checker::check_held(const Transaction& transaction, Payload& payload, const tlm::tlm_phase& phase) {
  if (transaction.held && payload.get_ref_count() <= 1) {
    report(Rule::kReleasedEarly, "nobody but the monitor holds a reference to a payload that is under way",
           &payload, &phase);
  }
}

bool Checker::check_delay(Payload& payload, const tlm::tlm_phase* phase, const sc_core::sc_time& delay) {
  // Kernel time is unsigned: what was computed as a negative time has its top bit set.
  if (delay.value() > static_cast<uint64_t>(INT64_MAX)) {
    report(Rule::kNegativeDelay, "a negative timing annotation", &payload, phase);
    return false;
  }
  return true;
}

void Checker::check_time(Transaction& transaction, Payload& payload, const tlm::tlm_phase& phase,
                         const sc_core::sc_time& delay) {
  if (!check_delay(payload, &phase, delay)) {
    return;
  }
  const sc_core::sc_time effective = sc_core::sc_time_stamp() + delay;
  if (effective < transaction.effective) {
    report(Rule::kDecreasingTime,
           fmt::format("annotated with {}, after a phase at {}", effective.to_string(),
                       transaction.effective.to_string()),
           &payload, &phase);
  }
  transaction.effective = effective;
}

void Checker::check_no_wait(const Call& call, const Payload* payload, const tlm::tlm_phase* phase) {
  if (call.time != sc_core::sc_time_stamp() || call.delta != sc_core::sc_delta_count()) {
    report(Rule::kWaits, "a call that must not wait came back later", payload, phase);
  }
}

void Checker::check_accepted(const Call& call, Payload& payload, const tlm::tlm_phase& phase,
                             const sc_core::sc_time& delay) {
  if (phase != call.phase || delay != call.delay) {
    report(Rule::kAcceptedChanged, "TLM_ACCEPTED with another phase or delay than the call's", &payload,
           &phase);
  }
}

void Checker::begin_request(Call& call, Payload& payload) {
  if (find(payload) != nullptr) {
    report(Rule::kPhaseOrder, "BEGIN_REQ of a payload that is under way", &payload, &call.phase);
    return;
  }
  check_request(payload, &call.phase);
  if (is_blocking(payload)) {
    report(Rule::kMixedTransport, "BEGIN_REQ of a payload that is inside b_transport", &payload, &call.phase);
  }
  if (requesting_ != nullptr) {
    report(Rule::kRequestExclusion, "BEGIN_REQ before the request before has ended", &payload, &call.phase);
  }
  requesting_ = &payload;
  Transaction transaction;
  transaction.number = call.transaction = ++numbers_;
  transaction.view = PayloadView(payload);
  transaction.effective = sc_core::sc_time_stamp();
  transaction.dmi_hint = payload.is_dmi_allowed();
  if (!payload.has_mm()) {
    report(Rule::kMemoryManager, "a payload without a memory manager", &payload, &call.phase);
  } else if (payload.get_ref_count() < 1) {
    report(Rule::kReferenceCount, "a payload with a reference count of 0", &payload, &call.phase);
  } else {
    payload.acquire();
    transaction.held = true;
  }
  check_time(transactions_[&payload] = transaction, payload, call.phase, call.delay);
}

Checker::Call Checker::before_forward(Payload& payload, const tlm::tlm_phase& phase,
                                      const sc_core::sc_time& delay) {
  Call call = Checker::call(phase, delay);
  if (!in_base_protocol(phase)) {
    return call;
  }
  if (phase == tlm::BEGIN_REQ) {
    begin_request(call, payload);
    return call;
  }
  if (phase != tlm::END_RESP) {
    report(Rule::kWrongPath, "a phase that an initiator may not send", &payload, &phase);
    return call;
  }
  Transaction* const transaction = find(payload);
  if (transaction == nullptr || transaction->stage != Stage::kResponse) {
    report(Rule::kPhaseOrder, "END_RESP without BEGIN_RESP", &payload, &phase);
    return call;
  }
  call.transaction = transaction->number;
  check_held(*transaction, payload, phase);
  check_unchanged(transaction->view, payload, &phase);
  if (payload.is_dmi_allowed() != transaction->dmi_hint) {
    report(Rule::kDmiHint, "the initiator changed the DMI hint", &payload, &phase);
  }
  check_time(*transaction, payload, phase, delay);
  end_response(*transaction, payload);
  return call;
}

void Checker::target_phase(Transaction& transaction, Payload& payload, const tlm::tlm_phase& phase) {
  const bool requested = transaction.stage == Stage::kRequest;
  if (phase == tlm::END_REQ ? !requested : !requested && transaction.stage != Stage::kRequestEnded) {
    report(Rule::kPhaseOrder, "a phase that does not follow the one before", &payload, &phase);
    return;
  }
  if (requesting_ == &payload) {
    requesting_ = nullptr;
  }
  if (phase == tlm::END_REQ) {
    transaction.stage = Stage::kRequestEnded;
    return;
  }
  transaction.stage = Stage::kResponse;
  if (responding_ != nullptr) {
    report(Rule::kResponseExclusion, "BEGIN_RESP before the response before has ended", &payload, &phase);
  }
  responding_ = &payload;
  check_response(transaction.view, payload, &phase);
}

void Checker::end_response(Transaction& transaction, Payload& payload) {
  transaction.stage = Stage::kResponseEnded;
  if (responding_ == &payload) {
    responding_ = nullptr;
  }
}

void Checker::complete(Payload& payload) {
  const auto found = transactions_.find(&payload);
  const bool held = found->second.held;
  transactions_.erase(found);
  requesting_ = requesting_ == &payload ? nullptr : requesting_;
  responding_ = responding_ == &payload ? nullptr : responding_;
  if (held) {
    payload.release();  // it may be gone after this
  }
}

void Checker::after_forward(const Call& call, Payload& payload, const tlm::tlm_phase& phase,
                            const sc_core::sc_time& delay, tlm::tlm_sync_enum answer) {
  check_no_wait(call, nullptr, &call.phase);
  Transaction* const transaction = call.transaction == 0 ? nullptr : find(payload, call.transaction);
  if (transaction == nullptr) {  // broken before, not ours, or completed by calls from inside this one
    return;
  }
  check_unchanged(transaction->view, payload, &call.phase);
  transaction->dmi_hint = payload.is_dmi_allowed();
  if (answer == tlm::TLM_ACCEPTED) {
    check_accepted(call, payload, phase, delay);
  } else {
    check_time(*transaction, payload, phase, delay);
  }
  if (call.phase == tlm::END_RESP) {
    if (answer == tlm::TLM_UPDATED) {
      report(Rule::kUpdatedPhase, "TLM_UPDATED as the answer to END_RESP", &payload, &phase);
    }
    complete(payload);
    return;
  }
  if (answer == tlm::TLM_COMPLETED) {
    if (transaction->stage != Stage::kResponse) {  // else the response was checked when it began
      check_response(transaction->view, payload, &call.phase);
    }
    complete(payload);
    return;
  }
  if (answer == tlm::TLM_UPDATED) {
    if (phase == tlm::END_REQ || phase == tlm::BEGIN_RESP) {
      target_phase(*transaction, payload, phase);
    } else {
      report(Rule::kUpdatedPhase, "TLM_UPDATED with a phase that is none of the target's", &payload, &phase);
    }
  }
  check_held(*transaction, payload, phase);
}

void Checker::abandon(const Call& call, Payload& payload) {
  if (const auto found = std::find(blocking_.begin(), blocking_.end(), &payload);
      call.transaction == 0 && found != blocking_.end()) {
    blocking_.erase(found);
  }
  if (call.phase == tlm::BEGIN_REQ && call.transaction != 0 && find(payload, call.transaction) != nullptr) {
    complete(payload);
  }
}

Checker::Call Checker::before_backward(Payload& payload, const tlm::tlm_phase& phase,
                                       const sc_core::sc_time& delay) {
  Call call = Checker::call(phase, delay);
  if (!in_base_protocol(phase)) {
    return call;
  }
  if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) {
    report(Rule::kWrongPath, "a phase that a target may not send", &payload, &phase);
    return call;
  }
  Transaction* const transaction = find(payload);
  if (transaction == nullptr) {
    report(Rule::kResponseBeforeRequest, "an answer to what was not requested", &payload, &phase);
    return call;
  }
  call.transaction = transaction->number;
  check_held(*transaction, payload, phase);
  check_unchanged(transaction->view, payload, &phase);
  transaction->dmi_hint = payload.is_dmi_allowed();
  check_time(*transaction, payload, phase, delay);
  target_phase(*transaction, payload, phase);
  return call;
}

void Checker::after_backward(const Call& call, Payload& payload, const tlm::tlm_phase& phase,
                             const sc_core::sc_time& delay, tlm::tlm_sync_enum answer) {
  check_no_wait(call, nullptr, &call.phase);
  Transaction* const transaction = call.transaction == 0 ? nullptr : find(payload, call.transaction);
  if (transaction == nullptr) {
    return;
  }
  check_unchanged(transaction->view, payload, &call.phase);
  if (payload.is_dmi_allowed() != transaction->dmi_hint) {
    report(Rule::kDmiHint, "the initiator changed the DMI hint", &payload, &call.phase);
  }
  if (answer == tlm::TLM_ACCEPTED) {
    check_accepted(call, payload, phase, delay);
    return;
  }
  check_time(*transaction, payload, phase, delay);
  const bool ends = transaction->stage == Stage::kResponse && call.phase == tlm::BEGIN_RESP;
  if (answer == tlm::TLM_COMPLETED && !ends) {
    report(Rule::kCompletedEarly, "TLM_COMPLETED before the response", &payload, &call.phase);
  } else if (answer == tlm::TLM_UPDATED && (!ends || phase != tlm::END_RESP)) {
    report(Rule::kUpdatedPhase, "TLM_UPDATED with a phase that may not follow", &payload, &phase);
  } else {
    complete(payload);
  }
}

void Checker::finish() {
  for (const auto& [payload, transaction] : transactions_) {
    static constexpr const char* kStages[] = {"BEGIN_REQ", "END_REQ", "BEGIN_RESP", "END_RESP"};
    report(Rule::kOpenAtEnd,
           fmt::format("a transaction has not come further than {}",
                       kStages[static_cast<size_t>(transaction.stage)]),
           transaction.held ? payload : nullptr);
  }
  while (!transactions_.empty()) {
    complete(*transactions_.begin()->first);
  }
}

}  // namespace tridex::arch
