#pragma once
#include <string>
#include <vector>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// What a program is made for: perhaps a smaller machine than the one that runs it.
struct Machine {
  DesignPoint design;
  std::string smaller;  ///< what it has less of; empty: nothing
};

/// The machine with half of one resource, for each that can be halved; of its buffers too if `buffers`.
std::vector<Machine> halved_machines(const Machine& machine, bool buffers);

/// The design itself, with halves and quarters of its buffers in every combination, and with half of one
/// other resource each.
std::vector<Machine> smaller_machines(const DesignPoint& design);

}  // namespace tridex::arch
