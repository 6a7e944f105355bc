#include "arch/mapping/search.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

#include "arch/cost/energy.h"
#include "arch/mapping/activity.h"
#include "arch/mapping/build.h"
#include "arch/mapping/estimate.h"
#include "arch/mapping/smaller_machines.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

using Search = MappingOptions::Search;
using Objective = MappingOptions::Objective;
using LoopOrder = MappingOptions::LoopOrder;
using KeepIn = MappingOptions::KeepIn;

/// Of the ways to use the design, so many of the best are tried on smaller machines, beside the given one.
constexpr size_t kGoodWays = 6;
/// Of smaller machines, so many of the best are tried with half of a further resource.
constexpr size_t kHalvedAgain = 3;

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
std::vector<MappingOptions> ways(const MappingOptions& given, bool best_place, int frames) {
  std::vector<MappingOptions> all{given};
  const auto add = [&](auto&& change) {
    const size_t count = all.size();
    for (size_t i = 0; i < count; ++i) {
      MappingOptions other = all[i];
      if (change(other)) {
        all.push_back(other);
      }
    }
  };
  const auto set = [](auto& option, auto value) {
    const bool other = option != value;
    option = value;
    return other;
  };
  add([&](MappingOptions& o) { return set(o.weights_ahead, 0); });
  if (given.search == Search::kFull) {
    // What keeps tensors has no effect where none are kept, nor has what fuses where nothing is fused.
    add([&](MappingOptions& o) { return set(o.keep_tensors, false); });
    add([&](MappingOptions& o) { return set(o.fuse_blocks, false); });
    add([&](MappingOptions& o) { return o.fuse_blocks && o.keep_tensors && set(o.fuse_kept, true); });
    add([&](MappingOptions& o) { return o.keep_tensors && best_place && set(o.keep_in, KeepIn::kPorts); });
    add([&](MappingOptions& o) { return frames > 2 && set(o.overlap_frames, false); });
  }
  return all;
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

/// The search for one design.
class Searcher {
 public:
  Searcher(const DesignPoint& design, const quant::IntegerGraph& graph, int frames)
      : design_(design), graph_(graph), frames_(frames), given_(design.mapping) {
    best_place_ = given_.keep_in == KeepIn::kBest;
    if (best_place_) {
      given_.keep_in = KeepIn::kRoom;
    }
  }

  Program run() {
    best_ = build_somehow();
    const bool orders = orders_differ(best_.decisions);
    if (given_.search == Search::kNone || (given_.search == Search::kFast && !streams() && !orders)) {
      return std::move(best_);
    }
    least_ = score(design_, best_);
    const Machine itself{design_, ""};
    try_orders(itself, best_.decisions);
    std::vector<Done> ways_done;
    const std::vector<MappingOptions> all = ways(given_, best_place_, frames_);
    try_all({itself}, {all.begin() + 1, all.end()}, ways_done);
    if (given_.search == Search::kFull) {
      std::vector<MappingOptions> good{given_};
      for (const Done& done : best_of(ways_done, kGoodWays)) {
        good.push_back(done.way);
      }
      std::vector<Machine> machines = smaller_machines(design_);
      machines.erase(machines.begin());  // itself
      std::vector<Done> machines_done;
      try_all(machines, good, machines_done);
      for (const Done& done : best_of(machines_done, kHalvedAgain)) {
        std::vector<Done> again;
        try_all(halved_machines(done.machine, true), {done.way}, again);
      }
    }
    best_.decisions.programs = programs_;
    return std::move(best_);
  }

 private:
  struct Done {
    Machine machine;
    MappingOptions way;
    Score score;
  };

  void try_all(const std::vector<Machine>& machines, const std::vector<MappingOptions>& all,
               std::vector<Done>& done) {
    for (const Machine& machine : machines) {
      for (const MappingOptions& way : all) {
        if (const auto its = try_way(machine, way)) {
          done.push_back({machine, way, *its});
        }
      }
    }
  }

  /// So many of the best, of equals the first.
  static std::vector<Done> best_of(std::vector<Done> done, size_t count) {
    std::stable_sort(done.begin(), done.end(),
                     [](const Done& a, const Done& b) { return a.score < b.score; });
    done.erase(done.begin() + static_cast<std::ptrdiff_t>(std::min(count, done.size())), done.end());
    return done;
  }

  [[nodiscard]] bool streams() const {
    return std::any_of(best_.tensors.begin(), best_.tensors.end(), [&](const TensorPlace& place) {
      const auto node = static_cast<int>(&place - best_.tensors.data());
      return place.stored && node != graph_.input && node != graph_.output;
    });
  }

  [[nodiscard]] std::optional<Program> try_build(const DesignPoint& machine, const MappingOptions& options,
                                                 std::vector<int> weights_outside = {}) const {
    try {
      return build_program(machine, graph_, options, frames_, std::move(weights_outside));
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  /// The first that works of ever fewer liberties. Error: that of the given options.
  [[nodiscard]] Program build_somehow() const {
    std::exception_ptr first;
    try {
      return build_program(design_, graph_, given_, frames_);
    } catch (const Error&) {
      first = std::current_exception();
    }
    MappingOptions options = given_;
    options.fuse_blocks = false;
    if (auto program = try_build(design_, options)) {
      return std::move(*program);
    }
    options.keep_tensors = false;
    options.overlap_frames = false;
    options.loop_order = LoopOrder::kWeights;
    if (auto program = try_build(design_, options)) {
      return std::move(*program);
    }
    std::rethrow_exception(first);
  }

  struct Made {
    Decisions decisions;
    Score score;
  };
  /// One program more.
  std::optional<Made> make(const Machine& machine, const MappingOptions& way,
                           const std::vector<int>& weights_outside = {}) {
    auto program = try_build(machine.design, way, weights_outside);
    if (!program) {
      return std::nullopt;
    }
    ++programs_;
    Made made{program->decisions, score(design_, *program)};
    if (made.score < least_) {
      least_ = made.score;
      best_ = std::move(*program);
      best_.decisions.machine = machine.smaller;
    }
    return made;
  }

  /// The score of a way's best; none: it finds no room.
  std::optional<Score> try_way(const Machine& machine, const MappingOptions& way) {
    const auto made = make(machine, way);
    if (!made) {
      return std::nullopt;
    }
    const auto other = try_orders(machine, made->decisions);
    return other && *other < made->score ? other : made->score;
  }

  /// The same program with other orders of loops, if they differ. The best one's score.
  std::optional<Score> try_orders(const Machine& machine, const Decisions& least_read) {
    if (!orders_differ(least_read)) {
      return std::nullopt;
    }
    std::optional<Score> best;
    const auto note = [&](const std::optional<Made>& made) {
      if (made && (!best || made->score < *best)) {
        best = made->score;
      }
    };
    MappingOptions way = least_read.options;
    way.loop_order = LoopOrder::kWeights;
    const auto weights = make(machine, way);
    note(weights);
    if (given_.search == Search::kFull) {
      way.loop_order = LoopOrder::kInputs;
      note(make(machine, way));
    }
    if (weights && given_.objective == Objective::kLatency) {
      const std::vector<int> outside = sooner_outside(least_read, weights->decisions);
      if (!outside.empty()) {
        note(make(machine, least_read.options, outside));
      }
    }
    return best;
  }

  const DesignPoint& design_;
  const quant::IntegerGraph& graph_;
  int frames_;
  MappingOptions given_;     ///< with keep_in as it is tried first
  bool best_place_ = false;  ///< keep_in may be chosen
  Program best_;
  Score least_;
  int programs_ = 1;
};

}  // namespace

Program search_program(const DesignPoint& design, const quant::IntegerGraph& graph, int frames) {
  if (design.mapping.objective == Objective::kEnergy && !energy_gap(design).empty()) {
    fail("design '{}': mapping.objective: energy: {}", design.name, energy_gap(design));
  }
  return Searcher(design, graph, frames).run();
}

}  // namespace tridex::arch
