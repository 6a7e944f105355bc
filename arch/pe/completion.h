#pragma once
#include <cstdint>
#include <systemc>

namespace tridex::arch {

/// What a unit tells the controller when a command is done (an interrupt line with its tag).
class CompletionIf : public virtual sc_core::sc_interface {
 public:
  /// `start` and `end`: when the unit began and finished the work, end being now.
  virtual void completed(int32_t tag, const sc_core::sc_time& start, const sc_core::sc_time& end) = 0;
};

}  // namespace tridex::arch
