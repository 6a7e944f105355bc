#pragma once
#include <vector>

#include "arch/mapping/residency.h"
#include "arch/mapping/stages.h"

namespace tridex::arch {

/// What is decided of a program before its first instruction.
struct ProgramPlan {
  std::vector<Alias> aliases;
  std::vector<Stage> stages;
  size_t tail = 0;  ///< stages from here on may run beside the next frame (order.h)
  Residency residency;
};
/// First what stays on the chip with the fusions that pipelines ask for; then what would leave it is fused,
/// and what stays is planned again. With fuse_kept, what would stay is fused too. MappingOptions say what may
/// be done.
ProgramPlan plan_program(const DesignPoint& design, const quant::IntegerGraph& graph,
                         const MappingOptions& options);

}  // namespace tridex::arch
