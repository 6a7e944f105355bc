#pragma once
#include <string>

#include "base/yaml.h"

namespace tridex::arch {

/// Currents of one DRAM device in mA and its supply in V (names of JEDEC and of data sheets), and how many
/// devices make a channel. All zero where a memory does not give them.
struct DramPower {
  double vdd = 0;
  double idd0 = 0;              ///< activate and precharge, one bank every tRC
  double idd2n = 0;             ///< standby, all banks precharged
  double idd3n = 0;             ///< standby, banks active
  double idd4r = 0, idd4w = 0;  ///< bursts of reads, of writes without a gap
  double idd5b = 0;             ///< refresh, one command every tRFC
  int devices = 0;
  [[nodiscard]] bool known() const { return devices > 0; }
};

/// Reads the keys vdd, idd0, idd2n, idd3n, idd4r, idd4w, idd5b and devices of a memory file, or of a design's
/// own `memory:` map, whose keys replace those of the file. Errors (file:line: key): some but not all of them
/// are known; a current of an activity below that of standby.
void read_dram_power(const Yaml& yaml, DramPower& power);

}  // namespace tridex::arch
