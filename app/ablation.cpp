#include "quant/ablation.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "app/progress.h"
#include "arch/design/design_point.h"
#include "explore/evaluate.h"
#include "explore/network.h"

namespace tridex::app {
namespace {

using quant::AblationRow;

struct Options {
  std::vector<std::string> recipes;
  std::string model, weights, calibration, data, linear;
  int64_t images = 0, linear_images = 0;
  unsigned threads = 0;
  JsonOption json;
};

void print(const std::vector<AblationRow>& rows, bool segmentation) {
  Table table({"recipe", segmentation ? ">mIoU %" : ">top-1 %", segmentation ? ">pixel acc. %" : ">top-5 %",
               ">SQNR dB", ">agreement %", ">quantize s", ">evaluate s", "note"});
  for (const AblationRow& row : rows) {
    if (!row.error.empty()) {
      table.row({row.recipe, "", "", "", "", "", "", row.error});
      continue;
    }
    table.row({row.recipe, fmt::format("{:.2f}", segmentation ? row.miou : row.top1),
               fmt::format("{:.2f}", segmentation ? row.pixel_accuracy : row.top5),
               !row.compared ? "" : fmt::format("{:.2f}", row.sqnr_db),
               !row.compared ? "" : fmt::format("{:.2f}", row.agreement),
               !row.compared ? "" : fmt::format("{:.1f}", row.quantize_seconds),
               fmt::format("{:.1f}", row.evaluate_seconds), ""});
  }
  fmt::print("{}", table.text());
}

nlohmann::json to_json(const AblationRow& row, bool segmentation) {
  nlohmann::json json{{"recipe", row.recipe}};
  if (!row.error.empty()) {
    json["error"] = row.error;
    return json;
  }
  json["seconds"] = row.evaluate_seconds;
  if (segmentation) {
    json["miou"] = row.miou;
    json["pixel_accuracy"] = row.pixel_accuracy;
  } else {
    json["top1"] = row.top1;
    json["top5"] = row.top5;
  }
  if (row.compared) {
    json["network"] = row.network_hash;
    json["logits_sqnr_db"] = row.sqnr_db;
    json["agreement_with_float"] = row.agreement;
    json["quantize_seconds"] = row.quantize_seconds;
  }
  return json;
}

int ablation(const Options& options) {
  std::vector<quant::Recipe> recipes;
  for (const auto& name : options.recipes) {
    recipes.push_back(quant::read_recipe(Yaml::load(arch::find_config(name, "quant"))));
  }
  const auto network =
      explore::load_float_network(explore::find_model(options.model), explore::find_data(options.weights));
  print_remarks(network.remarks);
  const models::Shape input = network.graph.node(network.graph.input).shape;
  const auto calibration = models::open_dataset(explore::find_dataset(options.calibration), input);
  const auto all = models::open_dataset(explore::find_dataset(options.data), input);
  const auto data =
      models::part_of(*all, options.images > 0 ? static_cast<size_t>(options.images) : all->size());
  std::vector<AblationRow> rows;
  {
    Progress progress;
    const auto show = [&](const quant::AblationProgress& p) {
      progress.update(p.recipe + ": " + p.step, p.done, p.total);
    };
    std::optional<AblationRow> linear;  // first: what is wrong with it is said before the long work
    if (!options.linear.empty()) {
      const auto train = models::open_dataset(explore::find_dataset(options.linear), input);
      linear = quant::linear_row(*train, options.linear_images, *data, options.threads, show);
    }
    rows = quant::run_ablation(network.graph, network.weights, recipes, *calibration, *data, options.threads,
                               show);
    if (linear) {
      rows.insert(rows.begin(), *linear);
    }
  }
  const bool segmentation = data->info().task == models::Task::kSegmentation;
  if (options.json.print_text()) {
    print(rows, segmentation);
  }
  nlohmann::json json = nlohmann::json::array();
  for (const AblationRow& row : rows) {
    json.push_back(to_json(row, segmentation));
  }
  options.json.write({{"model", network.graph.name},
                      {"task", explore::task_name(data->info().task)},
                      {"images", data->size()},
                      {"rows", json}});
  return 0;
}

}  // namespace

void add_ablation(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("ablation", "accuracy of a network with each of several recipes");
  command->add_option("recipes", options->recipes, "recipes, or names in configs/quant")
      ->required()
      ->type_name("RECIPE.yaml");
  command->add_option("--model", options->model, "network, or network file NAME.yaml")
      ->required()
      ->type_name("MODEL");
  command->add_option("--weights", options->weights, kWeightsHelp)->required()->type_name("FILE");
  command->add_option("--calib", options->calibration, "calibration images (see below)")
      ->required()
      ->type_name("DIR");
  command->add_option("--data", options->data, "labelled images (see below)")->required()->type_name("DIR");
  command->add_option("--images", options->images, "only so many of --data, of all classes")
      ->check(CLI::Range(1, 1'000'000'000));
  auto* linear = command->add_option(
      "--linear", options->linear,
      "also a linear classifier, fitted to the pixels of this data set: what --data takes");
  linear->type_name("DIR");
  command->add_option("--linear-images", options->linear_images, "its first so many images")
      ->needs(linear)
      ->default_val(50'000)
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--threads", options->threads, "threads; 0: one a processor")
      ->check(CLI::Range(0, 4096));
  options->json.add(command);
  command->footer(
      "Example:\n  tridex ablation vanilla both default --model efficientvit_b0_r64 \\\n"
      "    --weights efficientvit_b0_scenes.safetensors --calib scenes-calib \\\n"
      "    --data scenes-test --images 1000\n\n" +
      std::string(data_help()));
  command->callback([options, &action] { action = [options] { return ablation(*options); }; });
}

}  // namespace tridex::app
