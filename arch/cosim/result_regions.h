#pragma once
#include "arch/mapping/command.h"

namespace tridex::arch {

/// Whether an engine's command may read bytes that another one writes: by whole tiles and regions, so it may
/// say yes where there is no such byte.
bool reads_results(const Command& reader, const Command& writer);

}  // namespace tridex::arch
