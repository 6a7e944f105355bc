#pragma once
#include <string>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// Parameters of an engine's RTL (arch/rtl/README.md, Parameters).
struct RtlParameters {
  EngineKind kind = EngineKind::kMat;
  int lanes = 8, inputs = 8, copies = 1, post_lanes = 4;
  int pack = 1;            ///< products that share an operand lie in one DSP
  int operand_bits = 9;    ///< signed
  int divisor_depth = 64;  ///< tokens a copy whose divisors are kept
  bool operator==(const RtlParameters&) const = default;
  /// "mat_8x8_copies1_post4_pack1": kind, lanes x inputs, and what else differs between compiled-in sets;
  /// "_bits10" behind it where operands have not 9 bits.
  [[nodiscard]] std::string name() const;
};

/// The parameters that the RTL of a design's engine has. Error, with the key: what RTL cannot be (a systolic
/// array, fewer divisions than results a cycle, odd lanes, post-processing lanes that do not divide).
RtlParameters rtl_parameters(const DesignPoint& design, const Engine& engine);

}  // namespace tridex::arch
