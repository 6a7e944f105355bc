#pragma once
#include <filesystem>
#include <string>

#include "arch/design/design_point.h"
#include "explore/store/store.h"

namespace tridex::explore {

/// The identity of a point: the design as read (its device and memory too, which are other files), the
/// network's hash, fidelity, frames, seed and this program's version. A design that could not be read (null)
/// is known by its file and settings.
std::string point_hash(const PointRow& row, const arch::DesignPoint* design,
                       const std::filesystem::path& design_file);

}  // namespace tridex::explore
