#pragma once
#include <optional>
#include <string>
#include <vector>

#include "arch/design/run_result.h"
#include "arch/design/wave_window.h"
#include "arch/own_rtl/work.h"

namespace tridex::arch {

/// What the RTL, or the model of it, did.
struct OwnSide {
  int64_t cycles =
      0;  ///< from the first clock edge out of reset to the end of the last step and of the streams
  DramTraffic traffic;
  int64_t stream_bytes_in = 0, stream_bytes_out = 0;
  double bandwidth = 0;             ///< bytes of memory a second
  std::vector<std::string> reads;   ///< what the work's steps `read` have read
  std::vector<std::string> faults;  ///< everything that is wrong; empty: all is as the work says
};

struct OwnResult {
  PortPlan ports;
  OwnSide rtl;
  std::optional<OwnSide> model;
  double peak_bandwidth = 0;  ///< bytes a second; 0: an ideal memory
  double seconds = 0;         ///< of the simulation, both sides together
  WaveFile waves;             ///< of the RTL
};

/// Simulates a work on the RTL that it names, and on the TLM model of that name if one is compiled in and
/// `model` is true. Once in a process (a SystemC kernel elaborates once). Cycle 0 of `waves` begins with the
/// first clock edge out of reset; a window from 0 on has the reset, too. Errors: an RTL, a stream or pins
/// that are not there, a file of waveforms that cannot be written. What goes wrong in the simulation is in
/// `faults`.
OwnResult run_work(const Work& work, const WaveWindow& waves, bool model);

/// "element 3 at 0x1006 is 5, expected 4; 2 of 8 elements differ", or "" where all is equal. `address`: of
/// the first byte. Bytes that are missing or too many are a difference.
std::string element_difference(const std::vector<uint8_t>& found, const std::vector<uint8_t>& expected,
                               const Element& element, uint64_t address);

}  // namespace tridex::arch
