#include "arch/cost/energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "arch/cost/cost.h"
#include "arch/cost/fabric.h"

namespace tridex::arch {
namespace {

// Horowitz, "Computing's energy problem", ISSCC 2014: 45 nm, 0.9 V. Adder and multiplier of 32 bits, 64 bits
// from a cache of 8 KB (these as quoted in PMC8934428, table 3) and of 32 KB (20 pJ, from memory,
// unverified).
constexpr double kAdd32 = 0.1, kMultiply32 = 3.1, kSmallMemory = 10.0 / 8,
                 kLargeMemory = 20.0 / 8;  // pJ; pJ a byte
// To UltraScale+: capacitance by the length, 16 of 45 nm, and energy by the voltage's square, 0.85 of 0.9 V.
constexpr double kNode = 16.0 / 45 * (0.85 / 0.9) * (0.85 / 0.9);
// An FPGA against standard cells, dynamic power: 14 in LUTs, 12 with hard multipliers (Kuon and Rose, IEEE
// TCAD 26(2), 2007; from memory, unverified). Memory blocks are taken to be like LUTs: most of it is the way
// to them.
constexpr double kFpgaLogic = 14, kFpgaMultiplier = 12;

// A LUT of an adder, a cycle: 0.014 pJ.
constexpr double kLut = kAdd32 / 32 * kNode * kFpgaLogic;
// A DSP, 27 x 18 bits and a sum of 48, a cycle: 6.2 pJ.
constexpr double kDsp = (kMultiply32 * 27 * 18 / (32 * 32) + kAdd32 * 48 / 32) * kNode * kFpgaMultiplier;
constexpr double kBramByte = kSmallMemory * kNode * kFpgaLogic;  // a BRAM36 has 4.5 KB: 5.6 pJ
constexpr double kUramByte = kLargeMemory * kNode * kFpgaLogic;  // an UltraRAM has 36 KB: 11 pJ
// A flip-flop's share of the clock, a cycle. Of the order of clock power in reports for full designs (half a
// watt for 200 k flip-flops at 200 MHz); from memory, unverified.
constexpr double kClock = 0.01;

constexpr double kPicojoule = 1e-9;  // in mJ

/// AMD's estimator takes a DSP's toggling to be less where operands are narrower than 27 x 18: 0.86 for 18 x
/// 18 and 0.8 for 12 x 12 (UG440, "Using the DSP Sheet"). Packed operands fill the multiplier.
double dsp_energy(const DesignPoint& design) {
  const int widest = std::max(design.can.max_weight_bits, design.can.max_activation_bits);
  const bool packed = design.packing == PackingMode::kSharedOperand && widest <= 8;
  return kDsp * (packed ? 1 : widest <= 12 ? 0.8 : 0.86);
}

double count_of(const std::vector<std::pair<std::string, int64_t>>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.first == name; });
  return found == items.end() ? 0 : static_cast<double>(found->second);
}

/// pJ of one use of a part of which there are `units`: its LUTs (an item of lut_items) and DSPs.
double part_energy(const Cost& cost, const std::string& luts, double dsps, double units) {
  return (count_of(cost.lut_items, luts) * kLut + dsps * kDsp) / units;
}

void add_engine(const DesignPoint& design, const Cost& cost, const Engine& engine, const EngineActivity& done,
                Energy& energy) {
  const std::string& name = engine.name;
  const auto dsps = [&](const char* item) { return count_of(cost.dsp_items, name + item); };
  const double products = static_cast<double>(int64_t{engine.lanes} * engine.inputs * design.copies);
  const double results = static_cast<double>(int64_t{engine.results_per_cycle()} * design.copies);
  const double quotients = static_cast<double>(int64_t{engine.quotients_per_cycle()} * design.copies);
  double mac =
      part_energy(cost, name + " sums", 0, products) + dsps(" multipliers") / products * dsp_energy(design);
  if (engine.kind ==
      EngineKind::kSystolic) {  // a full column reads and writes a sum for each of its MACs together
    mac += 2.0 * kAccumulatorBits / 8 * kBramByte / engine.inputs;
  }
  const double result =
      part_energy(cost, name + " post-processing",
                  dsps(" requantization") + dsps(" activation, shortcut, dividend"), results);
  const double quotient = part_energy(cost, name + " divider", dsps(" wide dividend"), quotients) +
                          part_energy(cost, name + " reciprocal", dsps(" reciprocal"), quotients);
  energy.mac += kPicojoule * mac * static_cast<double>(done.macs);
  energy.post += kPicojoule * (result * static_cast<double>(done.results) +
                               quotient * static_cast<double>(done.quotients));
}

double buffer_energy(const Cost& cost, const char* name, int64_t bytes) {
  const auto& list = cost.uram_buffers;
  const bool in_uram = std::find(list.begin(), list.end(), name) != list.end();
  return kPicojoule * (in_uram ? kUramByte : kBramByte) * static_cast<double>(bytes);
}

void add_dram(const DesignPoint& design, const Activity& activity, double seconds, Energy& energy) {
  const DramTiming& t = design.dram;
  const DramPower& p = design.dram_power;
  const double watts = p.vdd * 1e-3 * p.devices;       // of a channel, for each mA of a device
  const double clock = watts * t.tck_ns * 1e-9 * 1e3;  // mJ of a mA for a clock
  const double burst = t.burst_clocks() * clock / t.line_bytes();
  energy.dram_activate = static_cast<double>(activity.row_misses) * clock *
                         (p.idd0 * t.trc - p.idd3n * t.tras - p.idd2n * (t.trc - t.tras));
  energy.dram_read = static_cast<double>(activity.dram_read_bytes) * burst * (p.idd4r - p.idd3n);
  energy.dram_write = static_cast<double>(activity.dram_write_bytes) * burst * (p.idd4w - p.idd3n);
  energy.dram_refresh = static_cast<double>(activity.refreshes) * clock * t.trfc * (p.idd5b - p.idd3n);
  energy.dram_background = t.channels * watts * p.idd3n * seconds * 1e3;
}

}  // namespace

std::vector<std::pair<std::string, double>> Energy::items() const {
  return {{"mac", mac},
          {"post", post},
          {"input_buffer", input_buffer},
          {"weight_buffer", weight_buffer},
          {"output_buffer", output_buffer},
          {"dram_activate", dram_activate},
          {"dram_read", dram_read},
          {"dram_write", dram_write},
          {"dram_refresh", dram_refresh},
          {"dram_background", dram_background},
          {"static", static_},
          {"clock", clock}};
}

double Energy::total() const {
  double sum = 0;
  for (const auto& [name, value] : items()) {
    sum += value;
  }
  return sum;
}

std::string energy_gap(const DesignPoint& design) {
  if (design.dram.ideal) {
    return "an ideal memory takes no energy that could be told";
  }
  if (!design.dram_power.known()) {
    return fmt::format(
        "memory '{}' gives no currents (vdd, idd0, idd2n, idd3n, idd4r, idd4w, idd5b, devices)",
        design.dram.name);
  }
  if (design.device.static_w <= 0) {
    return fmt::format("device '{}' gives no static power (static_w)", design.device.name);
  }
  return "";
}

Energy estimate_energy(const DesignPoint& design, const Activity& activity, double seconds) {
  if (const std::string gap = energy_gap(design); !gap.empty()) {
    throw std::logic_error("energy of '" + design.name + "': " + gap);
  }
  const Cost cost = estimate_cost(design);
  Energy energy;
  for (size_t e = 0; e < activity.engines.size(); ++e) {
    add_engine(design, cost, design.engines.at(e), activity.engines[e], energy);
  }
  const double element =
      part_energy(cost, "vector unit", count_of(cost.dsp_items, "vector unit"), design.vector.lanes);
  energy.post += kPicojoule * element * static_cast<double>(activity.vector_elements);
  energy.input_buffer = buffer_energy(cost, "input", activity.buffer_bytes[0]);
  energy.weight_buffer = buffer_energy(cost, "weight", activity.buffer_bytes[1]);
  energy.output_buffer = buffer_energy(cost, "output", activity.buffer_bytes[2]);
  add_dram(design, activity, seconds, energy);
  energy.static_ = design.device.static_w * seconds * 1e3;
  energy.clock = kPicojoule * kClock * static_cast<double>(cost.ff) * seconds * design.clock_mhz * 1e6;
  return energy;
}

}  // namespace tridex::arch
