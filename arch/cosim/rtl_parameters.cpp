#include "arch/cosim/rtl_parameters.h"

#include <algorithm>

#include "base/error.h"

namespace tridex::arch {
namespace {

constexpr int kOperandBits = RtlParameters{}.operand_bits;

}  // namespace

std::string RtlParameters::name() const {
  return fmt::format("{}_{}x{}_copies{}_post{}_pack{}{}", kind == EngineKind::kMat ? "mat" : "rmac", lanes,
                     inputs, copies, post_lanes, pack,
                     operand_bits == kOperandBits ? "" : fmt::format("_bits{}", operand_bits));
}

RtlParameters rtl_parameters(const DesignPoint& design, const Engine& engine) {
  const auto refuse = [&](const char* key, const std::string& why) {
    fail("engine '{}': {}: {}, so it has no RTL; take implementation: tlm", engine.name, key, why);
  };
  if (engine.kind == EngineKind::kSystolic) {
    refuse("kind", "a systolic array is modelled only (RTL there is of mat and rmac)");
  }
  if (engine.lanes % 2 != 0) {
    refuse("lanes", fmt::format("{} is odd, two lanes share a DSP", engine.lanes));
  }
  RtlParameters p;
  p.kind = engine.kind;
  p.lanes = engine.lanes;
  p.inputs = engine.inputs;
  p.copies = design.copies;
  p.post_lanes = engine.results_per_cycle();
  // An unsigned code, or a centred one, takes a bit more than its width; two products share a DSP up to 9
  // bits.
  p.operand_bits = std::max({kOperandBits, design.can.max_activation_bits + 1, design.can.max_weight_bits});
  p.pack = design.packing == PackingMode::kSharedOperand && p.operand_bits <= kOperandBits ? 1 : 0;
  if (engine.lanes % p.post_lanes != 0) {
    refuse("post_lanes", fmt::format("{} does not divide the {} lanes", p.post_lanes, engine.lanes));
  }
  if (engine.kind == EngineKind::kRmac && engine.inputs % p.post_lanes != 0) {
    refuse("post_lanes", fmt::format("{} does not divide the {} inputs", p.post_lanes, engine.inputs));
  }
  if (engine.quotients_per_cycle() < engine.results_per_cycle()) {
    refuse("divide_lanes", fmt::format("{} quotients a cycle are fewer than the {} results",
                                       engine.quotients_per_cycle(), engine.results_per_cycle()));
  }
  return p;
}

}  // namespace tridex::arch
