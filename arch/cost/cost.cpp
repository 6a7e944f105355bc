#include "arch/cost/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "arch/cost/fabric.h"
#include "arch/cost/memory_blocks.h"
#include "arch/cost/packing.h"
#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

void add_item(std::vector<std::pair<std::string, int64_t>>& items, const std::string& name, int64_t count) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.first == name; });
  if (found != items.end()) {
    found->second += count;
  } else if (count > 0) {
    items.emplace_back(name, count);
  }
}

void add(Cost& cost, const std::string& name, const Fabric& part, int64_t count) {
  add_item(cost.lut_items, name, part.lut * count);
  cost.lut += part.lut * count;
  cost.ff += part.ff * count;
}

void add_dsp(Cost& cost, const std::string& name, int64_t count) {
  add_item(cost.dsp_items, name, count);
  cost.dsp += count;
}

bool has_divisor(const DesignPoint& design, const std::string& name) {
  return std::find(design.can.divisors.begin(), design.can.divisors.end(), name) != design.can.divisors.end();
}

/// Sums of the products, outside of the DSPs and in their accumulators.
void add_sums(Cost& cost, const DesignPoint& design, const Engine& engine) {
  const int64_t lanes = int64_t{engine.lanes} * design.copies;
  const int64_t products = lanes * engine.inputs;
  const int64_t terms = cascade_terms(design, engine);
  const std::string name = engine.name + " sums";
  add(cost, name, kProduct, products);
  if (products_per_dsp(design, engine) > 1) {
    const int64_t cascades = ceil_div(engine.inputs, terms);
    add(cost, name, kCascadeEnd, lanes * cascades);
    add(cost, name, kCascadeAdder, lanes * (cascades - 1));
  }
  add(cost, name, kAccumulator, lanes);
  if (engine.kind == EngineKind::kRmac && terms < kDepthwiseTerms) {
    add(cost, name, kDepthwiseAccumulator, products);
  }
  if (engine.kind == EngineKind::kSystolic) {
    add(cost, name, kMovingWeight, products);
    if (engine.weight_double_buffer) {
      add(cost, name, kShadowWeight, products);
    }
    cost.bram36 += ceil_div(bram18_blocks(kAccumulatorBits, engine.accumulators) * lanes, 2);
  }
}

void add_engine(Cost& cost, const DesignPoint& design, const Engine& engine) {
  const int64_t results = int64_t{engine.results_per_cycle()} * design.copies;
  const int64_t quotients = int64_t{engine.quotients_per_cycle()} * design.copies;
  const std::string post = engine.name + " post-processing";
  add_dsp(cost, engine.name + " multipliers", multiplier_dsps(design, engine));
  if (design.can.requant_multiplier) {
    add_dsp(cost, engine.name + " requantization", results);
  } else {
    add(cost, post, kSixth, results);
  }
  if (design.can.per_channel_requant) {
    add(cost, post, kChannelRecord, results);
  }
  add_dsp(cost, engine.name + " activation, shortcut, dividend", results);
  add_sums(cost, design, engine);
  add(cost, post, kPostLane, results);
  if (has_divisor(design, "log2_code")) {
    add_dsp(cost, engine.name + " divisor scale", 2 * int64_t{design.copies});
  }
  if (has_divisor(design, "log2_code") || has_divisor(design, "log2_paper")) {
    add(cost, engine.name + " log2 of divisors", kLog2, design.copies);
  }
  if (has_divisor(design, "exact")) {
    add_dsp(cost, engine.name + " wide dividend", quotients);
  }
  if (has_divisor(design, "exact") || has_divisor(design, "uniform")) {
    add(cost, engine.name + " divider", kDivider, quotients);
  }
  if (has_divisor(design, "reciprocal")) {
    add_dsp(cost, engine.name + " reciprocal", quotients);
    add(cost, engine.name + " reciprocal", kReciprocalLane, quotients);
  }
}

/// One divisor a head and token, so one table a copy.
void add_reciprocal(Cost& cost, const DesignPoint& design) {
  constexpr int64_t kEntryBits = 17;
  constexpr int64_t kLutWords = 64;         // of one bit, in a LUT as memory
  constexpr int64_t kMostLutEntries = 256;  // beyond, block RAM takes less room
  const int64_t entries = int64_t{1} << design.can.reciprocal_table_bits;
  add(cost, "reciprocal table", kReciprocal, design.copies);
  if (entries <= kMostLutEntries) {
    add(cost, "reciprocal table", {ceil_div(entries, kLutWords) * kEntryBits, 0}, design.copies);
  } else {
    // Both ports read: two copies share a table.
    cost.bram36 += ceil_div(bram18_blocks(kEntryBits, entries) * ceil_div(design.copies, 2), 2);
  }
}

void add_memories(Cost& cost, const DesignPoint& design) {
  std::array<std::pair<const char*, const Buffer*>, 3> buffers{{{"input", &design.input_buffer},
                                                                {"weight", &design.weight_buffer},
                                                                {"output", &design.output_buffer}}};
  std::stable_sort(buffers.begin(), buffers.end(),
                   [](const auto& a, const auto& b) { return a.second->bytes > b.second->bytes; });
  const int64_t fifo = bram36_blocks(design.ports.width_bits, 512);
  cost.bram36 += 2 * fifo * design.ports.count;
  for (const auto& [name, buffer] : buffers) {
    const int64_t depth = buffer->bytes / buffer->bytes_per_cycle();
    const int64_t bram = cost.bram36 + bram36_blocks(buffer->width_bits, depth) * buffer->banks;
    const int64_t uram = cost.uram + uram_blocks(buffer->width_bits, depth) * buffer->banks;
    // uram / device.uram <= bram / device.bram36, without a division.
    const bool in_uram = design.device.uram > 0 && uram * design.device.bram36 <= bram * design.device.uram;
    if (in_uram) {
      cost.uram_buffers.emplace_back(name);
    }
    (in_uram ? cost.uram : cost.bram36) = in_uram ? uram : bram;
    add(cost, "buffers", kBankBit, int64_t{buffer->banks} * buffer->width_bits);
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
  if (has_divisor(design, "reciprocal")) {
    add_reciprocal(cost, design);
  }
  add_dsp(cost, "vector unit", 2 * int64_t{design.vector.lanes});
  add(cost, "vector unit", kVectorLane, design.vector.lanes);
  add_memories(cost, design);
  add(cost, "ports", kPort, design.ports.count);
  add(cost, "ports", kPortBit, int64_t{design.ports.count} * design.ports.width_bits);
  add(cost, "controller", kController, 1);
  add_misfits(cost, design.device);
  return cost;
}

}  // namespace tridex::arch
