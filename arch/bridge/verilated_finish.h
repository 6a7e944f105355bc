#pragma once
#include <string>

namespace tridex::arch {

/// What Verilated RTL of this process has called first that ends a simulation, as "$finish at file.sv:12"; ""
/// where it has called nothing. Verilator's own functions would end the process: at the second $finish with
/// exit status 0, at a $stop, $error or $fatal by a signal.
const std::string& verilated_end();

}  // namespace tridex::arch
