#include "arch/mapping/search.h"

#include <algorithm>
#include <exception>
#include <optional>
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

/// What a program is made for: perhaps a smaller machine than the one that runs it.
struct Candidate {
  DesignPoint machine;
  MappingOptions options;
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
std::vector<DesignPoint> smaller_machines(const DesignPoint& design) {
  std::vector<DesignPoint> all;
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
          all.push_back(std::move(smaller));
        }
      }
    }
  }
  const auto add = [&](auto&& change) {
    DesignPoint smaller = design;
    if (change(smaller)) {
      all.push_back(std::move(smaller));
    }
  };
  const auto halve = [](auto& value) {
    value /= 2;
    return value >= 1;
  };
  add([&](DesignPoint& d) { return halve(d.copies); });
  for (size_t e = 0; e < design.engines.size(); ++e) {
    add([&](DesignPoint& d) { return halve(d.engines[e].lanes); });
    add([&](DesignPoint& d) { return halve(d.engines[e].inputs); });
  }
  add([&](DesignPoint& d) { return halve(d.ports.count); });
  add([&](DesignPoint& d) {
    d.dram.tck_ns *= 2;
    return true;
  });
  add([&](DesignPoint& d) {
    d.clock_mhz /= 2;
    return true;
  });
  return all;
}

std::optional<Program> try_build(const DesignPoint& machine, const quant::IntegerGraph& graph,
                                 const MappingOptions& options, int frames) {
  try {
    return build_program(machine, graph, options, frames);
  } catch (const Error&) {
    return std::nullopt;
  }
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
  if (options.search == Search::kNone || (options.search == Search::kFast && !streams)) {
    return best;
  }
  Score least = score(design, best);
  const std::vector<DesignPoint> machines =
      options.search == Search::kFull ? smaller_machines(design) : std::vector<DesignPoint>{design};
  for (size_t m = 0; m < machines.size(); ++m) {
    MappingOptions given = options;
    given.keep_tensors =
        options.keep_tensors && m == 0;  // whether nothing is kept is asked of the design alone
    std::vector<MappingOptions> tried = ways(given, options.search, frames);
    if (m == 0) {
      tried.erase(tried.begin());  // that is the one we have
    }
    for (MappingOptions& way : tried) {
      way.keep_tensors = m == 0 ? way.keep_tensors : options.keep_tensors;
    }
    for (const MappingOptions& way : tried) {
      auto program = try_build(machines[m], graph, way, frames);
      if (!program) {
        continue;
      }
      const Score its = score(design, *program);
      if (its < least) {
        least = its;
        best = std::move(*program);
      }
    }
  }
  return best;
}

}  // namespace tridex::arch
