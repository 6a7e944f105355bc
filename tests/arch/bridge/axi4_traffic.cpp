#include "axi4_traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace tridex::test {
namespace {

constexpr uint32_t kMostBytes = 6000;
constexpr int kThreads = 3;

}  // namespace

Axi4Traffic::Axi4Traffic(const sc_core::sc_module_name& name, const Config& config,
                         std::vector<uint8_t> bytes)
    : sc_module(name),
      config_(config),
      random_(config.seed),
      model_(std::move(bytes)),
      touched_(model_.size()) {
  socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  for (unsigned i = 0; i < config.slots; ++i) {
    slots_.push_back(std::make_unique<Slot>());
    Slot& slot = *slots_.back();
    slot.data.resize(kMostBytes);
    slot.expected.resize(kMostBytes);
    slot.enables.resize(kMostBytes);
  }
  SC_METHOD(tick);
  sensitive << aclk.pos();
  dont_initialize();
  for (int i = 0; i < kThreads; ++i) {
    sc_core::sc_spawn([this] { block(); });
  }
}

void Axi4Traffic::place(Slot& slot, uint32_t length) {
  uint64_t offset = pick(model_.size() - length + 1);
  slot.status = tlm::TLM_OK_RESPONSE;
  if (config_.errors && pick(40) == 0) {
    const bool slave = pick(2) == 0;
    ++shapes_[slave ? "slave error" : "decode error"];
    offset =
        model_.size() + (slave ? 0 : Axi4Memory::kErrorBytes) + pick(Axi4Memory::kErrorBytes - length + 1);
    slot.status = slave ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  slot.payload.set_address(config_.base + offset);
}

void Axi4Traffic::shape(Slot& slot) {
  const uint32_t bus = config_.bus_bytes;
  tlm::tlm_generic_payload& payload = slot.payload;
  const uint64_t kind = pick(100);
  auto length = static_cast<uint32_t>(1 + pick(kind < 60 ? 2 * bus : 16 * bus));
  if (kind >= 98) {
    length = static_cast<uint32_t>(1 + pick(kMostBytes));
  }
  length = std::min(length, kMostBytes);
  arch::Axi4Extension& extension = slot.extension;
  extension = arch::Axi4Extension();
  const bool extended = pick(3) == 0;
  if (extended) {
    extension.id = pick(2) == 0 ? arch::Axi4Extension::kAnyId : static_cast<uint32_t>(pick(config_.ids));
    extension.bytes_per_beat = pick(2) == 0 ? 0 : 1U << pick(std::bit_width(bus));
    extension.prot = static_cast<uint8_t>(pick(8));
    extension.qos = static_cast<uint8_t>(pick(16));
    extension.region = static_cast<uint8_t>(pick(16));
    length = extension.bytes_per_beat != 0 ? std::min(length, 300 * extension.bytes_per_beat) : length;
  }
  uint32_t width = length;
  if (extended && pick(3) == 0) {
    ++shapes_["wrap"];
    extension.bytes_per_beat = 1U << pick(std::bit_width(bus));
    length = width = extension.bytes_per_beat << (1 + pick(4));
    place(slot, 2 * length);
    payload.set_address((payload.get_address() + length - 1) / length * length);
    extension.wrap = true;
    extension.wrap_first =
        payload.get_address() + pick(length / extension.bytes_per_beat) * extension.bytes_per_beat;
  } else {
    if (pick(8) == 0) {
      ++shapes_["streaming"];
      width = static_cast<uint32_t>(1 + pick(pick(3) == 0 ? 2 * bus : std::min(bus, 16U)));
      length = std::min(length, 40 * width);
    }
    place(slot, length);
  }
  payload.set_data_length(length);
  payload.set_streaming_width(std::max(width, 1U));
  payload.set_extension(extended ? &extension : nullptr);
}

void Axi4Traffic::make(Slot& slot) {
  slot.busy = true;
  ++sent_;
  ++open_;
  tlm::tlm_generic_payload& payload = slot.payload;
  shape(slot);
  const uint32_t length = payload.get_data_length();
  payload.set_command(pick(2) == 0 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
  payload.set_data_ptr(slot.data.data());
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_dmi_allowed(false);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_byte_enable_length(0);
  ++shapes_[payload.is_read() ? "read" : "write"];
  if (pick(4) == 0) {
    ++shapes_["byte enables"];
    const auto count = static_cast<uint32_t>(1 + pick(pick(2) == 0 ? 8 : length));
    for (uint32_t i = 0; i < count; ++i) {
      slot.enables[i] = pick(4) == 0 ? TLM_BYTE_DISABLED : TLM_BYTE_ENABLED;
    }
    payload.set_byte_enable_ptr(slot.enables.data());
    payload.set_byte_enable_length(count);
  }
  uint64_t bits = 0;
  for (uint32_t i = 0; i < length; ++i) {
    bits = i % 8 == 0 ? random_() : bits >> 8;
    slot.data[i] = static_cast<uint8_t>(bits);
  }
  std::copy_n(slot.data.data(), length, slot.expected.data());
  if (slot.status == tlm::TLM_OK_RESPONSE) {
    payload.set_data_ptr(slot.expected.data());
    access_bytes(payload, config_.base, model_.data());
    payload.set_data_ptr(slot.data.data());
  }
}

void Axi4Traffic::end(Slot& slot) {
  const tlm::tlm_generic_payload& payload = slot.payload;
  slot.busy = false;
  --open_;
  if (reset_ && payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE) {
    ++lost_;
    if (payload.is_write() && slot.status == tlm::TLM_OK_RESPONSE) {
      std::fill_n(touched_.begin() + static_cast<std::ptrdiff_t>(payload.get_address() - config_.base),
                  std::min(payload.get_data_length(), payload.get_streaming_width()), uint8_t{1});
    }
    return;
  }
  if (payload.get_response_status() != slot.status) {
    wrong_ +=
        fmt::format("address {:#x}, {} bytes: {} and not {}\n", payload.get_address(),
                    payload.get_data_length(), payload.get_response_string(), static_cast<int>(slot.status));
  } else if (slot.status == tlm::TLM_OK_RESPONSE &&
             !std::equal(slot.data.data(), slot.data.data() + payload.get_data_length(),
                         slot.expected.data())) {
    wrong_ += fmt::format("{}: {} of {} bytes at {:#x}, streaming width {}: other data\n",
                          sc_core::sc_time_stamp().to_string(), payload.is_read() ? "read" : "write",
                          payload.get_data_length(), payload.get_address(), payload.get_streaming_width());
  }
}

void Axi4Traffic::begin(Slot& slot) {
  make(slot);
  ++shapes_["nb_transport"];
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = pick(2) == 0 ? sc_core::SC_ZERO_TIME : some_delay();
  requesting_ = &slot;
  const tlm::tlm_sync_enum answer = socket->nb_transport_fw(slot.payload, phase, delay);
  if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    requesting_ = nullptr;
    request_free_ = sc_core::sc_time_stamp() + delay;
  } else if (answer == tlm::TLM_ACCEPTED) {
    ++shapes_["END_REQ later"];
  } else {
    wrong_ += "an answer to BEGIN_REQ that no Axi4Manager gives\n";
  }
}

void Axi4Traffic::tick() {
  if (ending_ != nullptr && end_at_ <= sc_core::sc_time_stamp()) {
    ++shapes_["END_RESP by call"];
    Slot& slot = *ending_;
    ending_ = nullptr;
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay = some_delay();
    socket->nb_transport_fw(slot.payload, phase, delay);
    end(slot);
  }
  if (!may_send() || pick(8) == 0) {
    return;
  }
  for (const auto& slot : slots_) {
    if (requesting_ != nullptr || request_free_ > sc_core::sc_time_stamp()) {
      return;
    }
    if (!slot->busy && may_send()) {
      begin(*slot);
    }
  }
}

tlm::tlm_sync_enum Axi4Traffic::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                sc_core::sc_time& delay) {
  if (requesting_ != nullptr && &requesting_->payload == &payload) {
    requesting_ = nullptr;
    request_free_ = sc_core::sc_time_stamp() + delay;
  }
  if (phase == tlm::END_REQ) {
    return tlm::TLM_ACCEPTED;
  }
  Slot& slot = static_cast<Slot&>(*std::find_if(slots_.begin(), slots_.end(), [&](const auto& candidate) {
                                     return &candidate->payload == &payload;
                                   })->get());
  switch (pick(3)) {
    case 0:
      end(slot);
      return tlm::TLM_COMPLETED;
    case 1:
      phase = tlm::END_RESP;
      delay += some_delay();
      end(slot);
      return tlm::TLM_UPDATED;
    default:
      ending_ = &slot;
      end_at_ = sc_core::sc_time_stamp() + delay + some_delay();
      return tlm::TLM_ACCEPTED;
  }
}

void Axi4Traffic::block() {
  Slot slot;
  slot.data.resize(kMostBytes);
  slot.expected.resize(kMostBytes);
  slot.enables.resize(kMostBytes);
  for (;;) {
    sc_core::wait(sc_core::sc_time(0.5 * static_cast<double>(1 + pick(80)), sc_core::SC_NS));
    if (!may_send()) {
      continue;
    }
    make(slot);
    ++shapes_["b_transport"];
    sc_core::sc_time delay = pick(2) == 0 ? sc_core::SC_ZERO_TIME : some_delay();
    socket->b_transport(slot.payload, delay);
    end(slot);
  }
}

std::string Axi4Traffic::run() {
  constexpr double kStepNs = 4000;
  for (uint64_t before = 0, idle = 0; !done() && idle < 10 && wrong_.empty(); before = sent_) {
    sc_core::sc_start(kStepNs, sc_core::SC_NS);
    idle = sent_ == before ? idle + 1 : 0;
  }
  sc_core::sc_start(40, sc_core::SC_NS);
  if (!done()) {
    wrong_ += fmt::format("{} sent of {}, {} open\n", sent_, config_.transactions, open_);
  }
  return wrong_;
}

void Axi4Traffic::resume(const std::vector<uint8_t>& bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (model_[i] != bytes[i] && touched_[i] == 0) {
      wrong_ += fmt::format("byte {:#x} differs, and no write of it was lost\n", i);
    }
  }
  model_ = bytes;
  std::fill(touched_.begin(), touched_.end(), uint8_t{0});
  paused_ = reset_ = false;
}

}  // namespace tridex::test
