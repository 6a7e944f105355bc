#pragma once
#include "arch/design/design_point.h"
#include "arch/design/run_result.h"

namespace tridex::arch {

/// What a design takes of its device.
///
/// DSPs, one item a kind (NUMERICS.md gives the widths):
/// * Engine multipliers, by widths and packing: packing.h. Sums of packed products leave the DSPs after
///   cascade_terms() of them, where their fields would collide, and are added up in LUTs.
/// * Post-processing, at Engine::results_per_cycle() results a copy. A lane of N inputs has a result only
/// every
///   ceil(Cin / N) * K * K cycles, and R-MAC in depthwise mode a result a multiplier every K * K, so one a
///   lane never holds an engine up (8 x 8, K >= 3), and half as many do not where Cin > N; fewer are cheaper.
///   Each takes one multiplier (27 x 18) for the requantization and one (18 x 19) that is the hardswish's,
///   the shortcut's or the dividend's: EfficientViT and MobileNetV2 never need two of these at a result.
/// * The log2_code divisor's scale, 32 x 17 bits, is two DSPs a copy of each engine: there is one divisor a
/// head
///   and token, so one in d results. An exact divisor's dividend is 32 x 17 bits: one more DSP a quotient
///   (Engine::quotients_per_cycle), and a divider in LUTs. A reciprocal divisor multiplies the scaled
///   dividend (27 bits) by an entry of its table (17 bits): one more DSP a quotient, and a table a copy, in
///   LUTs up to 256 entries and in block RAM beyond.
/// * Engines that requantize by shifts (capabilities.requant: shift) have no requantization multipliers, but
///   four adders a result for the sixth of a hardswish. The vector unit keeps its own: pooling divides by the
///   number of pixels. Requantization per channel takes registers for two channels' records a result.
/// * Vector unit: two a lane, for the two summands of an addition; one of them requantizes in other
/// operators.
///
/// Memories by the geometry of each bank (memory_blocks.h); a buffer is made of URAM or of BRAM, whichever
/// leaves the fuller of the two less full, the largest first. Double buffering is inside a buffer's bytes. A
/// port's DMA has a FIFO of 512 words a direction. A systolic array's columns have a memory of sums each.
///
/// LUT and FF are counted from the structure of adders, shifters and multiplexers (fabric.h), an item a kind
/// of part. DSPs of MAT and R-MAC are those that Yosys infers from arch/rtl; LUTs are few beside its
/// synthesis (HACKING.md, How exact the costs are). tests/arch/cost says what else they are compared with.
/// Hard DRAM controllers are assumed; shells and soft controllers are said in configs/devices.
Cost estimate_cost(const DesignPoint& design);

}  // namespace tridex::arch
