#include "arch/platform/run.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "arch/analytic/analyze.h"
#include "arch/cost/cost.h"
#include "arch/mapping/check_program.h"
#include "arch/mapping/mapper.h"
#include "arch/platform/account.h"
#include "arch/platform/activity.h"
#include "arch/platform/compare.h"
#include "arch/platform/platform.h"
#include "arch/platform/rtl_run.h"
#include "arch/platform/version.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

using quant::Codes;
using quant::IntegerGraph;

/// A tensor of the modelled DRAM as codes, and the other way.
Codes read_tensor(Platform& platform, const IntegerGraph& graph, const Program& program, int node) {
  const auto& n = graph.node(node);
  const TensorPlace& place = program.tensors[static_cast<size_t>(node)];
  TileRef ref;
  ref.format = n.out.bits + (n.out.is_signed ? 256 : 0);
  Codes codes{n.shape, std::vector<int32_t>(static_cast<size_t>(n.shape.elements()))};
  std::vector<uint8_t> row(static_cast<size_t>(place.layout.row_bytes()));
  for (int y = 0; y < n.shape.h; ++y) {
    platform.read_dram(place.address + static_cast<uint64_t>(y * place.row_stride), row);
    for (int c = 0; c < n.shape.c; ++c) {
      for (int x = 0; x < n.shape.w; ++x) {
        codes.data[(static_cast<size_t>(c) * n.shape.h + static_cast<size_t>(y)) * n.shape.w +
                   static_cast<size_t>(x)] =
            static_cast<int32_t>(load_code(row.data() + place.layout.offset(c, 0, x), ref));
      }
    }
  }
  return codes;
}

void write_input(Platform& platform, const IntegerGraph& graph, const Program& program, const Codes& input) {
  const auto& n = graph.node(graph.input);
  if (!(input.shape == n.shape)) {
    fail("the image has {}x{}x{} codes, the network wants {}x{}x{}", input.shape.c, input.shape.h,
         input.shape.w, n.shape.c, n.shape.h, n.shape.w);
  }
  const TensorPlace& place = program.tensors[static_cast<size_t>(graph.input)];
  std::vector<uint8_t> row(static_cast<size_t>(place.layout.row_bytes()));
  for (int y = 0; y < n.shape.h; ++y) {
    for (int c = 0; c < n.shape.c; ++c) {
      for (int x = 0; x < n.shape.w; ++x) {
        store_code(row.data() + place.layout.offset(c, 0, x), n.out.bytes(),
                   input.data[(static_cast<size_t>(c) * n.shape.h + static_cast<size_t>(y)) * n.shape.w +
                              static_cast<size_t>(x)]);
      }
    }
    platform.write_dram(place.address + static_cast<uint64_t>(y * place.row_stride), row);
  }
}

/// The index-th load of a tile (not of weights).
size_t find_tile_load(const Program& program, int64_t index) {
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    const Instruction& instruction = program.instructions[i];
    if (instruction.unit == kLoadUnit && !instruction.weights && index-- == 0) {
      return i;
    }
  }
  fail("the program has no load of a tile with that number");
}

void plant(const Fault& fault, Program& program, std::vector<uint8_t>& image) {
  switch (fault.kind) {
    case Fault::Kind::kFlipDramByte:
      image.at(program.blocks.front().address + static_cast<uint64_t>(fault.index)) ^= 0xff;
      return;
    case Fault::Kind::kFlipRtlResult:
      return;  // RtlRun plants it
    case Fault::Kind::kDropLoad: {
      const Instruction& load = program.instructions[find_tile_load(program, fault.index)];
      program.transfers[static_cast<size_t>(load.payload)].rows = 0;
      return;
    }
    case Fault::Kind::kSwapTileAddresses: {
      const size_t first = find_tile_load(program, fault.index);
      const Instruction& one = program.instructions[first];
      for (size_t i = first + 1; i < program.instructions.size(); ++i) {
        const Instruction& other = program.instructions[i];
        if (other.unit == kLoadUnit && !other.weights && other.layer == one.layer && other.tile != one.tile &&
            program.transfer(other).bytes() == program.transfer(one).bytes()) {
          std::swap(program.transfers[static_cast<size_t>(one.payload)].dram,
                    program.transfers[static_cast<size_t>(other.payload)].dram);
          return;
        }
      }
      fail("the layer of that load has no second tile of its size");
    }
  }
}

/// Destroys tensors after their last load of each frame.
class Poison {
 public:
  Poison(const IntegerGraph& graph, const Program& program, Platform& platform)
      : graph_(graph), program_(program), platform_(platform) {
    for (uint32_t id = 0; id < program.instructions.size(); ++id) {
      const Instruction& load = program.instructions[id];
      if (load.unit == kLoadUnit && !load.weights) {
        const int tensor = tensor_at(program.transfer(load).dram);
        if (tensor >= 0 && tensor != graph.input) {
          last_[{load.frame, tensor}] = id;
        }
      }
    }
  }
  void done(uint32_t id) {
    const Instruction& load = program_.instructions[id];
    if (load.unit != kLoadUnit || load.weights) {
      return;
    }
    const int tensor = tensor_at(program_.transfer(load).dram);
    const auto found = last_.find({load.frame, tensor});
    if (found == last_.end() || found->second != id) {
      return;
    }
    const TensorPlace& place = program_.tensors[static_cast<size_t>(tensor)];
    const std::vector<uint8_t> junk(static_cast<size_t>(place.row_stride), 0x5a);
    for (int y = 0; y < graph_.node(tensor).shape.h; ++y) {
      platform_.write_dram(place.address + static_cast<uint64_t>(y * place.row_stride), junk);
    }
  }

 private:
  /// The tensor with rows of its own that holds an address.
  [[nodiscard]] int tensor_at(uint64_t address) const {
    for (const auto& node : graph_.nodes) {
      const TensorPlace& place = program_.tensors[static_cast<size_t>(node.id)];
      const auto bytes = static_cast<uint64_t>(place.row_stride * node.shape.h);
      const bool own_rows = place.row_stride == place.layout.row_bytes();
      if (place.stored && own_rows && address >= place.address && address < place.address + bytes) {
        return node.id;
      }
    }
    return -1;
  }
  const IntegerGraph& graph_;
  const Program& program_;
  Platform& platform_;
  std::map<std::pair<int, int>, uint32_t> last_;  ///< (frame, tensor) -> its last load
};

/// Returns the bytes that were checked.
int64_t require_legal(const DesignPoint& design, const IntegerGraph& graph, const Program& program) {
  int64_t bytes = 0;
  const std::vector<Illegal> findings = check_program(design, graph, program, &bytes);
  if (findings.empty()) {
    return bytes;
  }
  constexpr size_t kShown = 10;
  std::string text =
      fmt::format("the program of {} on {} is not legal, {}{} findings:", graph.model, design.name,
                  findings.size() < kMostFindings ? "" : "at least ", findings.size());
  for (size_t i = 0; i < std::min(findings.size(), kShown); ++i) {
    text += fmt::format("\n  {}: {}", illegal_kind_name(findings[i].kind), findings[i].text);
  }
  throw std::logic_error(text);
}

/// Seconds until the last instruction has ended.
double duration(const Platform& platform) {
  sc_core::sc_time end;
  for (const auto& times : platform.controller.times()) {
    end = std::max(end, times.end);
  }
  return end.to_seconds();
}

Run simulate(const DesignPoint& design, const IntegerGraph& graph, const RunOptions& options) {
  const bool functional = options.fidelity != Fidelity::kTimed;
  Program program = map_network(design, graph, options.frames);
  std::vector<uint8_t> image;
  if (functional) {
    if (!graph.has_weights || options.input == nullptr) {
      fail("a functional run needs a network with weights and an input image");
    }
    image = pack_weights(graph, program);
  }
  if (options.fault) {
    plant(*options.fault, program, image);
  }
  Run run;
  // A comparison sees what is computed, not what is missing.
  if (options.check_program || (functional && !options.fault)) {
    run.checked_bytes = require_legal(design, graph, program);
    run.checked_instructions = static_cast<int64_t>(program.instructions.size());
  }
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);  // a library never aborts
  std::optional<RtlRun> rtl;
  Platform::MakeEngine make_engine;
  if (options.fidelity == Fidelity::kRtl) {
    rtl.emplace(design, graph, program, options);
    make_engine = [&](const Engine& engine) { return rtl->make_engine(engine); };
  }
  Platform platform("machine", design, program, functional, options.monitor, make_engine);
  std::optional<Comparison> comparison;
  if (functional && options.reference != nullptr) {
    comparison.emplace(graph, program, platform, *options.reference);
  }
  std::optional<Poison> poison;
  if (functional && options.poison) {
    poison.emplace(graph, program, platform);
  }
  if (comparison || poison) {
    platform.controller.observer = [&](uint32_t instruction) {
      if (comparison) {
        comparison->check(instruction);
      }
      if (poison) {
        poison->done(instruction);
      }
    };
  }
  if (functional) {
    platform.prepare = [&] {
      platform.write_dram(0, image);
      write_input(platform, graph, program, *options.input);
    };
  }
  sc_core::sc_start();
  if (rtl) {
    rtl->finish(run);
  }
  if (!platform.controller.finished()) {
    throw std::logic_error("the program did not come to its end: a wait is never answered");
  }
  RunResult& result = run.result;
  result.design = design.name;
  result.model = graph.model;
  result.fidelity = fidelity_name(options.fidelity);
  result.version = kVersion;
  result.seed = options.seed;
  result.cost = estimate_cost(design);
  account(design, graph, program, platform, options.timeline, result);
  result.dram = platform.dram.traffic();
  result.mapping = describe(graph, program.decisions);
  fill_energy(design, program, duration(platform), result);
  result.simulated_events = static_cast<int64_t>(sc_core::sc_delta_count());
  if (functional) {
    run.output = read_tensor(platform, graph, program, graph.output);
  }
  if (comparison) {
    run.compared_elements = comparison->elements();
    run.compared_layers = comparison->layers();
    run.difference = comparison->difference();
  }
  run.violations = platform.violations();
  return run;
}

}  // namespace

Run run(const DesignPoint& design, const IntegerGraph& graph, const RunOptions& options) {
  if (options.frames < 1) {
    fail("frames: {} is below 1", options.frames);
  }
  if (options.fidelity == Fidelity::kAnalytic) {
    check_capabilities(design, graph);
    Run bound;
    bound.result = analyze(design, graph);
    bound.result.version = kVersion;
    bound.result.seed = options.seed;
    return bound;
  }
  return simulate(design, graph, options);
}

}  // namespace tridex::arch
