#pragma once
#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/axi4_extension.h"

namespace tridex::test {

/// Sends payloads when a test says so, and notes when their answers come.
class Axi4Initiator : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_initiator_socket<> socket{"socket"};
  struct Sent : tlm::tlm_mm_interface {
    tlm::tlm_generic_payload payload{this};
    arch::Axi4Extension extension;
    std::vector<uint8_t> data;
    bool accepted = false, answered = false;  ///< END_REQ, BEGIN_RESP
    sc_core::sc_time accepted_at, answered_at;
    Sent() { payload.acquire(); }
    ~Sent() override { payload.clear_extension(&extension); }  // else the payload would delete it
    void free(tlm::tlm_generic_payload*) override {}
  };

  explicit Axi4Initiator(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }
  Sent& make(bool write, uint64_t address, unsigned length) {
    sent_.push_back(std::make_unique<Sent>());
    Sent& sent = *sent_.back();
    sent.data.assign(length, write ? 0x5a : 0);
    sent.payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    sent.payload.set_address(address);
    sent.payload.set_data_ptr(sent.data.data());
    sent.payload.set_data_length(length);
    sent.payload.set_streaming_width(length);
    return sent;
  }
  tlm::tlm_sync_enum send(Sent& sent) {
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum answer = socket->nb_transport_fw(sent.payload, phase, delay);
    if (answer == tlm::TLM_UPDATED) {
      sent.accepted = true;
      sent.accepted_at = sc_core::sc_time_stamp();
    }
    return answer;
  }
  Sent& send(bool write, uint64_t address, unsigned length) {
    Sent& sent = make(write, address, length);
    send(sent);
    return sent;
  }

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) override {
    for (const auto& sent : sent_) {
      if (&sent->payload == &payload) {
        (phase == tlm::END_REQ ? sent->accepted : sent->answered) = true;
        (phase == tlm::END_REQ ? sent->accepted_at : sent->answered_at) = sc_core::sc_time_stamp();
      }
    }
    return phase == tlm::END_REQ ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  std::vector<std::unique_ptr<Sent>> sent_;
};

}  // namespace tridex::test
