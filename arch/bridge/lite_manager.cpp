#include "arch/bridge/lite_manager.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace tridex::arch {

static_assert(std::endian::native == std::endian::little, "lane 0 is the first byte of a word in memory");

LiteManagerBase::LiteManagerBase(const sc_core::sc_module_name& module_name, int data_bits, int address_bits,
                                 const LiteManagerOptions& options)
    : sc_module(module_name),
      word_bytes_(static_cast<unsigned>(data_bits) / 8),
      last_address_(~uint64_t{0} >> (64 - address_bits)),
      options_(options),
      stall_(options.stall, options.seed) {
  if (options.outstanding < 1 || options.queue < 1 || options.protection > 7) {
    throw std::invalid_argument(std::string(name()) +
                                ": outstanding and queue are 1 or more, protection is 0 to 7");
  }
  SC_HAS_PROCESS(LiteManagerBase);
  SC_METHOD(on_edge);
  sensitive << aclk.pos();
  dont_initialize();
}

tlm::tlm_response_status LiteManagerBase::check(const Payload& payload) const {
  const uint64_t width = std::min(payload.get_streaming_width(), payload.get_data_length());
  if (width == 0) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (payload.get_address() > last_address_ || width - 1 > last_address_ - payload.get_address()) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  return payload.get_data_ptr() == nullptr ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE;
}

/// Null where the payload is over at once: an error, or nothing to do.
LiteManagerBase::Transaction* LiteManagerBase::open(Payload& payload, const sc_core::sc_time& due,
                                                    bool blocking) {
  payload.set_dmi_allowed(false);
  if (!payload.is_read() && !payload.is_write()) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return nullptr;
  }
  const tlm::tlm_response_status status = check(payload);
  const unsigned words = status == tlm::TLM_OK_RESPONSE ? count_lite_words(payload, word_bytes_) : 0;
  if (words == 0) {
    payload.set_response_status(status);
    return nullptr;
  }
  if (unused_.empty()) {
    all_.push_back(std::make_unique<Transaction>());
    unused_.push_back(all_.back().get());
  }
  Transaction* const transaction = unused_.back();
  unused_.pop_back();
  transaction->payload = &payload;
  transaction->blocking = blocking;
  transaction->begun = false;
  transaction->due = due;
  transaction->order = orders_++;
  transaction->words = words;
  transaction->answered = 0;
  transaction->address_words = transaction->data_words = transaction->answer_words = LiteWords();
  transaction->status = tlm::TLM_OK_RESPONSE;
  (payload.is_write() ? writes_ : reads_).open.push_back(transaction);
  return transaction;
}

void LiteManagerBase::b_transport(Payload& payload, sc_core::sc_time& delay) {
  Transaction* const transaction = open(payload, sc_core::sc_time_stamp() + delay, true);
  if (transaction == nullptr) {
    return;
  }
  sc_core::wait(transaction->finished);
  delay = sc_core::SC_ZERO_TIME;
  payload.set_response_status(transaction->status);
  unused_.push_back(transaction);
}

tlm::tlm_sync_enum LiteManagerBase::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                                    sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) {
    if (responding_ != nullptr && responding_->payload == &payload) {
      unused_.push_back(responding_);
      responding_ = nullptr;
      payload.release();
    }
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) {
    return tlm::TLM_ACCEPTED;
  }
  Transaction* const transaction = open(payload, sc_core::sc_time_stamp() + delay, false);
  if (transaction == nullptr) {
    return tlm::TLM_COMPLETED;
  }
  payload.acquire();
  if (queued_ < options_.queue && withheld_ == nullptr) {
    ++queued_;
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  withheld_ = transaction;
  return tlm::TLM_ACCEPTED;
}

bool LiteManagerBase::get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) {
  dmi.init();
  dmi.set_start_address(0);
  dmi.set_end_address(~uint64_t{0});
  return false;
}

bool LiteManagerBase::may_begin(const Transaction& transaction, const Direction& other) const {
  const auto width = [](const Payload& payload) {
    return uint64_t{std::min(payload.get_streaming_width(), payload.get_data_length())};
  };
  const Payload& mine = *transaction.payload;
  for (const Transaction* older : other.open) {
    if (older->order > transaction.order) {
      break;
    }
    const Payload& theirs = *older->payload;
    if (mine.get_address() <= theirs.get_address() + width(theirs) - 1 &&
        theirs.get_address() <= mine.get_address() + width(mine) - 1) {
      return false;
    }
  }
  return true;
}

/// The word that is next on a direction's address or data channel, and whose it is; false where there is
/// none.
bool LiteManagerBase::offer(Direction& direction, const Direction& other, bool data, LiteWord& word,
                            const Payload*& of) {
  size_t& at = data ? direction.data_at : direction.address_at;
  uint64_t& offered = data ? direction.data : direction.addresses;
  while (at < direction.open.size()) {
    Transaction& transaction = *direction.open[at];
    if (transaction.due >= sc_core::sc_time_stamp() ||
        offered - direction.answers >= static_cast<uint64_t>(options_.outstanding) ||
        (!transaction.begun && !may_begin(transaction, other))) {
      return false;
    }
    LiteWords& words = data ? transaction.data_words : transaction.address_words;
    if (words.next(*transaction.payload, word_bytes_, word)) {
      transaction.begun = true;
      of = transaction.payload;
      ++offered;
      return true;
    }
    ++at;
  }
  return false;
}

void LiteManagerBase::offer_all() {
  LiteWord word;
  const Payload* payload = nullptr;
  if (!pins_.awvalid && !stall_() && offer(writes_, reads_, false, word, payload)) {
    pins_.awvalid = true;
    pins_.awaddr = word.address;
  }
  if (!pins_.wvalid && !stall_() && offer(writes_, reads_, true, word, payload)) {
    pins_.wvalid = true;
    pins_.wstrb = word.strobe;
    pins_.wdata = 0;
    std::memcpy(reinterpret_cast<uint8_t*>(&pins_.wdata) + word.lane, payload->get_data_ptr() + word.offset,
                word.bytes);
  }
  if (!pins_.arvalid && !stall_() && offer(reads_, writes_, false, word, payload)) {
    pins_.arvalid = true;
    pins_.araddr = word.address;
  }
}

/// One word of the oldest transaction. An answer to nothing is left to the checkers.
void LiteManagerBase::answer(Direction& direction, uint32_t response, const uint64_t* data) {
  const uint64_t offered =
      data != nullptr ? direction.addresses : std::min(direction.addresses, direction.data);
  if (direction.answers >= offered) {
    return;
  }
  ++direction.answers;
  Transaction& transaction = *direction.open.front();
  if (response >= kRespSlverr && transaction.status == tlm::TLM_OK_RESPONSE) {
    transaction.status =
        response == kRespDecerr ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
  LiteWord word;
  if (data != nullptr && transaction.answer_words.next(*transaction.payload, word_bytes_, word)) {
    for (unsigned i = 0; i < word.bytes && response < kRespSlverr; ++i) {
      if ((word.strobe >> (word.lane + i) & 1) != 0) {
        transaction.payload->get_data_ptr()[word.offset + i] =
            static_cast<uint8_t>(*data >> (8 * (word.lane + i)));
      }
    }
  }
  if (++transaction.answered == transaction.words) {
    direction.open.pop_front();
    direction.address_at -= direction.address_at > 0 ? 1 : 0;
    direction.data_at -= direction.data_at > 0 ? 1 : 0;
    finish(transaction);
  }
}

void LiteManagerBase::finish(Transaction& transaction) {
  if (transaction.blocking) {
    transaction.finished.notify(sc_core::SC_ZERO_TIME);
  } else {
    responses_.push_back(&transaction);
  }
}

void LiteManagerBase::end_requests() {
  if (withheld_ != nullptr && queued_ < options_.queue && withheld_->due < sc_core::sc_time_stamp()) {
    Payload& payload = *withheld_->payload;
    withheld_ = nullptr;
    ++queued_;
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay;
    backward().nb_transport_bw(payload, phase, delay);
  }
}

void LiteManagerBase::respond() {
  while (responding_ == nullptr && !responses_.empty()) {
    Transaction& transaction = *responses_.front();
    responses_.pop_front();
    if (withheld_ == &transaction) {  // BEGIN_RESP says END_REQ, too
      withheld_ = nullptr;
    } else {
      --queued_;
    }
    responding_ = &transaction;
    Payload& payload = *transaction.payload;
    payload.set_response_status(transaction.status);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay;
    const tlm::tlm_sync_enum answer = backward().nb_transport_bw(payload, phase, delay);
    const bool ended = answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP);
    if (ended && responding_ == &transaction) {
      responding_ = nullptr;
      unused_.push_back(&transaction);
      payload.release();
    }
  }
}

void LiteManagerBase::reset() {
  for (Direction* direction : {&writes_, &reads_}) {
    while (!direction->open.empty() && direction->open.front()->begun) {
      Transaction& transaction = *direction->open.front();
      direction->open.pop_front();
      transaction.status = tlm::TLM_GENERIC_ERROR_RESPONSE;
      finish(transaction);
    }
    direction->address_at = direction->data_at = 0;
    direction->addresses = direction->data = direction->answers = 0;
  }
  pins_ = LiteValues();
}

void LiteManagerBase::on_edge() {
  sample(pins_);
  if (!aresetn.read()) {
    reset();
  } else {
    pins_.awvalid = pins_.awvalid && !pins_.awready;
    pins_.wvalid = pins_.wvalid && !pins_.wready;
    pins_.arvalid = pins_.arvalid && !pins_.arready;
    if (pins_.bvalid && pins_.bready) {
      answer(writes_, pins_.bresp, nullptr);
    }
    if (pins_.rvalid && pins_.rready) {
      answer(reads_, pins_.rresp, &pins_.rdata);
    }
    offer_all();
    pins_.awprot = pins_.arprot = options_.protection;
    pins_.bready = !stall_();
    pins_.rready = !stall_();
  }
  drive(pins_);
  respond();
  end_requests();
}

}  // namespace tridex::arch
