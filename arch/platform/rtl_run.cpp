#include "arch/platform/rtl_run.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/names.h"

namespace tridex::arch {

RtlRun::RtlRun(const DesignPoint& design, const quant::IntegerGraph& graph, const Program& program,
               const RunOptions& options)
    : design_(design), graph_(graph), program_(program), options_(options) {
  bool any = false;
  for (const Engine& engine : design.engines) {
    if (engine.implementation == Implementation::kRtl) {
      require_rtl(rtl_parameters(design, engine), engine.name);
      any = true;
    }
  }
  if (!any) {
    fail(
        "fidelity rtl: no engine of {} is in RTL; set implementation: rtl at one (--set "
        "engines.0.implementation=rtl)",
        design.name);
  }
  std::vector<std::string> names;
  for (const quant::IntNode& node : graph.nodes) {
    names.push_back(node.name);
  }
  for (const std::string& layer : options.rtl.layers) {
    const auto found = std::find(names.begin(), names.end(), layer);
    if (found == names.end()) {
      fail("unknown layer '{}' of {}{}", layer, graph.model, did_you_mean(layer, names));
    }
    layers_.insert(static_cast<int>(found - names.begin()));
  }
  require_commands();
}

void RtlRun::require_commands() {
  std::set<int> with_work;
  for (const Instruction& instruction : program_.instructions) {
    if (selected(instruction)) {
      require_in_rtl(rtl_parameters(design_, engine_of(instruction)), program_.command(instruction),
                     name_of(instruction));
      with_work.insert(instruction.layer);
      ++all_;
    }
  }
  for (const int layer : layers_) {
    if (with_work.count(layer) == 0) {
      fail("layer '{}': no engine in RTL has a command of it", graph_.node(layer).name);
    }
  }
}

const Engine& RtlRun::engine_of(const Instruction& instruction) const {
  return design_.engines.at(static_cast<size_t>(instruction.unit - kEngine0));
}

bool RtlRun::selected(const Instruction& instruction) const {
  return instruction.unit >= kEngine0 && engine_of(instruction).implementation == Implementation::kRtl &&
         (layers_.empty() || layers_.count(instruction.layer) == 1);
}

std::string RtlRun::name_of(const Instruction& instruction) const {
  return fmt::format("layer {}, tile {}", graph_.node(instruction.layer).name, instruction.tile);
}

/// The file as it was given, with the engine's name before its ending where there are several.
WaveWindow RtlRun::waves_of(const Engine& engine) const {
  WaveWindow window = options_.rtl.waves;
  std::filesystem::path file = window.file;
  const auto in_rtl = std::count_if(design_.engines.begin(), design_.engines.end(),
                                    [](const Engine& e) { return e.implementation == Implementation::kRtl; });
  if (!file.empty() && in_rtl > 1) {
    window.file = file.replace_extension("." + engine.name + file.extension().string()).string();
  }
  return window;
}

std::unique_ptr<EngineModule> RtlRun::make_engine(const Engine& engine) {
  if (engine.implementation != Implementation::kRtl) {
    return nullptr;
  }
  const auto instruction_of = [this](int32_t tag) -> const Instruction& {
    return program_.instructions[static_cast<size_t>(tag)];
  };
  RtlEngineOptions options;
  options.selected = [this, instruction_of](int32_t tag) { return selected(instruction_of(tag)); };
  options.name_of = [this, instruction_of](int32_t tag) { return name_of(instruction_of(tag)); };
  options.waves = waves_of(engine);
  options.observer = [this, instruction_of, name = engine.name](const RtlCommand& command) {
    const Instruction& instruction = instruction_of(command.tag);
    RtlCommandResult result;
    result.layer = graph_.node(instruction.layer).name;
    result.engine = name;
    result.op = opcode_name(program_.command(instruction).op);
    result.tile = instruction.tile;
    result.frame = instruction.frame;
    result.start_cycle = command.start_cycle;
    result.rtl_cycles = command.rtl_cycles;
    result.tlm_cycles = command.tlm_cycles;
    result.results = command.results;
    if (command.difference) {
      result.difference = difference_of(instruction, *command.difference);
      result.difference_cycle = command.difference->cycle;
    }
    results_.push_back(result);
    if (options_.rtl.progress) {
      options_.rtl.progress(++done_, all_);
    }
  };
  if (engines_.empty() && options_.fault && options_.fault->kind == Fault::Kind::kFlipRtlResult) {
    options.tamper = [index = options_.fault->index](int64_t number, int64_t& value) {
      value ^= number == index ? 1 : 0;
    };
  }
  auto made =
      std::make_unique<RtlEngine>(engine.name.c_str(), design_, engine,
                                  sc_core::sc_time(design_.cycle_ns(), sc_core::SC_NS), std::move(options));
  engines_.push_back(made.get());
  return made;
}

Difference RtlRun::difference_of(const Instruction& instruction, const RtlCommand::Difference& found) const {
  const quant::IntNode& layer = graph_.node(instruction.layer);
  const auto product = [&](size_t operand) {  // of a division's operand, what it was divided by or out of
    return graph_.node(graph_.node(layer.inputs[operand]).inputs[1]).name;
  };
  Difference difference;
  difference.layer = found.place.tensor == Place::Tensor::kKv     ? product(0)
                     : found.place.tensor == Place::Tensor::kKsum ? product(1)
                                                                  : layer.name;
  difference.tile = instruction.tile;
  difference.c = found.place.c;
  difference.y = found.place.y;
  difference.x = found.place.x;
  difference.got = found.rtl;
  difference.expected = found.tlm;
  return difference;
}

void RtlRun::finish(Run& run) const {
  for (const RtlEngine* engine : engines_) {
    engine->rethrow();
    run.rtl_clocks += engine->clocks();
    if (!options_.rtl.waves.file.empty()) {
      run.rtl_waves.push_back(engine->waves());
    }
  }
  run.rtl_commands = results_;
}

}  // namespace tridex::arch
