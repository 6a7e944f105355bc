// The clocked side: bursts, beats and responses. axi4_manager_socket.cpp has the target socket's.
#include "arch/bridge/axi4_manager_core.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace tridex::arch {
namespace {

bool enabled(const tlm::tlm_generic_payload& payload, uint32_t index) {
  const unsigned char* const enables = payload.get_byte_enable_ptr();
  return enables == nullptr || enables[index % payload.get_byte_enable_length()] != TLM_BYTE_DISABLED;
}

tlm::tlm_response_status status_of(Axi4Response worst) {
  switch (worst) {
    case Axi4Response::kSlvErr:
      return tlm::TLM_GENERIC_ERROR_RESPONSE;
    case Axi4Response::kDecErr:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    default:
      return tlm::TLM_OK_RESPONSE;
  }
}

}  // namespace

Axi4ManagerCore::Axi4ManagerCore(std::string name, tlm::tlm_target_socket<>& socket,
                                 const Axi4ManagerConfig& config, unsigned bus_bytes, unsigned address_bits,
                                 unsigned id_bits)
    : name_(std::move(name)), socket_(socket), config_(config), stalls_(config.stalls) {
  const unsigned most = 1U << id_bits;
  id_count_ = config.ids != 0 ? config.ids : std::min(most, 16U);
  limits_ = {bus_bytes, config.bytes_per_beat != 0 ? config.bytes_per_beat : bus_bytes, address_bits};
  if (id_count_ > most) {
    throw std::invalid_argument(name_ + ": ids is " + std::to_string(id_count_) + ", the ID pins have " +
                                std::to_string(most) + " values");
  }
  if (!std::has_single_bit(limits_.bytes_per_beat) || limits_.bytes_per_beat > bus_bytes) {
    throw std::invalid_argument(name_ + ": bytes_per_beat is " + std::to_string(limits_.bytes_per_beat) +
                                ", must be a power of two up to " + std::to_string(bus_bytes));
  }
  if (config.outstanding == 0 || config.bursts == 0) {
    throw std::invalid_argument(name_ + ": outstanding and bursts must be at least 1");
  }
  writes_.chains.resize(most);
  reads_.chains.resize(most);
  socket_.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
}

void Axi4ManagerCore::fail(const std::string& what) const {
  throw std::runtime_error(name_ + ", " + sc_core::sc_time_stamp().to_string() + ": " + what);
}

bool Axi4ManagerCore::overlaps(const Transaction& transaction) const {
  return std::any_of(active_.begin(), active_.end(), [&](const Transaction* other) {
    return transaction.first <= other->last && other->first <= transaction.last &&
           (transaction.payload->is_write() || other->payload->is_write());
  });
}

void Axi4ManagerCore::admit() {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  while (!accepted_.empty()) {
    Transaction& transaction = *accepted_.front();
    // A call at the time of an edge may come before or after the edge's process: it counts for the next edge.
    if (transaction.effective > now || transaction.called >= now) {
      return;
    }
    if (transaction.status != tlm::TLM_INCOMPLETE_RESPONSE) {  // was answered when it came
      accepted_.pop_front();
      finish(transaction);
      continue;
    }
    if (overlaps(transaction)) {
      return;
    }
    accepted_.pop_front();
    active_.push_back(&transaction);
    (transaction.payload->is_write() ? writes_ : reads_).queue.push_back(&transaction);
  }
}

Axi4ManagerCore::Burst* Axi4ManagerCore::issue(Direction& direction, Axi4Address& address) {
  if (unused_bursts_.empty()) {
    all_bursts_.push_back(std::make_unique<Burst>());
    unused_bursts_.push_back(all_bursts_.back().get());
  }
  Burst* const burst = unused_bursts_.back();
  unused_bursts_.pop_back();
  Transaction& transaction = *direction.queue.front();
  *burst = {&transaction, transaction.splitter.next(), 0, nullptr};
  if (transaction.splitter.done()) {
    direction.queue.pop_front();
  }
  ++transaction.open;
  ++direction.open;
  Chain& chain = direction.chains[transaction.id];
  (chain.first == nullptr ? chain.first : chain.last->next) = burst;
  chain.last = burst;
  const Axi4Extension& attributes =
      transaction.extension != nullptr ? *transaction.extension : config_.defaults;
  address.burst = burst->part.burst;
  address.id = transaction.id;
  address.lock = attributes.lock;
  address.cache = attributes.cache;
  address.prot = attributes.prot;
  address.qos = attributes.qos;
  address.region = attributes.region;
  return burst;
}

void Axi4ManagerCore::drive_write_data() {
  Burst& burst = *write_data_.front();
  const Payload& payload = *burst.transaction->payload;
  const Axi4Span span = burst.part.span(burst.beat);
  const auto lane = static_cast<unsigned>(span.address % limits_.bus_bytes);
  std::copy_n(payload.get_data_ptr() + span.index, span.count, pins_.wdata + lane);
  pins_.wstrb = axi4_lanes(lane, span.count);
  if (payload.get_byte_enable_ptr() != nullptr) {
    for (unsigned i = 0; i < span.count; ++i) {
      if (!enabled(payload, span.index + i)) {
        pins_.wstrb[(lane + i) / 64] &= ~(uint64_t{1} << (lane + i) % 64);
      }
    }
  }
  pins_.wvalid = pins_.new_w = true;
  pins_.wlast = ++burst.beat == burst.part.burst.beats;
  if (pins_.wlast) {
    write_data_.pop_front();
  }
}

void Axi4ManagerCore::clock(bool awready, bool wready, bool arready) {
  in_reset_ = false;
  send_responses();
  accept_waiting();
  admit();
  pins_.new_aw = pins_.new_w = pins_.new_ar = false;
  if (!pins_.awvalid || awready) {
    pins_.awvalid = pins_.new_aw = !writes_.queue.empty() && writes_.open < config_.bursts && !stalls_.aw();
    if (pins_.awvalid) {
      write_data_.push_back(issue(writes_, pins_.aw));
    }
  }
  // Data go as soon as the address is on the pins, whether or not it is taken: a subordinate may wait for
  // both.
  if (!pins_.wvalid || wready) {
    pins_.wvalid = false;
    if (!write_data_.empty() && !stalls_.w()) {
      drive_write_data();
    }
  }
  if (!pins_.arvalid || arready) {
    pins_.arvalid = pins_.new_ar = !reads_.queue.empty() && reads_.open < config_.bursts && !stalls_.ar();
    if (pins_.arvalid) {
      issue(reads_, pins_.ar);
    }
  }
  pins_.bready = !stalls_.b();
  pins_.rready = !stalls_.r();
}

void Axi4ManagerCore::finish_burst(Direction& direction, uint32_t id, Axi4Response response) {
  Chain& chain = direction.chains[id];
  Burst* const burst = chain.first;
  chain.first = burst->next;
  --direction.open;
  unused_bursts_.push_back(burst);
  Transaction& transaction = *burst->transaction;
  transaction.all_exclusive = transaction.all_exclusive && response == Axi4Response::kExOkay;
  if (--transaction.open > 0 || !transaction.splitter.done()) {
    return;
  }
  transaction.status = status_of(transaction.worst);
  if (transaction.extension != nullptr) {
    transaction.extension->exclusive_okay = transaction.all_exclusive;
  }
  active_.erase(std::find(active_.begin(), active_.end(), &transaction));
  finish(transaction);
}

void Axi4ManagerCore::take_write_response(uint32_t id, Axi4Response response) {
  const Burst* const burst = id < writes_.chains.size() ? writes_.chains[id].first : nullptr;
  if (burst == nullptr || burst->beat < burst->part.burst.beats) {
    fail("BVALID with BID " + std::to_string(id) + ", which has no write whose data were all sent");
  }
  burst->transaction->worst = std::max(burst->transaction->worst, response);
  finish_burst(writes_, id, response);
}

void Axi4ManagerCore::take_read_data(uint32_t id, Axi4Response response, bool last, const uint8_t* data) {
  Burst* const burst = id < reads_.chains.size() ? reads_.chains[id].first : nullptr;
  if (burst == nullptr) {
    fail("RVALID with RID " + std::to_string(id) + ", which has no read");
  }
  Payload& payload = *burst->transaction->payload;
  const Axi4Span span = burst->part.span(burst->beat++);
  const uint8_t* const from = data + span.address % limits_.bus_bytes;
  if (payload.get_byte_enable_ptr() == nullptr) {
    std::copy_n(from, span.count, payload.get_data_ptr() + span.index);
  } else {
    for (uint32_t i = 0; i < span.count; ++i) {
      if (enabled(payload, span.index + i)) {
        payload.get_data_ptr()[span.index + i] = from[i];
      }
    }
  }
  burst->transaction->worst = std::max(burst->transaction->worst, response);
  if (last != (burst->beat == burst->part.burst.beats)) {
    fail("RLAST is " + std::to_string(last ? 1 : 0) + " at beat " + std::to_string(burst->beat) + " of " +
         std::to_string(burst->part.burst.beats) + " of RID " + std::to_string(id));
  }
  if (last) {
    finish_burst(reads_, id, response);
  }
}

void Axi4ManagerCore::reset() {
  if (!in_reset_) {
    in_reset_ = true;
    pins_ = Pins();
    for (Direction* const direction : {&writes_, &reads_}) {
      direction->queue.clear();
      direction->open = 0;
      std::fill(direction->chains.begin(), direction->chains.end(), Chain());
    }
    write_data_.clear();
    unused_bursts_.clear();
    for (const auto& burst : all_bursts_) {
      unused_bursts_.push_back(burst.get());
    }
    std::vector<Transaction*> lost = std::move(active_);
    active_.clear();
    lost.insert(lost.end(), accepted_.begin(), accepted_.end());
    accepted_.clear();
    for (Transaction* const transaction : waiting_) {
      ++unanswered_;  // its answer ends the request too
      lost.push_back(transaction);
    }
    waiting_.clear();
    for (Transaction* const transaction : lost) {
      if (transaction->status == tlm::TLM_INCOMPLETE_RESPONSE) {
        transaction->status = tlm::TLM_GENERIC_ERROR_RESPONSE;
      }
      finish(*transaction);
    }
  }
  send_responses();
}

}  // namespace tridex::arch
