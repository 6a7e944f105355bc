#pragma once
#include "explore/sweep/sweep.h"

namespace tridex::explore {

/// Tells before anything is quantized what a value of an axis over recipe.* or network.* does. Error, with
/// the axis' line and the value: none of the sweep's networks accepts it (a width out of range, a name that
/// no layer has), neither alone nor beside other axes' values; or no design can compute a network with it, as
/// far as check_capabilities() says, where some design can with another value of the axis or without the
/// axis. Axes that such things depend on (capabilities, keys of networks but widths) are crossed, others have
/// their first values. Nothing is told where they cross to too much or capabilities are derived. Constraints
/// are not looked at.
void check_network_axes(const Sweep& sweep);

}  // namespace tridex::explore
