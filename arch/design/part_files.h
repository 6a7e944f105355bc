#pragma once
#include <filesystem>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// Read configs/devices/*.yaml and configs/memories/*.yaml by themselves; read_design() reads what a design
/// names. Errors: file:line: key.
Device read_device_file(const std::filesystem::path& file);
DramTiming read_memory_file(const std::filesystem::path& file, DramPower& power);

}  // namespace tridex::arch
