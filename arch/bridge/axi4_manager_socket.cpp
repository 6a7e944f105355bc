// The target socket's side of Axi4ManagerCore.
#include <algorithm>

#include "arch/bridge/axi4_manager_core.h"

namespace tridex::arch {
namespace {

/// From now to a time that may lie before.
sc_core::sc_time until(const sc_core::sc_time& time) {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  return time > now ? time - now : sc_core::SC_ZERO_TIME;
}

}  // namespace

Axi4ManagerCore::Transaction& Axi4ManagerCore::arrive(Payload& payload, const sc_core::sc_time& delay,
                                                      bool blocking) {
  if (unused_transactions_.empty()) {
    all_transactions_.push_back(std::make_unique<Transaction>());
    unused_transactions_.push_back(all_transactions_.back().get());
  }
  Transaction& transaction = *unused_transactions_.back();
  unused_transactions_.pop_back();
  transaction.payload = &payload;
  transaction.extension = payload.get_extension<Axi4Extension>();
  transaction.blocking = blocking;
  transaction.ended = false;
  transaction.called = sc_core::sc_time_stamp();
  transaction.effective = transaction.called + delay;
  transaction.open = 0;
  transaction.worst = Axi4Response::kOkay;
  transaction.all_exclusive = true;
  transaction.status = tlm::TLM_INCOMPLETE_RESPONSE;
  if (!payload.is_read() && !payload.is_write()) {
    transaction.status = tlm::TLM_OK_RESPONSE;  // TLM_IGNORE_COMMAND: nothing is transferred
  } else if (const auto status = transaction.splitter.start(payload, transaction.extension, limits_);
             status != tlm::TLM_OK_RESPONSE) {
    transaction.status = status;
  }
  transaction.first = payload.get_address();
  transaction.last =
      transaction.first + std::min(payload.get_data_length(), payload.get_streaming_width()) - 1;
  if (transaction.extension != nullptr && transaction.extension->id != Axi4Extension::kAnyId) {
    transaction.id = transaction.extension->id;
    if (transaction.id >= reads_.chains.size()) {
      transaction.status = tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
  } else {
    transaction.id = next_id_;
    next_id_ = (next_id_ + 1) % id_count_;
  }
  return transaction;
}

tlm::tlm_sync_enum Axi4ManagerCore::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                                    sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) {
    if (responding_ == nullptr || responding_->payload != &payload) {
      fail("END_RESP without BEGIN_RESP");
    }
    response_free_ = sc_core::sc_time_stamp() + delay;
    Transaction& ended = *responding_;
    responding_ = nullptr;
    release(ended);
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) {
    return tlm::TLM_ACCEPTED;  // a phase of somebody's extension, which may be ignored
  }
  if (!payload.has_mm()) {
    fail("BEGIN_REQ of a payload without a memory manager");
  }
  payload.acquire();
  Transaction& transaction = arrive(payload, delay, false);
  if (!waiting_.empty() || unanswered_ >= config_.outstanding) {
    waiting_.push_back(&transaction);
    return tlm::TLM_ACCEPTED;
  }
  ++unanswered_;
  accepted_.push_back(&transaction);
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void Axi4ManagerCore::b_transport(Payload& payload, sc_core::sc_time& delay) {
  Transaction& transaction = arrive(payload, delay, true);
  waiting_.push_back(&transaction);
  if (waiting_.size() == 1 && unanswered_ < config_.outstanding) {
    accept_waiting();
  }
  while (!transaction.ended) {
    sc_core::wait(transaction.done);
  }
  delay = until(transaction.effective);
  unused_transactions_.push_back(&transaction);
}

void Axi4ManagerCore::accept_waiting() {
  while (!waiting_.empty() && unanswered_ < config_.outstanding) {
    Transaction& transaction = *waiting_.front();
    waiting_.pop_front();
    ++unanswered_;
    accepted_.push_back(&transaction);
    if (!transaction.blocking) {
      sc_core::sc_time delay = until(transaction.effective);
      tlm::tlm_phase phase = tlm::END_REQ;
      socket_->nb_transport_bw(*transaction.payload, phase, delay);
    }
  }
}

void Axi4ManagerCore::finish(Transaction& transaction) {
  if (!transaction.blocking) {
    responses_.push_back(&transaction);
    return;
  }
  transaction.payload->set_response_status(transaction.status);
  transaction.ended = true;
  --unanswered_;
  transaction.done.notify(sc_core::SC_ZERO_TIME);
}

void Axi4ManagerCore::send_responses() {
  while (responding_ == nullptr && !responses_.empty() && response_free_ <= sc_core::sc_time_stamp()) {
    Transaction& transaction = *responses_.front();
    responses_.pop_front();
    responding_ = &transaction;
    transaction.payload->set_response_status(transaction.status);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay =
        until(transaction.effective);  // a reset may come before the request takes effect
    const tlm::tlm_sync_enum answer = socket_->nb_transport_bw(*transaction.payload, phase, delay);
    if (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP)) {
      response_free_ = sc_core::sc_time_stamp() + delay;
      responding_ = nullptr;
      release(transaction);
    }
  }
}

void Axi4ManagerCore::release(Transaction& transaction) {
  --unanswered_;
  unused_transactions_.push_back(&transaction);
  transaction.payload->release();
}

}  // namespace tridex::arch
