#include "arch/vector/vector_module.h"

#include "arch/mapping/engine_timing.h"
#include "arch/vector/vector_kernels.h"

namespace tridex::arch {

VectorModule::VectorModule(const sc_core::sc_module_name& name, const DesignPoint& design,
                           const sc_core::sc_time& cycle, bool functional)
    : CommandUnit(name, cycle, functional), design_(design) {}

int64_t VectorModule::cycles(const Command& command) const {
  return vector_unit_cycles(design_, command);
}

void VectorModule::compute(const Command& command, const BufferViews& buffers) {
  switch (command.op) {
    case Opcode::kAdd:
      return compute_add(command, buffers);
    case Opcode::kPool:
      return compute_pool(command, buffers);
    case Opcode::kLayerNorm:
      return compute_layer_norm(command, buffers);
    case Opcode::kResize:
      return compute_resize(command, buffers);
    default:
      throw std::logic_error("the vector unit was given a command of an engine");
  }
}

}  // namespace tridex::arch
