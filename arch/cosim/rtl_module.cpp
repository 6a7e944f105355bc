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
  constexpr int kMostBits = 1024, kMostUserBits = 64;  // of a beat on the bridges (StreamShape)
  const auto require = [&](int bits, int most, const char* what, const char* smaller) {
    if (bits > most) {
      fail(
          "engine '{}': {} = {} bits, are more than the {} that the bridges to RTL carry; take fewer copies "
          "(--set copies=1) or {}",
          engine, what, bits, most, smaller);
    }
  };
  // arch/rtl/README.md, Pins; operands of a cycle are fewer than its weights.
  require(parameters.copies * parameters.lanes * parameters.inputs * 16, kMostBits,
          "weights of a cycle, copies x lanes x inputs x 16", "a smaller array");
  require(parameters.copies * parameters.post_lanes * 64, kMostBits,
          "results of a cycle, copies x post_lanes x 64", "fewer post_lanes");
  require(4 + parameters.copies * parameters.lanes, kMostUserBits,
          "TUSER of a packet of operands, 4 + copies x lanes", "fewer lanes");
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
