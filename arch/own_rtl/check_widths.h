#pragma once
#include <span>
#include <string>
#include <vector>

#include "arch/own_rtl/interfaces.h"

namespace tridex::arch {

/// Adds a line for every pin of the interface that is of another width than the bus wants. Missing pins are
/// no fault here.
void check_widths(std::span<const Port> ports, const Interface& interface, std::vector<std::string>& faults);

}  // namespace tridex::arch
