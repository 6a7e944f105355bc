#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"

#if TRIDEX_RTL_TRACE
#include <verilated_vcd_sc.h>
#endif

namespace tridex::arch {

/// Waveforms of a Verilated top: value change dumps, if they are compiled in (the CMake option
/// TRIDEX_RTL_TRACE).
template <typename Top>
class RtlWaves {
 public:
  ~RtlWaves() {
#if TRIDEX_RTL_TRACE
    if (file_) {
      file_->close();
    }
#endif
  }
  void open([[maybe_unused]] Top& top, const std::string& file) {
    if (std::filesystem::path(file).extension() != ".vcd") {
      fail("{}: waveforms are value change dumps, f.vcd (gtkwave and vcd2fst turn one into another form)",
           file);
    }
#if TRIDEX_RTL_TRACE
    Verilated::traceEverOn(true);
    file_ = std::make_unique<VerilatedVcdSc>();
    constexpr int kAllLevels = 99;
    top.trace(file_.get(), kAllLevels);
    file_->open(file.c_str());
    if (!file_->isOpen()) {
      fail("{}: cannot be written", file);
    }
#else
    fail("{}: waveforms are not compiled in; configure with -DTRIDEX_RTL_TRACE=ON", file);
#endif
  }

 private:
#if TRIDEX_RTL_TRACE
  std::unique_ptr<VerilatedVcdSc> file_;
#endif
};

}  // namespace tridex::arch
