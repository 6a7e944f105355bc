#pragma once
#include <tlm>

#include "arch/dram/channel.h"

namespace tridex::arch {

/// An initiator that wants to know where a run's time in the DRAM went puts this on its payload: it is filled
/// in before BEGIN_RESP. Others need not know of it.
struct RunTimeExtension : tlm::tlm_extension<RunTimeExtension> {
  RunTime time;  ///< in picoseconds
  [[nodiscard]] tlm_extension_base* clone() const override { return new RunTimeExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const RunTimeExtension&>(other);
  }
};

}  // namespace tridex::arch
