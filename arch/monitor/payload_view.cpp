#include "arch/monitor/payload_view.h"

namespace tridex::arch {
namespace {

/// FNV-1a (Fowler, Noll, Vo; offset basis and prime of its 64-bit form) of a write's data.
uint64_t hash_of(const tlm::tlm_generic_payload& payload) {
  uint64_t hash = 0xcbf29ce484222325;
  if (payload.is_write() && payload.get_data_ptr() != nullptr) {
    for (unsigned i = 0; i < payload.get_data_length(); ++i) {
      hash = (hash ^ payload.get_data_ptr()[i]) * 0x100000001b3;
    }
  }
  return hash;
}

}  // namespace

PayloadView::PayloadView(const tlm::tlm_generic_payload& payload)
    : command_(payload.get_command()),
      address_(payload.get_address()),
      data_(payload.get_data_ptr()),
      byte_enables_(payload.get_byte_enable_ptr()),
      length_(payload.get_data_length()),
      byte_enable_length_(payload.get_byte_enable_length()),
      streaming_width_(payload.get_streaming_width()),
      data_hash_(hash_of(payload)) {}

const char* PayloadView::changed(const tlm::tlm_generic_payload& payload, bool address_may_change) const {
  if (payload.get_command() != command_) {
    return "the command";
  }
  if (payload.get_address() != address_ && !address_may_change) {
    return "the address";
  }
  if (payload.get_data_ptr() != data_) {
    return "the data pointer";
  }
  if (payload.get_data_length() != length_) {
    return "the data length";
  }
  if (payload.get_byte_enable_ptr() != byte_enables_) {
    return "the byte enable pointer";
  }
  if (payload.get_byte_enable_length() != byte_enable_length_) {
    return "the byte enable length";
  }
  if (payload.get_streaming_width() != streaming_width_) {
    return "the streaming width";
  }
  return nullptr;
}

bool PayloadView::other_data(const tlm::tlm_generic_payload& payload) const {
  return hash_of(payload) != data_hash_;
}

}  // namespace tridex::arch
