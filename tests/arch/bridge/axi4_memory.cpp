#include "axi4_memory.h"

#include <algorithm>

namespace tridex::test {

void access_bytes(tlm::tlm_generic_payload& payload, uint64_t base, uint8_t* bytes) {
  uint8_t* const data = payload.get_data_ptr();
  const uint8_t* const enables = payload.get_byte_enable_ptr();
  const unsigned length = payload.get_data_length(), width = payload.get_streaming_width();
  uint8_t* const first = bytes + (payload.get_address() - base);
  if (enables == nullptr && width >= length) {
    payload.is_read() ? std::copy_n(first, length, data) : std::copy_n(data, length, first);
    return;
  }
  for (unsigned i = 0; i < length; ++i) {
    if (enables == nullptr || enables[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED) {
      (payload.is_read() ? data[i] = first[i % width] : first[i % width] = data[i]);
    }
  }
}

Axi4Memory::Axi4Memory(const sc_core::sc_module_name& name, uint64_t base, size_t bytes_count,
                       const Timing& timing)
    : sc_module(name), bytes(bytes_count), base_(base), timing_(timing), random_(timing.seed) {
  socket.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  if (!timing.at_once) {
    SC_METHOD(tick);
    sensitive << aclk.neg();  // between the bridges' edges
    dont_initialize();
  }
}

void Axi4Memory::access(tlm::tlm_generic_payload& payload) {
  ++requests;
  if (auto* const extension = payload.get_extension<arch::Axi4Extension>(); extension != nullptr) {
    extension->exclusive_okay = extension->lock && grants_exclusive;
    last = *extension;
  }
  const uint64_t offset = payload.get_address() - base_;
  const uint64_t end = offset + std::min(payload.get_data_length(), payload.get_streaming_width());
  if (end <= bytes.size()) {
    access_bytes(payload, base_, bytes.data());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  } else if (offset >= bytes.size() && end <= bytes.size() + kErrorBytes) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
}

tlm::tlm_sync_enum Axi4Memory::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                               sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) {
    return tlm::TLM_COMPLETED;
  }
  access(payload);
  if (timing_.at_once) {
    if (holds) {
      payload.acquire();
      phase = tlm::END_REQ;
      return tlm::TLM_UPDATED;
    }
    return tlm::TLM_COMPLETED;
  }
  const auto later = static_cast<unsigned>(pick(timing_.latest + 1));
  switch (pick(8)) {
    case 0:
      delay += sc_core::sc_time(0.7 * later, sc_core::SC_NS);
      return tlm::TLM_COMPLETED;
    case 1:
      delay += sc_core::sc_time(0.7 * later, sc_core::SC_NS);
      phase = tlm::BEGIN_RESP;
      return tlm::TLM_UPDATED;
    case 2:
      payload.acquire();
      jobs_.push_back({&payload, true, later});
      return tlm::TLM_ACCEPTED;
    default:
      payload.acquire();
      jobs_.push_back({&payload, false, later});
      phase = tlm::END_REQ;
      return tlm::TLM_UPDATED;
  }
}

void Axi4Memory::tick() {
  for (size_t i = 0; i < jobs_.size();) {
    Job& job = jobs_[i];
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if (job.clocks > 0) {
      --job.clocks;
      if (job.requesting && pick(2) == 0) {
        job.requesting = false;
        socket->nb_transport_bw(*job.payload, phase, delay);
      }
      ++i;
      continue;
    }
    tlm::tlm_generic_payload& payload = *job.payload;
    reordered += i > 0 ? 1 : 0;
    jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
    phase = tlm::BEGIN_RESP;
    delay = sc_core::sc_time(0.7 * static_cast<double>(pick(3)), sc_core::SC_NS);
    socket->nb_transport_bw(payload, phase, delay);
    payload.release();
  }
}

}  // namespace tridex::test
