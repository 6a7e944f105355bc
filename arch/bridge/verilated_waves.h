#pragma once
#include <verilated_vcd_sc.h>

#include <memory>
#include <string>

namespace tridex::arch {

/// Waveforms of a Verilated top, which was made with --trace: value change dumps.
template <typename Top>
class VerilatedWaves {
 public:
  ~VerilatedWaves() { close(); }
  /// Once, after elaboration; from the end of this time step on. False: the file cannot be written.
  [[nodiscard]] bool open(Top& top, const std::string& file) {
    Verilated::traceEverOn(true);
    file_ = std::make_unique<VerilatedVcdSc>();
    constexpr int kAllLevels = 99;
    top.trace(file_.get(), kAllLevels);
    file_->open(file.c_str());
    return file_->isOpen();
  }
  /// This time step and later ones are not in the file.
  void close() {
    if (file_) {
      file_->close();
    }
  }

 private:
  std::unique_ptr<VerilatedVcdSc> file_;
};

}  // namespace tridex::arch
