#pragma once
#include <cstdint>

namespace tridex::arch {

// LUTs and flip-flops of the parts. An adder of n bits takes n LUTs (one a bit with its carry). A shifter
// takes one LUT6, a multiplexer of four, a bit and two of its stages; stages near the output have only the
// bits that are still needed.
struct Fabric {
  int64_t lut, ff;
};
// A word of a systolic column's memory of sums: a BRAM18 is 512 x 36, and 2^11 products of 16 bits need 27.
constexpr int64_t kAccumulatorBits = 36;
// Operand registers of a product.
constexpr Fabric kProduct{0, 16};
// What leaves a cascade of DSPs that add up packed products: a lane's field is corrected by the sign of the
// one below (half of an adder, the lowest field needs none).
constexpr Fabric kCascadeEnd{10, 20};
// Adding two cascades of a lane.
constexpr Fabric kCascadeAdder{20, 20};
constexpr Fabric kAccumulator{48, 48};
// R-MAC accumulates in every multiplier in depthwise mode, at most 7 x 7 products of 17 bits, after half of a
// packed pair's correction (half of ten bits); not where the DSPs' own accumulators are wide enough.
constexpr Fabric kDepthwiseAccumulator{24 + 5, 24};
constexpr int kDepthwiseTerms = 49;
// A systolic array's multiplier: weight on its way, and its second weight register.
constexpr Fabric kMovingWeight{0, 8};
constexpr Fabric kShadowWeight{0, 8};
// One result: bias and shortcut (2 x 48); pre-shift 48 to 27 bits, rounding, limit (110 + 27 + 10); the
// activation's 48 to 18 (100 + 18 + 10) and its limits (38); shift of the product, 45 to 9 bits, and rounding
// (80 + 9); zero point and limits (36). Five stages of 64 flip-flops.
constexpr Fabric kPostLane{96 + 147 + 128 + 38 + 89 + 36, 320};
// The log2 code of a divisor: leading one of 32 bits, shift and comparison of the mantissa.
constexpr Fabric kLog2{60 + 80 + 17, 64};
// Division (NUMERICS.md 2, `exact`): half of the divisor is added (53 bits), the dividend is shifted by the
// quotient's scale (52 to 41 bits), the quotient's range is compared (33), then nine steps of a subtraction
// of 34 bits, in a pipeline that carries remainder, divisor and quotient.
constexpr Fabric kDivider{53 + 110 + 33 + int64_t{9} * 34, 2 * 64 + int64_t{9} * (33 + 32 + 9)};
// Division by a table: leading one of 32 bits and the shift that brings the mantissa below it to the index.
constexpr Fabric kReciprocal{60 + 80, 64};
// A result of it: shift of the scaled dividend, 44 to 27 bits, rounding, limit; the sum of the two shifts.
constexpr Fabric kReciprocalLane{110 + 27 + 10 + 8, 96};
// Times 87381 / 2^19 (1/6, NUMERICS.md 2) behind a hardswish without a multiplier: 5 u, 85 u, 21845 u and
// 87381 u, an addition each.
constexpr Fabric kSixth{30 + 34 + 42 + 44, 2 * 44};
// The record of a channel (NUMERICS.md 2: multiplier, shifts, zero point, bias) and the next one, 128 bits
// each.
constexpr Fabric kChannelRecord{64, 256};
// One element of the vector unit: two summands, shift of 45 bits, zero point and limits.
constexpr Fabric kVectorLane{96 + 89 + 36, 160};
// Address counters and the multiplexer of a bank's port, for each bit of it.
constexpr Fabric kBankBit{2, 1};
// A data mover with its bursts (order of AMD's AXI DataMover), for each port; and for each bit of it.
constexpr Fabric kPort{1500, 2000};
constexpr Fabric kPortBit{6, 8};
// Sequencer, registers and command decoder.
constexpr Fabric kController{2500, 3000};

}  // namespace tridex::arch
