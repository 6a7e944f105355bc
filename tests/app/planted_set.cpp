// The small MAT engine with a planted fault, under the name of the right one.
#include "arch/cosim/verilated_module.h"
#include "mat_planted.h"

namespace tridex::arch {
namespace {

class PlantedMaker : public RtlMaker {
 public:
  [[nodiscard]] std::unique_ptr<RtlModule> make(const sc_core::sc_module_name& name) const override {
    return std::make_unique<VerilatedModule<::mat_planted, 4, 2, 2, 2>>(name);
  }
};

const Registry<RtlMaker>::Entry planted_entry("mat_4x2_copies2_post2_pack1",
                                              [] { return std::make_unique<PlantedMaker>(); });

}  // namespace
}  // namespace tridex::arch
