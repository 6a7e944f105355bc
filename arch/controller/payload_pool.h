#pragma once
#include <memory>
#include <tlm>
#include <vector>

namespace tridex::arch {

/// Memory manager of generic payloads: acquire() gives one with a reference count of 1 that comes back on its
/// last release().
class PayloadPool : public tlm::tlm_mm_interface {
 public:
  tlm::tlm_generic_payload* acquire() {
    if (unused_.empty()) {
      all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
      unused_.push_back(all_.back().get());
    }
    tlm::tlm_generic_payload* payload = unused_.back();
    unused_.pop_back();
    payload->acquire();
    return payload;
  }
  void free(tlm::tlm_generic_payload* payload) override {
    payload->reset();
    unused_.push_back(payload);
  }

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> unused_;
};

}  // namespace tridex::arch
