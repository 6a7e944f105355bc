#include "arch/platform/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "app/rtl_summary.h"
#include "app/stored_point.h"
#include "app/workload.h"
#include "arch/cost/cost.h"
#include "base/error.h"
#include "base/names.h"

namespace tridex::app {
namespace {

using arch::Fidelity;

constexpr size_t kShownLayers = 12;
constexpr size_t kShownCauses = 4;
constexpr size_t kShownViolations = 20;

struct RunOptions {
  std::string design, fidelity = "timed", trace, weights;
  Workload work;
  std::vector<std::string> settings;
  int frames = 3;
  bool all_layers = false, check_program = false, monitor = false;
  JsonOption json;
};

nlohmann::json comparison_json(const arch::Run& run) {
  nlohmann::json json{{"elements", run.compared_elements},
                      {"layers", run.compared_layers.size()},
                      {"equal", !run.difference},
                      {"difference", nullptr}};
  if (run.difference) {
    json["difference"] = to_json(*run.difference);
  }
  return json;
}

std::string share(int64_t part, int64_t whole) {
  return whole == 0 ? ""
                    : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string frames(int count) {
  return fmt::format("{} frame{}", count, count == 1 ? "" : "s");
}

std::string megabytes(int64_t bytes) {
  return short_number(static_cast<double>(bytes)) + "B";
}

bool is_bound(const arch::RunResult& r) {
  return r.fidelity == arch::fidelity_name(Fidelity::kAnalytic);
}

/// A frame's traffic (of the run's frames on average), and what of the memory the run takes.
std::string dram_text(const arch::RunResult& r, const arch::DesignPoint& design) {
  const int64_t count = std::max(r.frames, 1);
  const double seconds = r.latency_ms * 1e-3 + static_cast<double>(count - 1) / r.fps;
  const double rate = static_cast<double>(r.dram.read_bytes + r.dram.write_bytes) / seconds;
  const std::string share = design.dram.ideal ? "of an ideal memory"
                                              : fmt::format("{:.1f} % of the memory's peak",
                                                            100 * rate / design.dram.peak_bandwidth());
  return fmt::format("{} read, {} written; {}B/s, {}", megabytes(r.dram.read_bytes / count),
                     megabytes(r.dram.write_bytes / count), short_number(rate), share);
}

void print_summary(const arch::RunResult& r, const arch::DesignPoint& design) {
  std::vector<std::pair<std::string, std::string>> lines{
      {"design", r.design},
      {"model", r.model},
      {"fidelity", r.fidelity},
      {"clock", fmt::format("{:g} MHz", design.clock_mhz)},
      {"peak", fmt::format("{:.1f} GOPS", 2e-3 * static_cast<double>(design.peak_macs()) * design.clock_mhz)},
      {"cycles of a frame", grouped(r.cycles)},
      {"latency", fmt::format("{:.4f} ms", r.latency_ms)},
      {"frames a second",
       fmt::format("{:.2f} {}", r.fps,
                   is_bound(r) ? "(upper bound: no stalls, no spills)" : "over " + frames(r.frames))},
      {"throughput", fmt::format("{:.1f} GOPS", r.gops)},
      {"utilization", fmt::format("{:.1f} %", 100 * r.utilization)},
      {"MACs of a frame", grouped(r.macs)},
      {"DSP", grouped(r.cost.dsp)},
      {"BRAM36, URAM", fmt::format("{}, {}", grouped(r.cost.bram36), grouped(r.cost.uram))},
      {"LUT, FF", fmt::format("{}, {}", grouped(r.cost.lut), grouped(r.cost.ff))},
      {"DRAM of a frame", dram_text(r, design)},
      {"energy", r.energy_mj > 0         ? fmt::format("{:.3f} mJ a frame, {:.2f} W", r.energy_mj, r.power_w)
                 : r.energy_note.empty() ? "not modelled"
                                         : "not modelled: " + r.energy_note}};
  lines.emplace_back("fits the device", r.cost.fits ? "yes" : "no: " + join(r.cost.misfits));
  fmt::print("{}", facts(lines));
}

void print_modules(const arch::RunResult& r) {
  if (r.modules.empty()) {
    return;
  }
  Table table({"module", ">busy cycles", ">busy", "largest stalls, % of the time (all of them: --json)"});
  for (const auto& module : r.modules) {
    std::vector<std::pair<int64_t, std::string>> sorted;
    int64_t all = module.busy_cycles;
    for (const auto& [cause, cycles] : module.stall_parts) {
      sorted.emplace_back(-cycles, cause);
      all += cycles;
    }
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::string> stalls;
    int64_t others = 0;
    for (const auto& [cycles, cause] : sorted) {
      if (stalls.size() < kShownCauses) {
        stalls.push_back(cause + " " + share(-cycles, all));
      } else {
        others -= cycles;
      }
    }
    if (others > 0) {
      stalls.push_back("others " + share(others, all));
    }
    table.row({module.name, grouped(module.busy_cycles), share(module.busy_cycles, all), join(stalls)});
  }
  fmt::print("\nmodules, over {}:\n{}", frames(r.frames), table.text());
}

/// Of the cycles of all engines that work at a layer ("mat+rmac" are two), how many are busy ones.
/// A bound's busy cycles are not a sum over the engines.
std::string busy_share(const arch::LayerResult& layer, bool bound) {
  const auto engines = bound ? 1 : 1 + std::count(layer.engine.begin(), layer.engine.end(), '+');
  const int64_t all = (layer.end_cycle - layer.start_cycle) * engines;
  return share(std::min(layer.busy_cycles, all), all);
}

void print_run_layers(const arch::RunResult& r, bool all) {
  std::vector<const arch::LayerResult*> layers;
  for (const auto& layer : r.layers) {
    layers.push_back(&layer);
  }
  const auto cycles = [](const arch::LayerResult* layer) { return layer->end_cycle - layer->start_cycle; };
  if (!all && layers.size() > kShownLayers) {
    std::stable_sort(layers.begin(), layers.end(), [&](auto* a, auto* b) { return cycles(a) > cycles(b); });
    layers.resize(kShownLayers);
    fmt::print("\nThe longest {} of {} layers (--layers shows all):\n", layers.size(), r.layers.size());
  } else {
    fmt::print("\n");
  }
  Table table({"layer", "op", "engine", ">MACs", ">start", ">cycles", ">of frame", ">busy"});
  for (const auto* layer : layers) {
    table.row({layer->name, layer->op, layer->engine, grouped(layer->macs), grouped(layer->start_cycle),
               grouped(cycles(layer)), share(cycles(layer), r.cycles), busy_share(*layer, is_bound(r))});
  }
  fmt::print(
      "{}(start, cycles: of the first frame, from the layer's first command to its last; layers overlap. "
      "busy: of "
      "those\ncycles, the part in which its engines computed)\n",
      table.text());
}

void print_comparison(const arch::Run& run) {
  if (run.difference) {
    fmt::print("\nDIFFERS from the integer reference: {}\n", difference_text(*run.difference, "expected"));
  } else {
    fmt::print("\nbit for bit equal to the integer reference: {} elements of {} layers\n",
               grouped(run.compared_elements), run.compared_layers.size());
  }
}

/// Lists breaches of the protocol; the library's modules have none, so any is worth an error exit.
void check_protocol(const std::vector<std::string>& violations) {
  if (violations.empty()) {
    return;
  }
  const size_t shown = std::min(violations.size(), kShownViolations);
  for (size_t i = 0; i < shown; ++i) {
    fmt::print(stderr, "tridex: {}\n", violations[i]);
  }
  fail("{} breaches of the TLM-2.0 base protocol, {} shown above", violations.size(), shown);
}

int run(const RunOptions& options) {
  if (!options.weights.empty()) {
    fail(
        "--weights: weights go through quantize: tridex quantize {} --model {} --weights {} --calib DIR -o "
        "net.tdx, then tridex run {} --net net.tdx",
        options.work.recipe, options.work.model.empty() ? "MODEL" : options.work.model, options.weights,
        options.design);
  }
  const Fidelity fidelity = arch::fidelity_by_name(options.fidelity);
  if (point_name(options.design)) {
    fail("{}: a point of a store is run as a design of its own: tridex new NAME.yaml --from '{}'",
         options.design, options.design);
  }
  const auto file = arch::find_config(options.design, "designs");
  const arch::DesignPoint design = read_with_settings(
      options.settings, [&](const auto& settings) { return arch::read_design(file, settings); });
  const bool compare = fidelity == Fidelity::kFunctional || fidelity == Fidelity::kRtl;
  const quant::IntegerGraph graph = options.work.network(compare);
  arch::RunOptions run_options;
  run_options.fidelity = fidelity;
  run_options.frames = options.frames;
  run_options.seed = options.work.seed;
  run_options.timeline = !options.trace.empty();
  run_options.check_program = options.check_program;
  if (options.check_program && fidelity == Fidelity::kAnalytic) {
    fail("--check-program: an analytic run makes no program, take --fidelity timed or functional");
  }
  run_options.monitor = options.monitor;
  if (options.monitor && fidelity == Fidelity::kAnalytic) {
    fail("--monitor: an analytic run has no modules to watch, use --fidelity timed or functional");
  }
  if ((!options.work.data.empty() || options.work.image >= 0) && !compare) {
    fail("{}: only a functional run computes an image, add --fidelity functional",
         options.work.data.empty() ? "--image" : "--data");
  }
  if (options.work.image >= 0 && options.work.data.empty()) {
    fail("--image {}: is the number of an image in --data, which is missing", options.work.image);
  }
  if (compare && !graph.has_weights) {
    fail("{}: holds shapes only, a functional run needs values", options.work.net);
  }
  if (const arch::Cost cost = arch::estimate_cost(design); !cost.fits) {
    fmt::print(stderr, "tridex: warning: {} does not fit its device: {}\n", design.name, join(cost.misfits));
  }
  quant::Codes input;
  std::vector<quant::Codes> reference;
  if (compare) {
    input = options.work.input(graph);
    reference = reference_of(graph, input);
    run_options.input = &input;
    run_options.reference = &reference;
  }
  const arch::Run result = arch::run(design, graph, run_options);

  if (options.json.print_text()) {
    print_summary(result.result, design);
    print_modules(result.result);
    print_run_layers(result.result, options.all_layers);
    if (options.check_program) {
      fmt::print("\nprogram legal: {} instructions, {} bytes checked\n", grouped(result.checked_instructions),
                 grouped(result.checked_bytes));
    }
    if (compare) {
      print_comparison(result);
    }
    if (options.monitor && result.violations.empty()) {
      fmt::print("\nno breach of the TLM-2.0 base protocol between the modules\n");
    }
  }
  if (fidelity == Fidelity::kRtl && options.json.print_text()) {
    const RtlLayer total = rtl_total(result);
    fmt::print("{} commands in RTL, {} cycles ({:+.2f} % of TLM's): {}\n", grouped(total.commands),
               grouped(total.rtl_cycles), total.error(),
               total.difference == nullptr
                   ? "bit for bit equal to the TLM engines"
                   : "DIFFER: " + difference_text(*total.difference, "the TLM engine has"));
  }
  if (!options.trace.empty()) {
    write_output(options.trace, timeline_json(result.result, design.clock_mhz).dump() + "\n");
    if (options.json.print_text()) {
      fmt::print("\ntimeline: {} (open it in ui.perfetto.dev)\n", options.trace);
    }
  }
  nlohmann::json json = to_json(result.result);
  // So that `diff` can say what differs.
  json["design_yaml"] = design.text;  // with the --set values
  json["recipe"] = graph.recipe;
  json["network"] = graph.hash();
  if (compare) {
    json["comparison"] = comparison_json(result);
  }
  if (fidelity == Fidelity::kRtl) {
    json["rtl"] = to_json(rtl_total(result));
  }
  options.json.write(json);
  check_protocol(result.violations);
  if (result.difference) {
    fail("{} on {} differs from the integer reference in layer {}", graph.model, design.name,
         result.difference->layer);
  }
  return 0;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  auto* command = app.add_subcommand("run", "run one network on one design");
  command->add_option("design", options->design, "design, or a name in configs/designs")
      ->required()
      ->type_name("DESIGN.yaml");
  options->work.add(command);
  command
      ->add_option(
          "--fidelity", options->fidelity,
          "analytic (upper bound: no stalls, no spills), timed (default), functional, or rtl (engines with "
          "implementation: rtl)")
      ->type_name("LEVEL");
  command
      ->add_option("--set", options->settings, "override a key of the design: copies=8, engines.0.lanes=16")
      ->type_name("key=value");
  command
      ->add_option("--frames", options->frames,
                   "frames to run (3); frames a second are those after the first one")
      ->check(CLI::Range(1, 1000));
  command->add_option("--weights", options->weights)->group("");  // hidden: its message says the way
  command->add_option("--trace", options->trace, "write a timeline that Perfetto opens")->type_name("t.json");
  command->add_flag("--monitor", options->monitor,
                    "check every TLM-2.0 call between the modules; breaches of the protocol are an error");
  command->add_flag("--layers", options->all_layers, "print every layer");
  command->add_flag("--check-program", options->check_program,
                    "prove the program legal for every timing before it runs (exit status 2 if it is not)");
  options->json.add(command);
  command->footer(
      "A functional run computes every byte and compares every layer with the integer reference.\n"
      "Example:\n  tridex run trio_vit_zcu102 --model efficientvit_b1_r224 --set copies=8 --trace t.json");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace tridex::app
