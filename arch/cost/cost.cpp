#include "arch/cost/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "arch/cost/memory_blocks.h"

namespace tridex::arch {
namespace {

int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

// LUTs and flip-flops of the parts. An adder of n bits takes n LUTs (one a bit with its carry). A shifter
// takes one LUT6, a multiplexer of four, a bit and two of its stages; stages near the output have only the
// bits that are still needed.
struct Fabric {
  int64_t lut, ff;
};
// A product's share of the adder tree (20 bits), half of the correction of a packed pair, its operand
// registers.
constexpr Fabric kPackedProduct{20 + 5, 20 + 16};
// The same where the sum is made in a cascade of DSPs.
constexpr Fabric kProduct{0, 16};
constexpr Fabric kAccumulator{48, 48};
// R-MAC accumulates in every multiplier in depthwise mode: at most 7 x 7 products of 17 bits.
constexpr Fabric kDepthwiseAccumulator{24, 24};
// One result: bias and shortcut (2 x 48); pre-shift 48 to 27 bits, rounding, limit (110 + 27 + 10); the
// activation's 48 to 18 (100 + 18 + 10) and its limits (38); shift of the product, 45 to 9 bits, and rounding
// (80 + 9); zero point and limits (36). Five stages of 64 flip-flops.
constexpr Fabric kPostLane{96 + 147 + 128 + 38 + 89 + 36, 320};
// The log2 code of a divisor: leading one of 32 bits, shift and comparison of the mantissa.
constexpr Fabric kLog2{60 + 80 + 17, 64};
// Division: nine steps of a 64-bit subtraction, in a pipeline.
constexpr Fabric kDivider{int64_t{9} * 64, int64_t{9} * 128};
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

void add(Cost& cost, const Fabric& part, int64_t count) {
  cost.lut += part.lut * count;
  cost.ff += part.ff * count;
}

void add_dsp(Cost& cost, const std::string& name, int64_t count) {
  if (count > 0) {
    cost.dsp_items.emplace_back(name, count);
    cost.dsp += count;
  }
}

bool has_divisor(const DesignPoint& design, const std::string& name) {
  return std::find(design.can.divisors.begin(), design.can.divisors.end(), name) != design.can.divisors.end();
}

bool is_packed(const DesignPoint& design) {
  return design.packing == PackingMode::kSharedOperand && design.can.max_weight_bits <= 8 &&
         design.can.max_activation_bits <= 8;
}

int64_t multiplier_dsps(const DesignPoint& design, const Engine& engine) {
  const int64_t lanes = int64_t{engine.lanes} * design.copies;
  if (!is_packed(design)) {
    return lanes * engine.inputs;
  }
  const int64_t pairs = ceil_div(lanes, 2) * engine.inputs;
  if (design.device.dsp_kind == Device::DspKind::kDsp58 && engine.kind == EngineKind::kMat) {
    return std::min(pairs, lanes * ceil_div(engine.inputs, 3));
  }
  return pairs;
}

void add_engine(Cost& cost, const DesignPoint& design, const Engine& engine) {
  const int64_t copies = design.copies;
  const int64_t products = int64_t{engine.lanes} * engine.inputs * copies;
  const int64_t results = engine.results_per_cycle() * copies;
  add_dsp(cost, engine.name + " multipliers", multiplier_dsps(design, engine));
  if (design.can.requant_multiplier) {
    add_dsp(cost, engine.name + " requantization", results);
  } else {
    add(cost, kSixth, results);
  }
  if (design.can.per_channel_requant) {
    add(cost, kChannelRecord, results);
  }
  add_dsp(cost, engine.name + " activation, shortcut, dividend", results);
  add(cost, is_packed(design) ? kPackedProduct : kProduct, products);
  add(cost, kAccumulator, int64_t{engine.lanes} * copies);
  if (engine.kind == EngineKind::kRmac) {
    add(cost, kDepthwiseAccumulator, products);
  }
  add(cost, kPostLane, results);
  if (has_divisor(design, "exact")) {
    add_dsp(cost, engine.name + " wide dividend", results);
  }
  if (has_divisor(design, "exact") || has_divisor(design, "uniform")) {
    add(cost, kDivider, results);
  }
  if (has_divisor(design, "reciprocal")) {
    add_dsp(cost, engine.name + " reciprocal", results);
    add(cost, kReciprocalLane, results);
  }
}

/// One divisor a head and token, so one table a copy.
void add_reciprocal(Cost& cost, const DesignPoint& design) {
  constexpr int64_t kEntryBits = 17;
  constexpr int64_t kLutWords = 64;         // of one bit, in a LUT as memory
  constexpr int64_t kMostLutEntries = 256;  // beyond, block RAM takes less room
  const int64_t entries = int64_t{1} << design.can.reciprocal_table_bits;
  add(cost, kReciprocal, design.copies);
  if (entries <= kMostLutEntries) {
    cost.lut += ceil_div(entries, kLutWords) * kEntryBits * design.copies;
  } else {
    // Both ports read: two copies share a table.
    cost.bram36 += ceil_div(bram18_blocks(kEntryBits, entries) * ceil_div(design.copies, 2), 2);
  }
}

void add_memories(Cost& cost, const DesignPoint& design) {
  std::array<const Buffer*, 3> buffers = {&design.input_buffer, &design.weight_buffer, &design.output_buffer};
  std::stable_sort(buffers.begin(), buffers.end(),
                   [](const Buffer* a, const Buffer* b) { return a->bytes > b->bytes; });
  const int64_t fifo = bram36_blocks(design.ports.width_bits, 512);
  cost.bram36 += 2 * fifo * design.ports.count;
  for (const Buffer* buffer : buffers) {
    const int64_t depth = buffer->bytes / buffer->bytes_per_cycle();
    const int64_t bram = cost.bram36 + bram36_blocks(buffer->width_bits, depth) * buffer->banks;
    const int64_t uram = cost.uram + uram_blocks(buffer->width_bits, depth) * buffer->banks;
    // uram / device.uram <= bram / device.bram36, without a division.
    const bool in_uram = design.device.uram > 0 && uram * design.device.bram36 <= bram * design.device.uram;
    (in_uram ? cost.uram : cost.bram36) = in_uram ? uram : bram;
    add(cost, kBankBit, int64_t{buffer->banks} * buffer->width_bits);
  }
}

void add_misfits(Cost& cost, const Device& device) {
  const std::tuple<const char*, int64_t, int64_t> totals[] = {{"dsp", cost.dsp, device.dsp},
                                                              {"bram36", cost.bram36, device.bram36},
                                                              {"uram", cost.uram, device.uram},
                                                              {"lut", cost.lut, device.lut},
                                                              {"ff", cost.ff, device.ff}};
  for (const auto& [name, needed, there] : totals) {
    if (needed > there) {
      cost.misfits.push_back(fmt::format("{}: needs {}, {} has {}", name, needed, device.part, there));
    }
  }
  cost.fits = cost.misfits.empty();
}

}  // namespace

Cost estimate_cost(const DesignPoint& design) {
  Cost cost;
  for (const Engine& engine : design.engines) {
    add_engine(cost, design, engine);
  }
  if (has_divisor(design, "log2_code")) {
    add_dsp(cost, "divisor scale", 2 * int64_t{design.copies});
  }
  if (has_divisor(design, "log2_code") || has_divisor(design, "log2_paper")) {
    add(cost, kLog2, design.copies);
  }
  if (has_divisor(design, "reciprocal")) {
    add_reciprocal(cost, design);
  }
  add_dsp(cost, "vector unit", 2 * int64_t{design.vector.lanes});
  add(cost, kVectorLane, design.vector.lanes);
  add_memories(cost, design);
  add(cost, kPort, design.ports.count);
  add(cost, kPortBit, int64_t{design.ports.count} * design.ports.width_bits);
  add(cost, kController, 1);
  add_misfits(cost, design.device);
  return cost;
}

}  // namespace tridex::arch
