#pragma once
#include <string>

namespace tridex::app {

/// The version in a line of its own, then how this program was built.
std::string version_text();

}  // namespace tridex::app
