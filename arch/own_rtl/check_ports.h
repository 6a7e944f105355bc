#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arch/own_rtl/interfaces.h"

namespace tridex::arch {

/// Pins without a bus, as a work file names them; those that it does not name are found by their usual names.
struct PinNames {
  std::optional<std::string> clock, reset, interrupt;
  std::optional<bool> reset_active_high;
};

/// What each port of a module is bound to.
struct PortPlan {
  Interfaces interfaces;
  std::vector<std::string> clocks, resets;  ///< at least one clock
  bool reset_active_high = false;
  std::string interrupt;                        ///< empty: none
  std::vector<std::string> held_low, not_read;  ///< inputs and outputs that nothing knows
};

/// Looks at the ports of the module `module`. Throws Error that lists every fault: of each interface the pins
/// that were expected and are not there, with the nearest port that is there, pins of another width or
/// direction, and interfaces that cannot be served; and that there is no clock.
PortPlan plan_ports(std::string_view module, std::span<const Port> ports, const PinNames& names);

}  // namespace tridex::arch
