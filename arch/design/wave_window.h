#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"

namespace tridex::arch {

/// Which cycles of a run have waveforms, and where they go.
struct WaveWindow {
  std::string file;               ///< a value change dump; empty: none
  int64_t from = 0;               ///< the first cycle in it
  std::optional<int64_t> cycles;  ///< how many of them, one at least; none: to the end

  /// The cycles `margin` before and behind `cycle`, and `cycle` itself; none before 0.
  [[nodiscard]] static WaveWindow around(const std::string& file, int64_t cycle, int64_t margin) {
    const int64_t from = cycle > margin ? cycle - margin : 0;
    return {file, from, cycle + margin + 1 - from};
  }
  [[nodiscard]] bool holds(int64_t cycle) const {
    return !file.empty() && cycle >= from && (!cycles || cycle - from < *cycles);
  }
  /// Error: the file's name has another ending than .vcd.
  void check_name() const {
    if (!file.empty() && std::filesystem::path(file).extension() != ".vcd") {
      fail("{}: waveforms are value change dumps, f.vcd (gtkwave and vcd2fst turn one into another form)",
           file);
    }
  }
};

/// What became of a window.
struct WaveFile {
  std::string engine, file;
  bool written = false;   ///< the engine's clock had an edge in the window
  bool replaced = false;  ///< there was a file of that name
};

}  // namespace tridex::arch
