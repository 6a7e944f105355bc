#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "app/progress.h"
#include "app/rtl_summary.h"
#include "app/second_run.h"
#include "app/workload.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "base/names.h"

namespace tridex::app {
namespace {

using Clock = std::chrono::steady_clock;

struct CosimOptions {
  std::string design, engine;
  Workload work;
  std::vector<std::string> settings, layers;
  arch::WaveWindow waves;
  std::optional<int64_t> around_difference;
  int frames = 1;
  JsonOption json;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The design with the engines of --engine, and no others, in RTL.
void choose_engines(const std::string& name, arch::DesignPoint& design) {
  std::vector<std::string> names;
  for (arch::Engine& engine : design.engines) {
    names.push_back(engine.name);
    engine.implementation =
        name == "all" || name == engine.name ? arch::Implementation::kRtl : arch::Implementation::kTlm;
  }
  if (name != "all" && std::find(names.begin(), names.end(), name) == names.end()) {
    fail("--engine {}: {} has {}; or all", name, design.name, join(names));
  }
}

/// Seconds of the same run with TLM engines, in a child (the SystemC kernel elaborates once a process).
std::optional<double> tlm_seconds(const arch::DesignPoint& design, const quant::IntegerGraph& graph,
                                  arch::RunOptions options) {
  options.fidelity = arch::Fidelity::kFunctional;
  const auto start = Clock::now();
  const pid_t child = ::fork();
  if (child < 0) {
    return std::nullopt;
  }
  if (child == 0) {
    int status = 0;
    try {
      static_cast<void>(arch::run(design, graph, options));
    } catch (...) {
      status = 1;  // the run in RTL says what it is
    }
    ::_exit(status);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? std::optional(seconds_since(start)) : std::nullopt;
}

void print_speed(const arch::Run& run, double rtl_seconds, std::optional<double> tlm) {
  fmt::print("\n{} clock cycles of RTL in {:.1f} s: {} cycles a second", grouped(run.rtl_clocks), rtl_seconds,
             grouped(static_cast<int64_t>(static_cast<double>(run.rtl_clocks) / rtl_seconds)));
  if (tlm) {
    fmt::print("; the same run with TLM engines takes {:.2f} s, {:.0f} times faster", *tlm,
               rtl_seconds / *tlm);
  }
  fmt::print("\n");
}

/// Of a second run: its waveforms, as waves_json() has them.
std::string waves_around(int64_t cycle, const CosimOptions& options, const arch::DesignPoint& design,
                         const quant::IntegerGraph& graph, arch::RunOptions run_options) {
  run_options.rtl.waves = arch::WaveWindow::around(options.waves.file, cycle, *options.around_difference);
  return waves_json(arch::run(design, graph, run_options), run_options.rtl.waves).dump();
}

int cosim(const CosimOptions& options) {
  const auto file = arch::find_config(options.design, "designs");
  arch::DesignPoint design = read_with_settings(
      options.settings, [&](const auto& settings) { return arch::read_design(file, settings); });
  choose_engines(options.engine, design);
  const quant::IntegerGraph graph = options.work.network(true);
  if (!graph.has_weights) {
    fail("{}: holds shapes only, RTL needs values", options.work.net);
  }
  const quant::Codes input = options.work.input(graph);
  const std::vector<quant::Codes> reference = reference_of(graph, input);
  arch::RunOptions run_options;
  run_options.frames = options.frames;
  run_options.seed = options.work.seed;
  run_options.input = &input;
  run_options.reference = &reference;
  options.waves.check_name();
  const std::optional<double> tlm = tlm_seconds(design, graph, run_options);

  run_options.fidelity = arch::Fidelity::kRtl;
  run_options.rtl.layers = options.layers;
  std::optional<SecondRun> second;
  if (options.around_difference) {
    second.emplace([&](int64_t cycle) { return waves_around(cycle, options, design, graph, run_options); });
  } else {
    run_options.rtl.waves = options.waves;
  }
  Progress progress;
  run_options.rtl.progress = [&](int64_t done, int64_t all) {
    progress.update("commands in RTL", static_cast<size_t>(done), static_cast<size_t>(all));
  };
  const auto start = Clock::now();
  const arch::Run run = arch::run(design, graph, run_options);
  const double rtl_seconds = seconds_since(start);

  const std::vector<RtlLayer> layers = rtl_layers(run);
  const RtlLayer total = rtl_total(run);
  const arch::RtlCommandResult* const different = first_difference(run);
  if (options.json.print_text()) {
    fmt::print("{} on {}, {} in RTL\n\n{}", graph.model, design.name, options.engine, rtl_table(layers));
    fmt::print(
        "\n{} commands, {} results, {}; cycles {} in RTL, {} in TLM: {:+.2f} %, the worst command {:+}, {} "
        "beyond "
        "the larger of 2 % and 8 cycles\n",
        grouped(total.commands), grouped(total.results),
        total.difference == nullptr ? "bit for bit equal" : "NOT EQUAL", grouped(total.rtl_cycles),
        grouped(total.tlm_cycles), total.error(), total.worst, grouped(total.beyond));
    print_speed(run, rtl_seconds, tlm);
  }
  nlohmann::json waves = waves_json(run, options.waves);
  if (second && different != nullptr) {
    waves = nlohmann::json::parse(second->go(different->difference_cycle));
  }
  if (options.json.print_text()) {
    fmt::print("{}{}", waves_text(waves),
               second && different == nullptr
                   ? "no waveforms: there is no difference that they could be around\n"
                   : "");
  }
  nlohmann::json json{{"design", design.name},
                      {"model", graph.model},
                      {"engine", options.engine},
                      {"layers", nlohmann::json::array()},
                      {"total", to_json(total)},
                      {"run_cycles", run.result.cycles},
                      {"rtl_clocks", run.rtl_clocks},
                      {"rtl_seconds", rtl_seconds},
                      {"tlm_seconds", nullptr},
                      {"differs_from_reference", nullptr},
                      {"waves", waves}};
  for (const RtlLayer& layer : layers) {
    json["layers"].push_back(to_json(layer));
  }
  if (tlm) {
    json["tlm_seconds"] = *tlm;
  }
  if (run.difference) {
    json["differs_from_reference"] = to_json(*run.difference);
  }
  options.json.write(json);
  if (different != nullptr) {
    fail("the RTL of {} differs: {}; in cycle {} of the run, of a command that begins in cycle {}{}",
         different->engine, difference_text(*different->difference, "the TLM engine has"),
         different->difference_cycle, different->start_cycle,
         options.waves.file.empty() ? " (waveforms: --waves f.vcd --waves-around-difference 100)" : "");
  }
  if (run.difference) {
    fail("RTL and TLM agree, but differ from the integer reference: {}",
         difference_text(*run.difference, "expected"));
  }
  return 0;
}

}  // namespace

void add_cosim(CLI::App& app, Action& action) {
  auto options = std::make_shared<CosimOptions>();
  auto* command =
      app.add_subcommand("cosim", "run engines as RTL and compare them with the model, bits and cycles");
  command->add_option("design", options->design, "design, or a name in configs/designs")
      ->required()
      ->type_name("DESIGN.yaml");
  command->add_option("--engine", options->engine, "which one is RTL, or all")->required()->type_name("NAME");
  options->work.add(command);
  command
      ->add_option("--layers", options->layers,
                   "only commands of these layers go through RTL, the others through TLM: A,B")
      ->delimiter(',')
      ->type_name("NAME");
  command->add_option("--set", options->settings, "override a key of the design: copies=1, engines.0.lanes=4")
      ->type_name("key=value");
  command->add_option("--frames", options->frames, "frames to run (1)")->check(CLI::Range(1, 1000));
  constexpr int64_t kMostCycles = 1'000'000'000'000;
  auto* waves = command
                    ->add_option("--waves", options->waves.file,
                                 "write waveforms of the RTL; of several engines f.NAME.vcd")
                    ->type_name("f.vcd");
  auto* from = command->add_option("--waves-from", options->waves.from, "from this cycle of the run on (0)")
                   ->needs(waves)
                   ->check(CLI::Range(int64_t{0}, kMostCycles));
  auto* cycles = command->add_option("--waves-cycles", options->waves.cycles, "so many cycles (to the end)")
                     ->needs(waves)
                     ->check(CLI::Range(int64_t{1}, kMostCycles));
  command
      ->add_option("--waves-around-difference", options->around_difference,
                   "so many cycles before and behind the first result that differs, in a second run")
      ->needs(waves)
      ->excludes(from)
      ->excludes(cycles)
      ->check(CLI::Range(int64_t{0}, kMostCycles));
  options->json.add(command);
  command->footer(
      "Every result of the RTL is compared with that of the TLM engine for the same bytes, and every layer "
      "with the\n"
      "integer reference; a difference is an error (exit status 1). Parameter sets (lanes, inputs, copies "
      "and the like)\n"
      "are compiled in: see HACKING.md, Engines as RTL.\n"
      "Examples:\n"
      "  tridex cosim trio_vit_zcu102 --engine mat --model efficientvit_b0_r64 --set copies=1\n"
      "  tridex cosim trio_vit_zcu102 --engine all --net net.tdx --set copies=1 --layers stem.conv --waves "
      "f.vcd --waves-from 2000 --waves-cycles 500");
  command->callback([options, &action] { action = [options] { return cosim(*options); }; });
}

}  // namespace tridex::app
