#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// What one engine did.
struct EngineActivity {
  int64_t macs = 0, results = 0, quotients = 0;  ///< quotients are results too
};

/// What a run did that takes energy: counts of all its frames.
struct Activity {
  std::vector<EngineActivity> engines;    ///< in the order of DesignPoint::engines
  int64_t vector_elements = 0;            ///< made by the vector unit
  std::array<int64_t, 3> buffer_bytes{};  ///< read and written, by BufferId: input, weight, output
  int64_t dram_read_bytes = 0, dram_write_bytes = 0;
  int64_t row_misses = 0;  ///< rows that were opened (activate and precharge)
  int64_t refreshes = 0;   ///< of all channels
};

/// Energy by where it goes, in mJ. A row's name is that of RunResult::energy_items.
struct Energy {
  double mac = 0, post = 0;
  double input_buffer = 0, weight_buffer = 0, output_buffer = 0;
  double dram_activate = 0, dram_read = 0, dram_write = 0, dram_refresh = 0, dram_background = 0;
  double static_ = 0, clock = 0;
  [[nodiscard]] std::vector<std::pair<std::string, double>> items() const;
  [[nodiscard]] double total() const;
};

/// Why there is no energy for a design ("memory 'hbm2' gives no currents (vdd, idd0, ..., devices)"); empty
/// where there is. What is missing is not guessed.
std::string energy_gap(const DesignPoint& design);

/// The energy of a run of so many seconds. A design with an energy_gap() is a std::logic_error.
///
/// * Logic: each use of a part takes the energy of its DSPs and LUTs, which are those of estimate_cost: a MAC
/// its share
///   of a packed DSP and of the sums (in a systolic array, of its column's memory of sums), a result (and
///   quotient) a post-processing lane (and divider), an element a vector lane. Clock: flip-flops, every
///   cycle.
/// * Buffers: bytes through their ports, by block RAM or UltraRAM.
/// * DRAM, by Micron's power calculation (TN-41-01, TN-40-07), devices of all channels:
///     activate    VDD (IDD0 tRC - IDD3N tRAS - IDD2N (tRC - tRAS)), for each row opened
///     read        VDD (IDD4R - IDD3N) for each burst's clocks; write the same with IDD4W
///     refresh     VDD (IDD5B - IDD3N) tRFC
///     background  VDD IDD3N all the time: rows stay open; power-down is not modelled
///   without the interface (drivers and termination), VPP and the controller.
/// * Static: the device's (static_w), programmable logic alone, at room temperature.
/// The processor system beside it is not in it.
///
/// The constants of logic and buffers (energy.cpp) are derived from published figures of other technologies
/// and are not validated by a measurement: good to a factor of two or three; they are for comparing designs.
Energy estimate_energy(const DesignPoint& design, const Activity& activity, double seconds);

}  // namespace tridex::arch
