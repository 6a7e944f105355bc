#pragma once
#include "explore/sweep/sweep.h"

namespace tridex::explore {

/// Tells before anything is quantized what a value of an axis over recipe.* or network.* does. Error, with
/// the axis' line and the value: one of the sweep's networks does not accept it (a width out of range, a name
/// that no layer has), neither alone nor beside the first values of the other axes; or no capabilities that
/// the designs have (all values of axes over them crossed) can compute any of the networks with it, where
/// they can with another value of the axis.
void check_network_axes(const Sweep& sweep);

}  // namespace tridex::explore
