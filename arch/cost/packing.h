#pragma once
#include <cstdint>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// Multipliers of `engine` (all copies) in DSPs, by operand widths (capabilities.max_*_bits), packing and
/// device:
///
///   operands          DSP48E2 (27 x 18)   DSP58 (27 x 24)
///   packing: none     1                   1              products of a DSP and cycle
///   over 8 bits       1                   1, 3 in a lane's dot product where one operand has 9 bits and the
///   other 8 8 x 8, 4 x 8      2                   2, or that dot product 4 x 4             4 4
///
/// Two products share an operand (two lanes an activation, or a weight in R-MAC's depthwise mode); an odd
/// lane pairs with one of the next copy. 4 x 8 is no better than 8 x 8: four products of 12 bits do not fit
/// the 45 bits of a DSP48E2's product. It lets more of them be added up in the DSP (cascade_terms). 4 x 4
/// takes two weights by two activations, so two copies must work on different pixels with the same weights:
/// DesignPoint::packs_four. The dot product (AM004) adds up channels of one lane: MAT only, as in R-MAC's
/// depthwise mode channels stay apart and in a systolic array each row has a cycle of its own. R-MAC's
/// packing is at most design.depthwise_packing, so that its depthwise mode keeps all multipliers busy.
/// Sources: AMD WP486 and WP487 (two products), WP521 (four), AM004 (dot product); derivations: packed fields
/// below.
int64_t multiplier_dsps(const DesignPoint& design, const Engine& engine);

/// Products that share a DSP of this engine; 1 where they do not, and for a dot product.
int products_per_dsp(const DesignPoint& design, const Engine& engine);

/// How many packed products the accumulators of DSPs in a cascade can add up before their fields collide:
/// (2^(26 - w) - 1) / 2^(w - 1 + a) for weights w0 + w1 * 2^(27 - w) of w bits by an activation of a bits: 7
/// for 8 x 8 (WP486's seven), 2,047 for 4 x 8; with four products, whose fields are 11 bits, 7 for 4 x 4. As
/// many as one likes where nothing is packed.
int64_t cascade_terms(const DesignPoint& design, const Engine& engine);

}  // namespace tridex::arch
