#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "app/interrupt.h"
#include "app/progress.h"
#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/file.h"
#include "explore/network.h"

namespace tridex::app {
namespace {

struct Options {
  std::string recipe, model, weights, calibration, out;
  unsigned threads = 0;
  JsonOption json;
};

int quantize(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const quant::Recipe recipe = quant::read_recipe(Yaml::load(arch::find_config(options.recipe, "quant")));
  const std::filesystem::path out = options.out;
  if (std::filesystem::exists(out) && !std::filesystem::is_regular_file(out)) {
    fail("{}: is there and is no file", out.string());
  }
  ensure_folder(out.has_parent_path() ? out.parent_path() : ".");
  const auto network =
      explore::load_float_network(explore::find_model(options.model), explore::find_data(options.weights));
  print_remarks(network.remarks);
  const auto calibration = models::open_dataset(explore::find_dataset(options.calibration),
                                                network.graph.node(network.graph.input).shape);
  const auto images = explore::calibration_images(*calibration, recipe.calibration_images);
  quant::IntegerGraph graph;
  {
    Progress progress;
    graph = quant::quantize(
        network.graph, network.weights, recipe, images, options.threads,
        [&](const quant::QuantizeProgress& step) { progress.update(step.step, step.done, step.total); });
  }
  {
    const InterruptShield shield;
    quant::save_network(graph, out);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json.print_text()) {
    fmt::print("{}", facts({{"model", graph.model},
                            {"recipe", recipe.name},
                            {"calibration images", grouped(static_cast<int64_t>(images.size()))},
                            {"layers", grouped(static_cast<int64_t>(graph.nodes.size()))},
                            {"network", graph.hash()},
                            {"written to", out.string()},
                            {"time", fmt::format("{:.1f} s", seconds)}}));
  }
  options.json.write({{"model", graph.model},
                      {"recipe", recipe.name},
                      {"images", images.size()},
                      {"hash", graph.hash()},
                      {"file", out.string()},
                      {"seconds", seconds}});
  return 0;
}

}  // namespace

void add_quantize(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("quantize", "quantize a network after training");
  command->add_option("recipe", options->recipe, "recipe, or a name in configs/quant")
      ->required()
      ->type_name("RECIPE.yaml");
  command->add_option("--model", options->model, "network, or network file NAME.yaml")
      ->required()
      ->type_name("MODEL");
  command->add_option("--weights", options->weights, kWeightsHelp)->required()->type_name("FILE");
  command
      ->add_option("--calib", options->calibration,
                   "calibration images: a folder, or a data set YAML or its name (see below)")
      ->required()
      ->type_name("DIR");
  command->add_option("-o,--output", options->out, "the quantized network")->required()->type_name("net.tdx");
  command->add_option("--threads", options->threads, "threads; 0: one a processor")
      ->check(CLI::Range(0, 4096));
  options->json.add(command);
  command->footer(
      "Example:\n  tridex quantize default --model efficientvit_b0_r64 \\\n"
      "    --weights efficientvit_b0_scenes.safetensors --calib scenes-calib -o scenes.tdx\n\n" +
      std::string(data_help()));
  command->callback([options, &action] { action = [options] { return quantize(*options); }; });
}

}  // namespace tridex::app
