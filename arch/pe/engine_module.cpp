#include "arch/pe/engine_module.h"

#include "arch/mapping/engine_timing.h"
#include "arch/pe/kernels.h"

namespace tridex::arch {

EngineModule::EngineModule(const sc_core::sc_module_name& name, const DesignPoint& design,
                           const Engine& engine, const sc_core::sc_time& cycle, bool functional)
    : CommandUnit(name, cycle, functional), design_(design), engine_(engine) {}

int64_t EngineModule::cycles(const Command& command) const {
  return engine_cycles(design_, engine_, command);
}

void EngineModule::compute(const Command& command, const BufferViews& buffers) {
  switch (command.op) {
    case Opcode::kConv:
      return compute_conv(command, buffers);
    case Opcode::kContext:
      return compute_context(command, buffers);
    case Opcode::kAttend:
      return compute_attend(command, buffers);
    default:
      throw std::logic_error("an engine was given a command of the vector unit");
  }
}

}  // namespace tridex::arch
