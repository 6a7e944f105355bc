// The initiator socket's side of Axi4SubordinateCore.
#include <algorithm>

#include "arch/bridge/axi4_subordinate_core.h"

namespace tridex::arch {
namespace {

Axi4Response response_of(const tlm::tlm_generic_payload& payload, const Axi4Extension& extension) {
  switch (payload.get_response_status()) {
    case tlm::TLM_OK_RESPONSE:
      return extension.lock && extension.exclusive_okay ? Axi4Response::kExOkay : Axi4Response::kOkay;
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
      return Axi4Response::kDecErr;
    default:
      return Axi4Response::kSlvErr;
  }
}

}  // namespace

void Axi4SubordinateCore::send_requests() {
  while (requesting_ == nullptr && !requests_.empty() && request_free_ <= sc_core::sc_time_stamp()) {
    Burst& burst = *requests_.front();
    requests_.pop_front();
    burst.stage = Stage::kSent;
    requesting_ = &burst;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum status = socket_->nb_transport_fw(burst.payload, phase, delay);
    if (status == tlm::TLM_ACCEPTED) {
      continue;
    }
    requesting_ = nullptr;
    request_free_ = sc_core::sc_time_stamp() + delay;
    if (status == tlm::TLM_COMPLETED) {
      answer(burst, delay, true);
    } else if (phase == tlm::BEGIN_RESP) {
      phase = tlm::END_RESP;
      sc_core::sc_time end_delay = delay;
      socket_->nb_transport_fw(burst.payload, phase, end_delay);
      answer(burst, delay, true);
    }
  }
}

tlm::tlm_sync_enum Axi4SubordinateCore::nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                                        sc_core::sc_time& delay) {
  if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) {
    return tlm::TLM_ACCEPTED;  // a phase of somebody's extension, which may be ignored
  }
  if (requesting_ != nullptr && &requesting_->payload == &payload) {
    requesting_ = nullptr;
    request_free_ = sc_core::sc_time_stamp() + delay;
  }
  if (phase == tlm::END_REQ) {
    return tlm::TLM_ACCEPTED;
  }
  const auto burst = std::find_if(all_bursts_.begin(), all_bursts_.end(),
                                  [&](const auto& candidate) { return &candidate->payload == &payload; });
  if (burst == all_bursts_.end() || (*burst)->stage != Stage::kSent) {
    fail("BEGIN_RESP of a payload that was not requested");
  }
  answer(**burst, delay, false);
  return tlm::TLM_COMPLETED;
}

void Axi4SubordinateCore::answer(Burst& burst, const sc_core::sc_time& delay, bool by_return) {
  burst.stage = Stage::kAnswered;
  if (burst.lost) {
    burst.payload.release();
    return;
  }
  burst.called = sc_core::sc_time_stamp();
  burst.effective = burst.called + delay;
  burst.by_return = by_return;
  burst.response = response_of(burst.payload, burst.extension);
  if (burst.payload.is_read() && burst.payload.get_response_status() != tlm::TLM_OK_RESPONSE) {
    std::fill_n(burst.data.data(), burst.part.bytes, uint8_t{0});
  }
  Direction& direction = direction_of(burst);
  if (direction.chains[burst.address.id].first == &burst) {
    direction.answered.push_back(&burst);
  }
}

void Axi4SubordinateCore::free(Payload* payload) {
  const auto burst = std::find_if(all_bursts_.begin(), all_bursts_.end(),
                                  [&](const auto& candidate) { return &candidate->payload == payload; });
  --direction_of(**burst).open;
  unused_bursts_.push_back(burst->get());
}

}  // namespace tridex::arch
