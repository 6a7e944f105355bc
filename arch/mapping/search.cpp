#include "arch/mapping/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "arch/cost/energy.h"
#include "arch/mapping/activity.h"
#include "arch/mapping/build.h"
#include "arch/mapping/estimate.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

using Search = MappingOptions::Search;
using Objective = MappingOptions::Objective;
using LoopOrder = MappingOptions::LoopOrder;

/// What a program is made for: perhaps a smaller machine than the one that runs it.
struct Machine {
  DesignPoint design;
  std::string smaller;  ///< what it has less of; empty: nothing
};

/// Less is better; the second decides between equals.
struct Score {
  double first = 0, second = 0;
  bool operator<(const Score& other) const {
    return first != other.first ? first < other.first : second < other.second;
  }
};

Score score(const DesignPoint& design, const Program& program) {
  const Estimate times = estimate(design, program);
  const double cycles = times.frames().back();
  switch (design.mapping.objective) {
    case Objective::kTraffic:
      return {static_cast<double>(times.moved_bytes()), cycles};
    case Objective::kEnergy: {
      DramTraffic traffic;
      for (const Instruction& i : program.instructions) {
        if (i.unit == kLoadUnit || i.unit == kStoreUnit) {
          (i.unit == kLoadUnit ? traffic.read_bytes : traffic.write_bytes) += program.transfer(i).bytes();
        }
      }
      traffic.row_misses = (traffic.read_bytes + traffic.write_bytes) / design.dram.row_bytes;
      const double seconds = cycles * design.cycle_ns() * 1e-9;
      if (design.dram.refresh) {
        const double interval_ns = design.dram.trefi * design.dram.tck_ns;
        traffic.refreshes = design.dram.channels * static_cast<int64_t>(seconds * 1e9 / interval_ns);
      }
      return {estimate_energy(design, count_activity(design, program, traffic), seconds).total(), cycles};
    }
    default:
      return {cycles, static_cast<double>(times.moved_bytes())};
  }
}

/// Ways to use a machine, the given options first.
std::vector<MappingOptions> ways(const MappingOptions& given, Search search, int frames) {
  std::vector<MappingOptions> all{given};
  const auto add = [&](auto&& change) {
    const size_t count = all.size();
    for (size_t i = 0; i < count; ++i) {
      MappingOptions other = all[i];
      change(other);
      all.push_back(other);
    }
  };
  add([](MappingOptions& o) { o.weights_ahead = 0; });
  if (search == Search::kFull) {
    if (given.fuse_blocks) {
      add([](MappingOptions& o) { o.fuse_blocks = false; });
    }
    if (given.overlap_frames && frames > 2) {
      add([](MappingOptions& o) { o.overlap_frames = false; });
    }
    if (given.keep_tensors) {
      add([](MappingOptions& o) { o.keep_tensors = false; });
    }
  }
  return all;
}

/// The design itself, with halves and quarters of its buffers in every combination, and with half of one
/// other resource each.
std::vector<Machine> smaller_machines(const DesignPoint& design) {
  std::vector<Machine> all;
  constexpr int64_t kLeast = 1024;
  for (const int input : {1, 2, 4}) {
    for (const int weight : {1, 2, 4}) {
      for (const int output : {1, 2, 4}) {
        DesignPoint smaller = design;
        smaller.input_buffer.bytes /= input;
        smaller.weight_buffer.bytes /= weight;
        smaller.output_buffer.bytes /= output;
        if (std::min({smaller.input_buffer.bytes, smaller.weight_buffer.bytes,
                      smaller.output_buffer.bytes}) >= kLeast) {
          std::string parts;
          for (const auto& [name, part] :
               {std::pair("input", input), {"weight", weight}, {"output", output}}) {
            parts += part == 1 ? "" : fmt::format("{}{} buffer / {}", parts.empty() ? "" : ", ", name, part);
          }
          all.push_back({std::move(smaller), std::move(parts)});
        }
      }
    }
  }
  const auto add = [&](const std::string& what, auto&& change) {
    DesignPoint smaller = design;
    if (change(smaller)) {
      all.push_back({std::move(smaller), what + " / 2"});
    }
  };
  const auto halve = [](auto& value) {
    value /= 2;
    return value >= 1;
  };
  add("copies", [&](DesignPoint& d) { return halve(d.copies); });
  for (size_t e = 0; e < design.engines.size(); ++e) {
    const std::string& engine = design.engines[e].name;
    add("lanes of " + engine, [&](DesignPoint& d) { return halve(d.engines[e].lanes); });
    add("inputs of " + engine, [&](DesignPoint& d) { return halve(d.engines[e].inputs); });
  }
  add("ports", [&](DesignPoint& d) { return halve(d.ports.count); });
  add("DRAM data rate", [&](DesignPoint& d) {
    d.dram.tck_ns *= 2;
    return true;
  });
  add("clock", [&](DesignPoint& d) {
    d.clock_mhz /= 2;
    return true;
  });
  return all;
}

std::optional<Program> try_build(const DesignPoint& machine, const quant::IntegerGraph& graph,
                                 const MappingOptions& options, int frames,
                                 std::vector<int> weights_outside = {}) {
  try {
    return build_program(machine, graph, options, frames, std::move(weights_outside));
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Whether the weights outside would be another program.
bool orders_differ(const Decisions& decisions) {
  return std::any_of(decisions.loops.begin(), decisions.loops.end(),
                     [](const Decisions::Loops& loops) { return loops.chosen; });
}

/// The convolutions that are done sooner with the weights outside than with what reads least, with the stage
/// behind them, which they leave more or less of the buffers.
std::vector<int> sooner_outside(const Decisions& least, const Decisions& weights) {
  std::vector<int> sooner;
  const auto cycles = [](const Decisions& of, size_t stage) {
    const auto& ends = of.stage_ends;
    return ends[std::min(stage + 1, ends.size() - 1)] - (stage == 0 ? 0 : ends[stage - 1]);
  };
  for (size_t s = 0; s < least.stages.size(); ++s) {
    if (least.loops[s].chosen && cycles(weights, s) < cycles(least, s)) {
      sooner.push_back(least.stages[s].node);
    }
  }
  return sooner;
}

/// The first that works of ever fewer liberties. Error: that of the given options.
Program build_somehow(const DesignPoint& design, const quant::IntegerGraph& graph, int frames) {
  std::exception_ptr first;
  try {
    return build_program(design, graph, design.mapping, frames);
  } catch (const Error&) {
    first = std::current_exception();
  }
  MappingOptions options = design.mapping;
  options.fuse_blocks = false;
  if (auto program = try_build(design, graph, options, frames)) {
    return std::move(*program);
  }
  options.keep_tensors = false;
  options.overlap_frames = false;
  options.loop_order = LoopOrder::kWeights;
  if (auto program = try_build(design, graph, options, frames)) {
    return std::move(*program);
  }
  std::rethrow_exception(first);
}

}  // namespace

Program search_program(const DesignPoint& design, const quant::IntegerGraph& graph, int frames) {
  const MappingOptions& options = design.mapping;
  if (options.objective == Objective::kEnergy && !energy_gap(design).empty()) {
    fail("design '{}': mapping.objective: energy: {}", design.name, energy_gap(design));
  }
  Program best = build_somehow(design, graph, frames);
  const bool streams = std::any_of(best.tensors.begin(), best.tensors.end(), [&](const TensorPlace& place) {
    const auto node = static_cast<int>(&place - best.tensors.data());
    return place.stored && node != graph.input && node != graph.output;
  });
  if (options.search == Search::kNone ||
      (options.search == Search::kFast && !streams && !orders_differ(best.decisions))) {
    return best;
  }
  Score least = score(design, best);
  int programs = 1;
  /// Makes one more.
  const auto try_way = [&](const Machine& machine, const MappingOptions& way,
                           const std::vector<int>& weights_outside = {}) -> std::optional<Decisions> {
    auto program = try_build(machine.design, graph, way, frames, weights_outside);
    if (!program) {
      return std::nullopt;
    }
    ++programs;
    Decisions decisions = program->decisions;
    const Score its = score(design, *program);
    if (its < least) {
      least = its;
      best = std::move(*program);
      best.decisions.machine = machine.smaller;
    }
    return decisions;
  };
  const std::vector<Machine> machines =
      options.search == Search::kFull ? smaller_machines(design) : std::vector<Machine>{{design, ""}};
  std::optional<Decisions> made = best.decisions;
  for (size_t m = 0; m < machines.size(); ++m) {
    MappingOptions given = options;
    given.keep_tensors =
        options.keep_tensors && m == 0;  // whether nothing is kept is asked of the design alone
    const std::vector<MappingOptions> tried = ways(given, options.search, frames);
    for (size_t w = 0; w < tried.size(); ++w) {
      MappingOptions way = tried[w];
      way.keep_tensors = m == 0 ? way.keep_tensors : options.keep_tensors;
      if (m > 0 || w > 0) {  // the first of all is the one we have
        made = try_way(machines[m], way);
      }
      if (!made || !orders_differ(*made)) {
        continue;
      }
      way = made->options;
      way.loop_order = LoopOrder::kWeights;
      const auto weights = try_way(machines[m], way);
      if (options.search == Search::kFull) {
        way.loop_order = LoopOrder::kInputs;
        try_way(machines[m], way);
      }
      if (weights && options.objective == Objective::kLatency) {
        const std::vector<int> outside = sooner_outside(*made, *weights);
        if (!outside.empty()) {
          try_way(machines[m], made->options, outside);
        }
      }
    }
  }
  best.decisions.programs = programs;
  return best;
}

}  // namespace tridex::arch
