#pragma once
#include <cstdint>
#include <tlm>

namespace tridex::test {

/// A pool of payloads: counts those that are in use.
class PayloadPool : public tlm::tlm_mm_interface {
 public:
  tlm::tlm_generic_payload* make(bool write, uint64_t address, uint8_t* data, unsigned length) {
    auto* payload = new tlm::tlm_generic_payload(this);
    payload->acquire();
    payload->set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload->set_address(address);
    payload->set_data_ptr(data);
    payload->set_data_length(length);
    payload->set_streaming_width(length);
    payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    ++in_use;
    return payload;
  }
  void free(tlm::tlm_generic_payload* payload) override {
    --in_use;
    delete payload;
  }
  int in_use = 0;
};

}  // namespace tridex::test
