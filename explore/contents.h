#pragma once
#include <string>

#include "arch/design/design_point.h"
#include "explore/search/search_spec.h"
#include "explore/sweep/sweep.h"

namespace tridex::explore {

/// What `tridex check` tells of a valid file, in a few words.

/// What the design's device has not enough of; nothing where it fits.
std::string contents(const arch::DesignPoint& design);
/// How many points and networks there are, "up to": networks that turn out to be the same are one, and so are
/// their points. Error: expand()'s.
std::string contents(const Sweep& sweep);
/// How many there are to choose from. Error: SearchSpace::check()'s.
std::string contents(const Search& search);

}  // namespace tridex::explore
