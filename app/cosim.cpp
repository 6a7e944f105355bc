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
#include "app/workload.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "base/names.h"

namespace tridex::app {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string design, engine, waves;
  Workload work;
  std::vector<std::string> settings, layers;
  int64_t waves_from = 0;
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

int cosim(const Options& options) {
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
  const std::optional<double> tlm = tlm_seconds(design, graph, run_options);

  Progress progress;
  run_options.fidelity = arch::Fidelity::kRtl;
  run_options.rtl.layers = options.layers;
  run_options.rtl.waves = options.waves;
  run_options.rtl.waves_from = options.waves_from;
  run_options.rtl.progress = [&](int64_t done, int64_t all) {
    progress.update("commands in RTL", static_cast<size_t>(done), static_cast<size_t>(all));
  };
  const auto start = Clock::now();
  const arch::Run run = arch::run(design, graph, run_options);
  const double rtl_seconds = seconds_since(start);

  const std::vector<RtlLayer> layers = rtl_layers(run);
  const RtlLayer total = rtl_total(run);
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
  nlohmann::json json{{"design", design.name},        {"model", graph.model},
                      {"engine", options.engine},     {"layers", nlohmann::json::array()},
                      {"total", to_json(total)},      {"run_cycles", run.result.cycles},
                      {"rtl_clocks", run.rtl_clocks}, {"rtl_seconds", rtl_seconds},
                      {"tlm_seconds", nullptr},       {"differs_from_reference", nullptr}};
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
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    if (command.difference) {
      fail(
          "the RTL of {} differs: {}; the command begins at cycle {} of the run (waveforms of its layer: "
          "--layers {} --waves f.vcd)",
          command.engine, difference_text(*command.difference, "the TLM engine has"), command.start_cycle,
          command.layer);
    }
  }
  if (run.difference) {
    fail("RTL and TLM agree, but differ from the integer reference: {}",
         difference_text(*run.difference, "expected"));
  }
  return 0;
}

}  // namespace

void add_cosim(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
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
  command->add_option("--waves", options->waves, "write waveforms of the RTL; of several engines f.NAME.vcd")
      ->type_name("f.vcd");
  command->add_option("--waves-from", options->waves_from, "from this cycle of the run on (0)")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000'000}));
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
      "f.vcd");
  command->callback([options, &action] { action = [options] { return cosim(*options); }; });
}

}  // namespace tridex::app
