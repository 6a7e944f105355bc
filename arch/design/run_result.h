#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "arch/design/mapping_options.h"

namespace tridex::arch {

enum class Fidelity { kAnalytic, kTimed, kFunctional, kRtl };
std::vector<std::string> fidelity_names();
Fidelity fidelity_by_name(const std::string& name);  ///< Error: lists the names
const char* fidelity_name(Fidelity fidelity);

/// What a design costs on its device (arch/cost fills it).
struct Cost {
  int64_t dsp = 0, bram36 = 0, uram = 0, lut = 0, ff = 0;
  bool fits = true;
  std::vector<std::pair<std::string, int64_t>> dsp_items;  ///< "mat multipliers" -> count; sums to dsp
  std::vector<std::pair<std::string, int64_t>> lut_items;  ///< "mat divider" -> LUTs; sums to lut
  std::vector<std::string> uram_buffers;  ///< which of "input", "weight", "output" are in URAM
  std::vector<std::string> misfits;       ///< "bram36: needs 1000, xczu9eg has 912"
};

struct DramTraffic {
  int64_t read_bytes = 0, write_bytes = 0, row_hits = 0, row_misses = 0, refreshes = 0;
  int64_t activates = 0, read_bursts = 0, write_bursts = 0;  ///< commands of all channels
};

using Stalls = std::map<std::string, int64_t>;  ///< cause -> cycles

/// busy_cycles and `stalls` are all cycles of the run (of a bound: nothing of the kind).
struct ModuleResult {
  std::string name;
  int64_t busy_cycles = 0;
  Stalls stalls;
  Stalls stall_parts{};  ///< `stalls` again, those of transfers in parts: "input.row_miss"
                         ///< (arch/platform/stalls.h)
};

struct LayerResult {
  std::string name, region, op, engine;
  int64_t macs = 0, start_cycle = 0, end_cycle = 0, busy_cycles = 0, read_bytes = 0, write_bytes = 0;
  Stalls stalls, stall_parts;  ///< with busy_cycles, the cycles from start to end of each of its engines
};

/// How a layer is mapped, with all that is fused into it (a depthwise convolution and the 1x1 before it; the
/// products of a lite-MSA branch).
struct MappedLayer {
  std::string name;
  std::vector<std::string> fused;
  std::string loop_order;     ///< of a convolution alone: the outer loop, "weights" or "inputs"; else empty
  int blocks = 0, tiles = 0;  ///< of its weights, of its output's rows
  bool inputs_stay = false;   ///< all of its input is on the chip while the blocks of weights go by
};

/// A tensor that stays on the chip from the layer that makes it to the last one that reads it.
struct KeptTensor {
  std::string name, buffer;  ///< "input" or "output"
  int64_t bytes = 0;
  std::string last_read;
};

/// How the program was made: what won of so many programs. An analytic run has none.
struct MappingResult {
  int programs = 0;
  std::string machine;  ///< it was made for: "" for the design, or what it has less of: "weight buffer / 2"
  MappingOptions options;
  std::vector<MappedLayer> layers;
  std::vector<KeptTensor> kept;
};

/// Something that happened, for the timeline (Chrome trace).
struct TimelineEvent {
  std::string module, name;
  int64_t start_cycle = 0, end_cycle = 0;
};

/// A figure over time, for the timeline: each value holds from its cycle to the next one's.
struct CounterTrack {
  std::string name;
  std::vector<std::pair<int64_t, double>> values;
};

/// One design running one network. Keys of its JSON (json_text) are only ever added.
struct RunResult {
  std::string design, model, fidelity, version;
  int frames = 0;
  uint64_t seed = 0;
  int64_t cycles = 0;      ///< of the first frame alone, in accelerator clocks
  double latency_ms = 0;   ///< the same in time
  double fps = 0;          ///< steady state over `frames`
  double gops = 0;         ///< two operations a MAC, at fps
  double utilization = 0;  ///< MACs done / (peak MACs x time), at fps
  int64_t macs = 0;        ///< of one frame
  Cost cost;
  double energy_mj = 0, power_w = 0;  ///< of a frame, over the whole run; 0: not modelled, null in JSON
  std::vector<std::pair<std::string, double>> energy_items;  ///< "mac" -> mJ of a frame; sums to energy_mj
  std::string energy_note;                                   ///< why there is no energy
  DramTraffic dram;                                          ///< of all frames
  Stalls stalls, stall_parts;                                ///< of all engines
  std::vector<ModuleResult> modules;
  std::vector<LayerResult> layers;  ///< of the first frame
  MappingResult mapping;
  std::vector<TimelineEvent> timeline;
  std::vector<CounterTrack> counters;  ///< with the timeline
  int64_t simulated_events = 0;        ///< kernel activations, for benchmarks
};

/// One line of JSON, in the order of the keys, without `mapping`: what the rows of a sweep hold, where that
/// would be a third of all bytes.
std::string json_text(const RunResult& result);
/// All of it, `mapping` included (null where nothing was mapped).
nlohmann::json to_json(const RunResult& result);
/// Chrome trace JSON of the timeline and of the counters (Perfetto opens it); one cycle is shown as 1 us /
/// clock_mhz.
nlohmann::json timeline_json(const RunResult& result, double clock_mhz);

}  // namespace tridex::arch
