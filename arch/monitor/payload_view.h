#pragma once
#include <cstdint>
#include <tlm>

namespace tridex::arch {

/// What nobody may change while a payload is under way, as it was when the initiator handed it over.
class PayloadView {
 public:
  PayloadView() = default;
  explicit PayloadView(const tlm::tlm_generic_payload& payload);

  /// The first attribute that is no longer what it was; null where none has changed.
  [[nodiscard]] const char* changed(const tlm::tlm_generic_payload& payload, bool address_may_change) const;
  /// Of a write: are other bytes to be written now? The bytes themselves are not kept, only a hash.
  [[nodiscard]] bool other_data(const tlm::tlm_generic_payload& payload) const;

 private:
  tlm::tlm_command command_ = tlm::TLM_IGNORE_COMMAND;
  uint64_t address_ = 0;
  const unsigned char* data_ = nullptr;
  const unsigned char* byte_enables_ = nullptr;
  unsigned length_ = 0, byte_enable_length_ = 0, streaming_width_ = 0;
  uint64_t data_hash_ = 0;
};

}  // namespace tridex::arch
