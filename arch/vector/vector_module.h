#pragma once
#include "arch/design/design_point.h"
#include "arch/pe/command_unit.h"

namespace tridex::arch {

/// The vector unit: adds of two or three tensors, global pooling, layer norm, bicubic resizing (NUMERICS.md
/// 3).
class VectorModule : public CommandUnit {
 public:
  VectorModule(const sc_core::sc_module_name& name, const DesignPoint& design, const sc_core::sc_time& cycle,
               bool functional);

 private:
  [[nodiscard]] int64_t cycles(const Command& command) const override;
  [[nodiscard]] int64_t fill_cycles() const override { return design_.vector.pipeline_depth; }
  void compute(const Command& command, const BufferViews& buffers) override;
  const DesignPoint& design_;
};

}  // namespace tridex::arch
