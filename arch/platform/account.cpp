#include "arch/platform/account.h"

#include <algorithm>
#include <stdexcept>

#include "arch/platform/occupancy.h"
#include "arch/platform/stalls.h"

namespace tridex::arch {
namespace {

std::string unit_name(const DesignPoint& design, Unit unit) {
  switch (unit) {
    case kLoadUnit:
      return "dma_load";
    case kStoreUnit:
      return "dma_store";
    case kVectorUnitId:
      return "vector_unit";
    default:
      return design.engines[static_cast<size_t>(unit - kEngine0)].name;
  }
}

std::string event_name(const quant::IntegerGraph& graph, const Program& program, const Instruction& i) {
  const char* what = i.unit == kLoadUnit    ? (i.weights ? "load weights " : "load ")
                     : i.unit == kStoreUnit ? "store "
                                            : "";
  const std::string op = *what != '\0' ? "" : std::string(opcode_name(program.command(i).op)) + " ";
  return what + op + graph.node(i.layer).name + " #" + std::to_string(i.tile);
}

/// GB/s of a direction over windows of a 500th of the run, a transfer's bytes spread evenly over the time
/// from its first run to its end.
CounterTrack bandwidth(const DesignPoint& design, const Program& program, const Platform& platform, Unit unit,
                       int64_t total) {
  CounterTrack track{unit == kLoadUnit ? "DRAM read GB/s" : "DRAM write GB/s", {}};
  const int64_t window = std::max<int64_t>(1, (total + 499) / 500);
  std::vector<double> bytes(static_cast<size_t>((total + window - 1) / window), 0);
  for (uint32_t id = 0; id < program.instructions.size(); ++id) {
    const Instruction& instruction = program.instructions[id];
    if (instruction.unit != unit) {
      continue;
    }
    const int64_t end = platform.cycles(platform.controller.times()[id].end);
    const int64_t begin = std::min(platform.cycles(platform.dma.time(id).first), end);
    const auto all = static_cast<double>(program.transfer(instruction).bytes());
    if (begin == end && end > 0) {
      bytes[static_cast<size_t>((end - 1) / window)] += all;
    }
    for (int64_t from = begin; from < end;) {
      const int64_t until = std::min(end, (from / window + 1) * window);
      bytes[static_cast<size_t>(from / window)] +=
          all * static_cast<double>(until - from) / static_cast<double>(end - begin);
      from = until;
    }
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int64_t from = static_cast<int64_t>(i) * window;
    const int64_t length = std::min(window, total - from);
    track.values.emplace_back(from, bytes[i] / (static_cast<double>(length) * design.cycle_ns()));
  }
  track.values.emplace_back(total, 0);
  return track;
}

/// std::logic_error where busy cycles and stalls are not all there are.
void check_sum(const std::string& name, int64_t cycles, const CycleCounts& counts) {
  if (counts.sum() != cycles) {
    throw std::logic_error("the cycles of " + name + " do not add up");
  }
}

CycleCounts account_module(const std::vector<Segment>& spent, int64_t total, ModuleResult& module) {
  CycleCounts counts;
  for (const Segment& s : spent) {
    counts.add(s);
  }
  check_sum(module.name, total, counts);
  module.busy_cycles = counts.busy();
  counts.add_to(module.stalls, module.stall_parts);
  return counts;
}

/// An engine's cycles from the first cycle of each of its layers to the last one.
void account_layers(const std::vector<Segment>& spent, const std::string& engine,
                    std::vector<LayerResult>& layers) {
  struct Share {
    bool works = false;
    CycleCounts counts;
  };
  std::vector<Share> shares(layers.size());
  const int64_t last = spent.back().cause == Cause::kFinished ? spent.back().from : spent.back().until;
  for (const Segment& s : spent) {
    if (s.frame != 0 || s.cause == Cause::kFinished) {
      continue;
    }
    Share& share = shares[static_cast<size_t>(s.layer)];
    share.works = share.works || s.cause == Cause::kBusy || s.cause == Cause::kFill;
    const int64_t from = std::max(s.from, layers[static_cast<size_t>(s.layer)].start_cycle);
    if (s.until > from) {
      share.counts.add(s.until - from, s.cause, s.part);
    }
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerResult& layer = layers[i];
    CycleCounts& counts = shares[i].counts;
    if (!shares[i].works) {
      continue;
    }
    const int64_t window = layer.end_cycle - layer.start_cycle;
    counts.add(std::max<int64_t>(0, layer.end_cycle - std::max(layer.start_cycle, last)), Cause::kFinished);
    const int64_t other = window - counts.sum();
    if (other < 0) {
      throw std::logic_error("layer " + layer.name + ": more cycles of " + engine + " than there are");
    }
    counts.add(other, Cause::kOtherLayers);
    layer.busy_cycles += counts.busy();
    layer.engine += (layer.engine.empty() ? "" : "+") + engine;
    counts.add_to(layer.stalls, layer.stall_parts);
  }
}

}  // namespace

void account(const DesignPoint& design, const quant::IntegerGraph& graph, const Program& program,
             const Platform& platform, bool timeline, RunResult& result) {
  const auto& times = platform.controller.times();
  const auto cycle = [&](const sc_core::sc_time& time) { return platform.cycles(time); };
  int64_t total = 0;
  int64_t first_frame = 0;
  for (size_t id = 0; id < times.size(); ++id) {
    const int64_t end = cycle(times[id].end);
    total = std::max(total, end);
    if (program.instructions[id].frame == 0) {
      first_frame = std::max(first_frame, end);
    }
  }
  const double seconds = design.cycle_ns() * 1e-9;
  result.frames = program.frames;
  result.cycles = first_frame;
  result.latency_ms = static_cast<double>(first_frame) * seconds * 1e3;
  const double period =
      program.frames > 1 ? static_cast<double>(total - first_frame) / static_cast<double>(program.frames - 1)
                         : static_cast<double>(total);
  result.fps = period > 0 ? 1 / (period * seconds) : 0;
  result.macs = graph.macs();
  result.gops = 2 * static_cast<double>(result.macs) * result.fps * 1e-9;
  result.utilization =
      period > 0 ? static_cast<double>(result.macs) / (static_cast<double>(design.peak_macs()) * period) : 0;

  std::vector<LayerResult> layers(graph.nodes.size());
  for (const auto& node : graph.nodes) {
    LayerResult& layer = layers[static_cast<size_t>(node.id)];
    layer.name = node.name;
    layer.region = models::region_name(node.region);
    layer.op = quant::int_op_name(node.op);
    layer.macs = node.macs;
    layer.start_cycle = -1;
    if (node.op == quant::IntOp::kDivide) {  // a lite-MSA branch runs, and is reported, as one layer
      for (const int product : node.inputs) {
        layer.macs += graph.node(product).macs + graph.node(graph.node(product).inputs[1]).macs;
      }
    }
  }
  for (size_t id = 0; id < times.size(); ++id) {
    const Instruction& instruction = program.instructions[id];
    const int64_t start = cycle(times[id].start);
    const int64_t end = cycle(times[id].end);
    if (timeline) {
      result.timeline.push_back(
          {unit_name(design, instruction.unit), event_name(graph, program, instruction), start, end});
    }
    if (instruction.frame != 0) {
      continue;
    }
    LayerResult& layer = layers[static_cast<size_t>(instruction.layer)];
    // Constants may be fetched long before: a layer begins with its first tile.
    if (!instruction.weights && (layer.start_cycle < 0 || start < layer.start_cycle)) {
      layer.start_cycle = start;
    }
    layer.end_cycle = std::max(layer.end_cycle, end);
    if (instruction.unit == kLoadUnit || instruction.unit == kStoreUnit) {
      (instruction.unit == kLoadUnit ? layer.read_bytes : layer.write_bytes) +=
          program.transfer(instruction).bytes();
    }
  }
  if (timeline) {
    for (const Unit unit : {kLoadUnit, kStoreUnit}) {
      result.counters.push_back(bandwidth(design, program, platform, unit, total));
    }
    std::vector<Executed> executed;
    for (const auto& time : times) {
      executed.push_back({cycle(time.start), cycle(time.end)});
    }
    for (CounterTrack& track : buffer_occupancy(design, graph, program, executed)) {
      result.counters.push_back(std::move(track));
    }
  }
  for (int u = 0; u < kMaxUnits; ++u) {
    const auto unit = static_cast<Unit>(u);
    const bool dma = unit <= kStoreUnit;
    if (!dma && unit != kVectorUnitId && static_cast<size_t>(unit - kEngine0) >= design.engines.size()) {
      continue;
    }
    ModuleResult module;
    module.name = unit_name(design, unit);
    if (dma) {
      module.busy_cycles = cycle(platform.dma.busy(unit == kStoreUnit));
      module.stalls["idle"] = module.stall_parts["idle"] = total - module.busy_cycles;
    } else {
      const std::vector<Segment> spent = segments(design, program, platform, unit, total);
      const CycleCounts counts = account_module(spent, total, module);
      account_layers(spent, module.name, layers);
      if (unit != kVectorUnitId) {
        counts.add_to(result.stalls, result.stall_parts);
      }
    }
    result.modules.push_back(std::move(module));
  }
  for (LayerResult& layer : layers) {
    if (layer.start_cycle >= 0) {
      result.layers.push_back(std::move(layer));
    }
  }
  std::stable_sort(result.layers.begin(), result.layers.end(),
                   [](const LayerResult& a, const LayerResult& b) { return a.end_cycle < b.end_cycle; });
}

}  // namespace tridex::arch
