#pragma once
#include "arch/design/design_point.h"
#include "arch/pe/command_unit.h"

namespace tridex::arch {

/// A MAT or R-MAC engine: convolutions and attention products, with requantization, activation, shortcut and
/// division at its output. Timing: engine_timing.h. Bits: NUMERICS.md.
class EngineModule : public CommandUnit {
 public:
  EngineModule(const sc_core::sc_module_name& name, const DesignPoint& design, const Engine& engine,
               const sc_core::sc_time& cycle, bool functional);

 protected:
  [[nodiscard]] int64_t cycles(const Command& command) const override;
  [[nodiscard]] int64_t fill_cycles() const override { return engine_.pipeline_depth; }
  void compute(const Command& command, const BufferViews& buffers) override;

 private:
  const DesignPoint& design_;
  const Engine& engine_;
};

}  // namespace tridex::arch
