#pragma once
#include <string>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// A design file with every key that read_design() knows, each with what it means, its unit and its default
/// as a comment; values are those of `design`, under another name. Keys of the memory that the design does
/// not replace are comments. Reading it gives `design` again (but for name and text) where the named device
/// and memory are the same.
std::string starter_text(const DesignPoint& design, const std::string& name);

}  // namespace tridex::arch
