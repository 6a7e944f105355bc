#include "arch/cosim/rtl_module.h"

#include <algorithm>

namespace tridex::arch {

void require_rtl(const RtlParameters& parameters, const std::string& engine) {
  const std::vector<std::string> names = Registry<RtlMaker>::names();
  if (names.empty()) {
    fail(
        "engine '{}': this program was built without Verilated engines; configure with -DTRIDEX_RTL=ON "
        "(needs "
        "Verilator), or take implementation: tlm",
        engine);
  }
  constexpr int kMostBits = 1024;  // of a beat on the bridges (StreamShape)
  const int bits = parameters.copies * parameters.lanes * parameters.inputs * 16;
  if (bits > kMostBits) {
    fail(
        "engine '{}': weights of a cycle, copies x lanes x inputs x 16 = {} bits, are more than the {} that "
        "the bridges "
        "to RTL carry; take fewer copies (--set copies=1) or a smaller array",
        engine, bits, kMostBits);
  }
  if (std::find(names.begin(), names.end(), parameters.name()) == names.end()) {
    fail(
        "engine '{}': its RTL, {}, is not compiled in (compiled in: {}); add it to the CMake variable "
        "TRIDEX_RTL_SETS, or change lanes, inputs, post_lanes, copies or packing",
        engine, parameters.name(), join(names));
  }
}

std::unique_ptr<RtlModule> make_rtl(const RtlParameters& parameters, const std::string& engine,
                                    const sc_core::sc_module_name& name) {
  require_rtl(parameters, engine);
  return Registry<RtlMaker>::make(parameters.name(), "parameter set")->make(name);
}

}  // namespace tridex::arch
