#include "arch/platform/account.h"

#include <algorithm>
#include <stdexcept>

namespace tridex::arch {
namespace {

const char* cause_of(const Instruction& awaited) {
  if (awaited.unit == kLoadUnit) {
    return awaited.weights ? "weights" : "input";
  }
  return awaited.unit == kStoreUnit ? "output" : "dependency";
}

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
  std::vector<int> last_named(graph.nodes.size(), -1);  // the unit that was last added to a layer's engines
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
  for (int u = 0; u < kMaxUnits; ++u) {
    const auto unit = static_cast<Unit>(u);
    const bool dma = unit <= kStoreUnit;
    if (!dma && unit != kVectorUnitId && static_cast<size_t>(unit - kEngine0) >= design.engines.size()) {
      continue;
    }
    ModuleResult module;
    module.name = unit_name(design, unit);
    const int64_t depth = dma ? 0
                          : unit == kVectorUnitId
                              ? design.vector.pipeline_depth
                              : design.engines[static_cast<size_t>(unit - kEngine0)].pipeline_depth;
    int64_t previous = 0;
    int64_t busy = 0;
    for (size_t id = 0; id < times.size(); ++id) {
      const Instruction& instruction = program.instructions[id];
      if (instruction.unit != unit) {
        continue;
      }
      const int64_t start = cycle(times[id].start);
      const int64_t end = cycle(times[id].end);
      LayerResult& layer = layers[static_cast<size_t>(instruction.layer)];
      const bool first = instruction.frame == 0;
      if (timeline) {
        result.timeline.push_back({module.name, event_name(graph, program, instruction), start, end});
      }
      // Constants may be fetched long before: a layer begins with its first tile.
      if (first && !instruction.weights && (layer.start_cycle < 0 || start < layer.start_cycle)) {
        layer.start_cycle = start;
      }
      if (first) {
        layer.end_cycle = std::max(layer.end_cycle, end);
      }
      if (dma) {
        if (first) {
          (unit == kLoadUnit ? layer.read_bytes : layer.write_bytes) += program.transfer(instruction).bytes();
        }
        continue;
      }
      // The gap before this command: waiting until it was ready, then the controller. A layer is charged with
      // the part of it that lies after the layer's own first tile was asked for.
      const int64_t ready = std::clamp(cycle(times[id].ready), previous, start);
      const int64_t layer_start = std::max(previous, layer.start_cycle);
      const auto stall = [&](const std::string& cause, int64_t from, int64_t to) {
        if (to > from) {
          module.stalls[cause] += to - from;
        }
        if (first && to > std::max(from, layer_start)) {
          layer.stalls[cause] += to - std::max(from, layer_start);
        }
      };
      const uint32_t awaited = times[id].last_wait;
      stall(awaited == kNoInstruction ? "controller" : cause_of(program.instructions[awaited]), previous,
            ready);
      stall("controller", ready, start);
      stall("fill", start, start + depth);
      busy += end - start - depth;
      if (first) {
        layer.busy_cycles += end - start;
        if (last_named[static_cast<size_t>(instruction.layer)] != u) {
          last_named[static_cast<size_t>(instruction.layer)] = u;
          layer.engine += (layer.engine.empty() ? "" : "+") + module.name;
        }
      }
      previous = end;
    }
    if (dma) {
      module.busy_cycles = cycle(platform.dma.busy(unit == kStoreUnit));
      module.stalls["idle"] = total - module.busy_cycles;
    } else {
      module.busy_cycles = busy;
      module.stalls["finished"] = total - previous;
      int64_t sum = busy;
      for (const auto& [cause, cycles] : module.stalls) {
        sum += cycles;
      }
      if (sum != total) {
        throw std::logic_error("the cycles of " + module.name + " do not add up");
      }
      if (unit != kVectorUnitId) {
        for (const auto& [cause, cycles] : module.stalls) {
          result.stalls[cause] += cycles;
        }
      }
    }
    result.modules.push_back(module);
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
