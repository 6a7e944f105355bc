#include "arch/analytic/engine_bound.h"

#include <algorithm>
#include <cmath>

#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

using quant::IntOp;

double cost(const std::vector<double>& weights, const std::vector<double>& way) {
  double sum = 0;
  for (size_t e = 0; e < way.size(); ++e) {
    sum += weights[e] * way[e];
  }
  return sum;
}

/// The way of a layer that costs least; null where there is none.
const std::vector<double>* cheapest(const std::vector<double>& weights, const Ways& ways) {
  const std::vector<double>* best = nullptr;
  for (const auto& way : ways) {
    if (best == nullptr || cost(weights, way) < cost(weights, *best)) {
      best = &way;
    }
  }
  return best;
}

double dual(const std::vector<double>& weights, const std::vector<Ways>& layers) {
  double sum = 0;
  for (const Ways& ways : layers) {
    const auto* way = cheapest(weights, ways);
    sum += way == nullptr ? 0 : cost(weights, *way);
  }
  return sum;
}

/// Splits what engines a and b have together the best way (the dual is concave).
void split(std::vector<double>& weights, size_t a, size_t b, const std::vector<Ways>& layers) {
  const double together = weights[a] + weights[b];
  double low = 0;
  double high = together;
  const auto value = [&](double x) {
    weights[a] = x;
    weights[b] = together - x;
    return dual(weights, layers);
  };
  for (int i = 0; i < 40; ++i) {
    const double third = (high - low) / 3;
    if (value(low + third) < value(high - third)) {
      low += third;
    } else {
      high -= third;
    }
  }
  value((low + high) / 2);
}

/// Groups of `inputs` to `outputs` channels that lie on the diagonal of an engine's lanes.
int64_t groups_at_once(const Engine& engine, int inputs, int outputs) {
  return std::max(1, std::min(engine.inputs / inputs, engine.lanes / outputs));
}

/// Output channels that an engine makes in one pass at most: its lanes, or those of the whole groups on its
/// diagonal.
int64_t channels_at_once(const Engine& engine, int inputs, int outputs) {
  return outputs > engine.lanes ? engine.lanes : outputs * groups_at_once(engine, inputs, outputs);
}

}  // namespace

int read_extent(int in, int out, int kernel, int stride, int pad) {
  int read = 0;
  int next = 0;  // the first that no window has read yet
  for (int i = 0; i < out; ++i) {
    const int first = std::max(i * stride - pad, next);
    const int last = std::min(i * stride - pad + kernel, in);
    if (last > first) {
      read += last - first;
      next = last;
    }
  }
  return read;
}

double engine_cycles_bound(const Engine& engine, int copies, const quant::IntegerGraph& graph,
                           const quant::IntNode& node) {
  const double lanes = static_cast<double>(int64_t{engine.lanes} * copies);
  switch (node.op) {
    case IntOp::kConv: {
      const double taps = static_cast<double>(int64_t{node.conv.kernel_h} * node.conv.kernel_w);
      const double outputs = static_cast<double>(node.shape.elements());
      if (node.depthwise() && engine.kind == EngineKind::kRmac) {
        return outputs * taps / (lanes * engine.inputs);
      }
      const int channels = graph.node(node.inputs[0]).shape.c / node.conv.groups;
      const int steps = (channels + engine.inputs - 1) / engine.inputs;
      const int group = node.shape.c / node.conv.groups;
      return outputs * taps * steps / static_cast<double>(channels_at_once(engine, channels, group) * copies);
    }
    case IntOp::kMatMulTokens:
    case IntOp::kMatMulHeads: {
      const double ideal = static_cast<double>(node.macs) / (lanes * engine.inputs);
      if (engine.kind == EngineKind::kSystolic) {
        return ideal;
      }
      // k^T v: d columns of d results a head, tokens down the inputs. q times it: d inputs, d results; q
      // times the sums of k: d inputs, one result, which takes all lanes.
      const bool tokens = node.op == IntOp::kMatMulTokens;
      const auto& operand = tokens ? node : graph.node(node.inputs[1]);
      const bool sums = operand.op == IntOp::kTokenSum;
      const double d = sums ? operand.shape.c / std::max(1, node.shape.c) : operand.shape.w;
      const double inputs = std::ceil(d / engine.inputs) * engine.inputs / d;
      const double results = std::ceil(d / engine.lanes) * engine.lanes / d;
      return ideal * (tokens ? results : sums ? inputs * engine.lanes : inputs * results);
    }
    default:
      return 0;
  }
}

namespace {

/// Cycles that an engine cannot beat with the whole of a layer for other reasons than its multipliers:
/// results that leave it, operands that pass the buffers' ports.
double moved_cycles(const DesignPoint& design, const Engine& engine, const quant::IntegerGraph& graph,
                    const quant::IntNode& node) {
  const auto widest = static_cast<double>(
      std::max(design.input_buffer.bytes_per_cycle(), design.output_buffer.bytes_per_cycle()));
  const auto pixels = static_cast<double>(int64_t{node.shape.h} * node.shape.w);
  switch (node.op) {
    case IntOp::kConv: {
      const auto& source = graph.node(node.inputs[0]);
      const double results = static_cast<double>(node.shape.elements());
      const double rows =
          read_extent(source.shape.h, node.shape.h, node.conv.kernel_h, node.conv.stride, node.conv.pad_top);
      const double in = rows * source.shape.w * source.shape.c * source.out.bytes();
      const double weights = static_cast<double>(int64_t{node.shape.c} * (source.shape.c / node.conv.groups) *
                                                 node.conv.kernel_h * node.conv.kernel_w * node.weight_bits) /
                             8;
      return std::max({results / (static_cast<double>(engine.results_per_cycle()) * design.copies),
                       results * node.out.bytes() / widest, in / widest,
                       weights / static_cast<double>(design.weight_buffer.bytes_per_cycle())});
    }
    case IntOp::kMatMulTokens: {
      const auto& source = graph.node(node.inputs[0]);
      const auto tokens = static_cast<double>(int64_t{source.shape.h} * source.shape.w);
      return tokens * 2 * node.shape.c * source.out.bytes() / widest;  // k and v
    }
    case IntOp::kDivide: {
      const double results = pixels * node.shape.c;
      return std::max(results / (static_cast<double>(engine.quotients_per_cycle()) * design.copies),
                      results * node.out.bytes() / widest);
    }
    default:
      return 0;
  }
}

/// Steps of a pass over the lanes of MAT or R-MAC for one pixel, and the passes that copies do at a time.
struct Passes {
  double cycles;     ///< of one lane group, all pixels, on all copies side by side
  int64_t channels;  ///< that one makes
};

Passes conv_passes(const DesignPoint& design, const Engine& engine, const quant::IntegerGraph& graph,
                   const quant::IntNode& node) {
  const int64_t channels = graph.node(node.inputs[0]).shape.c / node.conv.groups;
  const int64_t steps = ceil_div(channels, engine.inputs) * node.conv.kernel_h * node.conv.kernel_w;
  const int64_t pixels = int64_t{node.shape.h} * node.shape.w;
  const double spread_pixels = design.spread == Spread::kPixels
                                   ? static_cast<double>(ceil_div(pixels, design.copies))
                                   : static_cast<double>(pixels) / design.copies;
  return {static_cast<double>(steps) * spread_pixels,
          channels_at_once(engine, static_cast<int>(channels), node.shape.c / node.conv.groups)};
}

}  // namespace

Ways engine_ways(const DesignPoint& design, const quant::IntegerGraph& graph, const quant::IntNode& node) {
  const size_t count = design.engines.size();
  Ways ways;
  if (node.op == IntOp::kMatMulHeads) {
    return ways;  // part of the division that reads it
  }
  const auto add = [&](std::vector<double> way, const std::vector<double>& parts) {
    bool works = false;
    for (size_t e = 0; e < count; ++e) {
      way[e] = std::max(way[e], parts[e] * moved_cycles(design, design.engines[e], graph, node));
      if (way[e] > 0) {
        way[e] += design.engines[e].pipeline_depth;
      }
      works = works || way[e] > 0;
    }
    if (works) {
      ways.push_back(std::move(way));
    }
  };
  const bool arrays = std::any_of(design.engines.begin(), design.engines.end(),
                                  [](const Engine& e) { return e.kind == EngineKind::kSystolic; });
  const bool passes = node.op == IntOp::kConv && !arrays && !node.depthwise() && count == 2;
  if (passes) {
    const Passes first = conv_passes(design, design.engines[0], graph, node);
    const Passes second = conv_passes(design, design.engines[1], graph, node);
    // Spread over channels, a pass is of all copies. Groups that no pass joins are covered each by itself.
    const int group = node.shape.c / node.conv.groups;
    const bool apart =
        design.spread != Spread::kChannels && std::max(first.channels, second.channels) <= group;
    const int64_t wide = design.spread == Spread::kChannels ? design.copies : 1;
    const int64_t outputs = apart ? group : node.shape.c;
    const double times = apart ? node.conv.groups : static_cast<double>(wide);
    const int64_t by_first = first.channels * wide;
    const int64_t by_second = second.channels * wide;
    for (int64_t x = 0; x <= ceil_div(outputs, by_first); ++x) {
      const int64_t left = std::max<int64_t>(0, outputs - x * by_first);
      const int64_t y = ceil_div(left, by_second);
      const auto whole = static_cast<double>(outputs);
      const double part_y = static_cast<double>(left) / whole;
      const double part_x = std::max<double>(0, static_cast<double>(outputs - y * by_second) / whole);
      add({static_cast<double>(x) * first.cycles * times, static_cast<double>(y) * second.cycles * times},
          {part_x, part_y});
    }
    return ways;
  }
  for (size_t e = 0; e < count; ++e) {
    const Engine& engine = design.engines[e];
    std::vector<double> way(count, 0);
    std::vector<double> parts(count, 0);
    way[e] = engine_cycles_bound(engine, design.copies, graph, node);
    if (node.op == IntOp::kDivide) {
      for (const int product : node.inputs) {
        way[e] += engine_cycles_bound(engine, design.copies, graph, graph.node(product));
      }
    }
    if (count == 1 && node.op == IntOp::kConv && engine.kind != EngineKind::kSystolic) {
      const int64_t pixels = int64_t{node.shape.h} * node.shape.w;
      const int64_t kernel = int64_t{node.conv.kernel_h} * node.conv.kernel_w;
      const int64_t copies = design.copies;
      if (node.depthwise() && engine.kind == EngineKind::kRmac) {
        const int64_t blocks = ceil_div(node.shape.c, engine.inputs);
        const int64_t strips = ceil_div(pixels, engine.lanes);
        const double slots = design.spread == Spread::kPixels
                                 ? static_cast<double>(blocks * ceil_div(strips, copies))
                             : design.spread == Spread::kChannels
                                 ? static_cast<double>(ceil_div(blocks, copies) * strips)
                                 : static_cast<double>(blocks * strips) / static_cast<double>(copies);
        way[e] = std::max(way[e], slots * static_cast<double>(kernel));
      } else {
        const Passes pass = conv_passes(design, engine, graph, node);
        const int group = node.shape.c / node.conv.groups;
        const int channels = graph.node(node.inputs[0]).shape.c / node.conv.groups;
        const int64_t lane_groups = ceil_div(node.conv.groups, groups_at_once(engine, channels, group)) *
                                    ceil_div(group, engine.lanes);
        way[e] =
            std::max(way[e], design.spread == Spread::kChannels
                                 ? static_cast<double>(ceil_div(lane_groups, copies) * copies) * pass.cycles
                                 : static_cast<double>(lane_groups) * pass.cycles);
      }
    }
    parts[e] = 1;
    add(std::move(way), parts);
  }
  return ways;
}

EngineBound bound_engines(const std::vector<Engine>& engines, const std::vector<Ways>& layers) {
  std::vector<double> weights(engines.size(), 1.0 / static_cast<double>(engines.size()));
  for (int round = 0; round < (engines.size() > 2 ? 6 : 1); ++round) {
    for (size_t a = 0; a < engines.size(); ++a) {
      for (size_t b = a + 1; b < engines.size(); ++b) {
        split(weights, a, b, layers);
      }
    }
  }
  EngineBound bound;
  for (const Ways& ways : layers) {
    const auto* best = cheapest(weights, ways);
    const double least = best == nullptr ? 0 : cost(weights, *best);
    std::string names;
    for (size_t e = 0; e < engines.size() && least > 0; ++e) {
      const bool used = std::any_of(ways.begin(), ways.end(), [&](const auto& way) {
        return way[e] > 0 && cost(weights, way) <= least * 1.001;
      });
      if (used) {
        names += (names.empty() ? "" : "+") + engines[e].name;
      }
    }
    bound.cycles += least;
    bound.share.push_back(least);
    bound.engines.push_back(names);
  }
  return bound;
}

}  // namespace tridex::arch
