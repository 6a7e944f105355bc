#pragma once
#include <string>

namespace tridex::arch {

/// Of the SystemC library that runs are made with: "2.3.4".
std::string systemc_version();

}  // namespace tridex::arch
