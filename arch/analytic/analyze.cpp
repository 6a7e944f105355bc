#include "arch/analytic/analyze.h"

#include <algorithm>
#include <cmath>

#include "arch/analytic/engine_bound.h"
#include "arch/analytic/segments.h"
#include "arch/cost/cost.h"

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

bool on_vector_unit(const IntNode& node) {
  return node.op == IntOp::kAdd || node.op == IntOp::kGlobalAvgPool || node.op == IntOp::kLayerNorm ||
         node.op == IntOp::kResize;
}

int64_t weight_bytes(const IntegerGraph& graph, const IntNode& node) {
  if (node.op != IntOp::kConv) {
    return 0;
  }
  const int64_t weights = int64_t{node.shape.c} * (graph.node(node.inputs[0]).shape.c / node.conv.groups) *
                          node.conv.kernel_h * node.conv.kernel_w;
  return (weights * node.weight_bits + 7) / 8;
}

int64_t tensor_bytes(const IntNode& node) {
  return node.shape.elements() * node.out.bytes();
}

/// Cycles of the vector unit for a node.
double vector_cycles_bound(const DesignPoint& design, const IntegerGraph& graph, const IntNode& node) {
  const auto outputs = static_cast<double>(node.shape.elements());
  const auto lanes = static_cast<double>(design.vector.lanes);
  double inputs = 0;
  for (const int input : node.inputs) {
    inputs = std::max(inputs, static_cast<double>(tensor_bytes(graph.node(input))));
  }
  double work = outputs;
  switch (node.op) {
    case IntOp::kAdd:
      work = outputs * static_cast<double>(node.inputs.size());
      break;
    case IntOp::kGlobalAvgPool:
      work = static_cast<double>(graph.node(node.inputs[0]).shape.elements());
      break;
    case IntOp::kLayerNorm:
      work = 3 * outputs;
      break;
    case IntOp::kResize:
      work = 8 * outputs;
      break;
    default:
      break;
  }
  const auto widest = static_cast<double>(
      std::max(design.input_buffer.bytes_per_cycle(), design.output_buffer.bytes_per_cycle()));
  const double moved = std::max(inputs, static_cast<double>(tensor_bytes(node))) / widest;
  return std::max(work / lanes, moved) + design.vector.pipeline_depth;
}

/// Bytes of the input that must be loaded: rows that somebody reads, whole.
int64_t input_bytes(const IntegerGraph& graph) {
  const IntNode& input = graph.node(graph.input);
  int rows = 0;
  for (const IntNode& node : graph.nodes) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == input.id) {
        rows = std::max(rows, node.op == IntOp::kConv && i == 0
                                  ? read_extent(input.shape.h, node.shape.h, node.conv.kernel_h,
                                                node.conv.stride, node.conv.pad_top)
                                  : input.shape.h);
      }
    }
  }
  return int64_t{rows} * input.shape.c * input.shape.w * input.out.bytes();
}

/// A bound in whole cycles; the slack is for the rounding of sums in double precision.
int64_t whole_cycles(double cycles) {
  return static_cast<int64_t>(std::ceil(cycles * (1 - 1e-9) - 1e-6));
}

/// Cycles of a move, refreshes of the memory included: data pause for trfc every trefi.
double transfer_cycles(const DesignPoint& design, int64_t read, int64_t written) {
  const double busy = design.transfer_cycles(read, written);
  const DramTiming& dram = design.dram;
  if (!dram.refresh || dram.ideal) {
    return busy;
  }
  // Only the memory's own part of the time is stretched; the first refresh may come after the move.
  const double memory = static_cast<double>(read + written) / dram.peak_bandwidth() * design.clock_mhz * 1e6;
  const double trfc = dram.trfc * dram.tck_ns / design.cycle_ns();
  const double stretched = (memory - trfc) / (1 - static_cast<double>(dram.trfc) / dram.trefi);
  return std::max(busy, stretched);
}

/// Segments one after the other: in each, the engines, the vector unit, or weights that the buffer could not
/// hold before.
double segments_bound(const DesignPoint& design, const IntegerGraph& graph, const std::vector<Ways>& ways) {
  const Segments segments = cut_network(graph);
  double sum = 0;
  for (int s = 0; s < segments.count; ++s) {
    std::vector<Ways> own;
    double vector = 0;
    int64_t weights = 0;
    for (const IntNode& node : graph.nodes) {
      if (segments.of[static_cast<size_t>(node.id)] != s) {
        continue;
      }
      own.push_back(ways[static_cast<size_t>(node.id)]);
      vector += on_vector_unit(node) ? vector_cycles_bound(design, graph, node) : 0;
      weights += weight_bytes(graph, node);
    }
    const int64_t fresh =
        s == 0 ? weights + input_bytes(graph) : std::max<int64_t>(0, weights - design.weight_buffer.bytes);
    sum += std::max({bound_engines(design.engines, own).cycles, vector, design.transfer_cycles(fresh, 0)});
  }
  return sum;
}

}  // namespace

RunResult analyze(const DesignPoint& design, const IntegerGraph& graph) {
  std::vector<Ways> ways;
  ways.reserve(graph.nodes.size());
  for (const IntNode& node : graph.nodes) {
    ways.push_back(engine_ways(design, graph, node));
  }
  const EngineBound engines = bound_engines(design.engines, ways);

  RunResult result;
  double vector_cycles = 0;
  double engine_cycles = 0;
  int64_t weights = 0;
  for (const IntNode& node : graph.nodes) {
    LayerResult layer;
    layer.name = node.name;
    layer.region = models::region_name(node.region);
    layer.op = quant::int_op_name(node.op);
    layer.macs = node.macs;
    layer.read_bytes = weight_bytes(graph, node);
    weights += layer.read_bytes;
    layer.read_bytes += node.id == graph.input ? input_bytes(graph) : 0;
    layer.write_bytes = node.id == graph.output ? tensor_bytes(node) : 0;
    const auto index = static_cast<size_t>(node.id);
    layer.engine = on_vector_unit(node) ? "vector" : engines.engines[index];
    layer.start_cycle = whole_cycles(engine_cycles);
    engine_cycles += engines.share[index];
    layer.end_cycle = whole_cycles(engine_cycles);
    layer.busy_cycles = layer.end_cycle - layer.start_cycle;
    if (on_vector_unit(node)) {
      const double cycles = vector_cycles_bound(design, graph, node);
      vector_cycles += cycles;
      layer.busy_cycles = whole_cycles(cycles);
      layer.end_cycle = layer.start_cycle + layer.busy_cycles;
    }
    result.layers.push_back(layer);
  }
  const int64_t input = input_bytes(graph);
  const int64_t output = tensor_bytes(graph.node(graph.output));
  const double first_load = transfer_cycles(design, weights + input, output);
  const int64_t reread = std::max<int64_t>(0, weights - design.weight_buffer.bytes);
  const double compute = std::max(engines.cycles, vector_cycles);
  const double steady = std::max(compute, design.transfer_cycles(reread + input, output));
  const double latency = std::max({compute, first_load, segments_bound(design, graph, ways)});

  result.design = design.name;
  result.model = graph.model;
  result.fidelity = fidelity_name(Fidelity::kAnalytic);
  result.frames = 1;
  result.cycles = std::max<int64_t>(1, whole_cycles(latency));
  result.latency_ms = static_cast<double>(result.cycles) * design.cycle_ns() * 1e-6;
  result.fps = 1e9 / (std::max(steady, 1.0) * design.cycle_ns());
  result.macs = graph.macs();
  const auto macs = static_cast<double>(result.macs);
  result.gops = 2 * macs * result.fps * 1e-9;
  result.utilization = macs * result.fps / (static_cast<double>(design.peak_macs()) * design.clock_mhz * 1e6);
  result.cost = estimate_cost(design);
  result.energy_note = "an analytic run counts no traffic of buffers and rows";
  result.dram.read_bytes = weights + input;
  result.dram.write_bytes = output;
  result.modules = {{"engines", whole_cycles(engines.cycles), {}},
                    {"vector", whole_cycles(vector_cycles), {}},
                    {"dram", whole_cycles(first_load), {}}};
  return result;
}

}  // namespace tridex::arch
