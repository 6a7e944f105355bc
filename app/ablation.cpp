#include "quant/ablation.h"

#include <fmt/format.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>

#include "app/calibrated.h"
#include "app/command.h"
#include "app/console.h"
#include "app/interrupt.h"
#include "app/progress.h"
#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/file.h"
#include "explore/evaluate.h"
#include "explore/experiment.h"
#include "explore/network.h"

namespace tridex::app {
namespace {

using quant::AblationRow;

struct AblationOptions {
  std::vector<std::string> recipes;
  std::string model, weights, calibration, data, linear, folder;
  std::vector<std::string> only;
  int64_t images = 0, linear_images = 0;
  unsigned threads = 0;
  JsonOption json;
};

void print(const std::vector<AblationRow>& rows, bool segmentation) {
  Table table({"recipe", segmentation ? ">mIoU %" : ">top-1 %", segmentation ? ">pixel acc. %" : ">top-5 %",
               ">against float (95 %)", ">SQNR dB", ">agreement %", ">quantize s", ">evaluate s", "note"});
  for (const AblationRow& row : rows) {
    if (!row.error.empty()) {
      table.row({row.recipe, "", "", "", "", "", "", "", row.error});
      continue;
    }
    table.row({row.recipe, fmt::format("{:.2f}", segmentation ? row.miou : row.top1),
               fmt::format("{:.2f}", segmentation ? row.pixel_accuracy : row.top5),
               !row.compared ? ""
                             : fmt::format("{:+.2f} ({:+.2f} to {:+.2f})", row.difference.value,
                                           row.difference.low, row.difference.high),
               !row.compared ? "" : fmt::format("{:.2f}", row.sqnr_db),
               !row.compared ? "" : fmt::format("{:.2f}", row.agreement),
               !row.compared ? "" : fmt::format("{:.1f}", row.quantize_seconds),
               fmt::format("{:.1f}", row.evaluate_seconds), ""});
  }
  fmt::print("{}", table.text());
}

void print(const nlohmann::json& network) {
  fmt::print("{}\n", network["name"].get<std::string>());
  if (network["skipped"].is_string()) {
    fmt::print("skipped: {}\n\n", network["skipped"].get<std::string>());
    return;
  }
  const bool segmentation = network["task"] == explore::task_name(models::Task::kSegmentation);
  const std::string metric = segmentation ? "miou" : "top1", title = segmentation ? "mIoU %" : "top-1 %";
  Table table({"recipe", ">" + title, ">against float (95 %)", ">SQNR dB", ">agreement %", ">ref. " + title,
               ">ref. SQNR dB", ">quantize s", "note"});
  for (const auto& row : network["rows"]) {
    const auto number = [&](const char* pointer, const char* format) {
      const nlohmann::json::json_pointer at(pointer);
      return row.contains(at) && row[at].is_number()
                 ? fmt::format(fmt::runtime(format), row[at].get<double>())
                 : std::string();
    };
    const std::string points = number("/difference_from_float/points", "{:+.2f}");
    table.row({row["recipe"], number(("/" + metric).c_str(), "{:.2f}"),
               points.empty()
                   ? ""
                   : fmt::format("{} ({} to {})", points, number("/difference_from_float/low", "{:+.2f}"),
                                 number("/difference_from_float/high", "{:+.2f}")),
               number("/logits_sqnr_db", "{:.2f}"), number("/agreement_with_float", "{:.2f}"),
               number(("/reference/" + metric).c_str(), "{:.2f}"), number("/reference/sqnr_db", "{:.1f}"),
               number("/quantize_seconds", "{:.1f}"), row.value("error", "")});
  }
  fmt::print("{}\n", table.text());
}

/// The rows of an experiment's file.
int run_experiment(const AblationOptions& options) {
  if (options.recipes.size() != 1) {
    fail("-o {}: one file of an experiment makes a folder of tables, got {}", options.folder,
         options.recipes.size());
  }
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const std::string&>>{{"--model", options.model},
                                                                         {"--weights", options.weights},
                                                                         {"--calib", options.calibration},
                                                                         {"--data", options.data},
                                                                         {"--linear", options.linear}}) {
    if (!value.empty()) {
      fail("{}: is in the file of the experiment where -o is given", name);
    }
  }
  const explore::Experiment experiment = explore::read_experiment(options.recipes[0]);
  const std::filesystem::path folder = options.folder;
  ensure_folder(folder);
  nlohmann::json result;
  {
    Progress progress;
    result = explore::run_experiment(
        experiment, {folder, program_hash(), options.only, options.images, options.threads,
                     [&](const std::string& network, const quant::AblationProgress& p) {
                       progress.update(network + ", " + p.recipe + ": " + p.step, p.done, p.total);
                     }});
  }
  {
    const InterruptShield shield;
    write_file(folder / "table.md", explore::experiment_markdown(result));
    write_file(folder / "table.csv", explore::experiment_csv(result));
    write_file(folder / "table.json", result.dump(1) + "\n");
  }
  if (options.json.print_text()) {
    for (const auto& network : result["networks"]) {
      print(network);
    }
    fmt::print("written to {}\n", (folder / "table.md").string());
  }
  options.json.write(result);
  if (std::all_of(result["networks"].begin(), result["networks"].end(),
                  [](const nlohmann::json& network) { return network["skipped"].is_string(); })) {
    fail("{}: nothing was measured: every network was skipped", options.recipes[0]);
  }
  return 0;
}

int ablation(const AblationOptions& options) {
  if (!options.folder.empty()) {
    return run_experiment(options);
  }
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const std::string&>>{{"--model", options.model},
                                                                         {"--weights", options.weights},
                                                                         {"--calib", options.calibration},
                                                                         {"--data", options.data}}) {
    if (value.empty()) {
      fail("{} is missing (or -o DIR, with the file of an experiment)", name);
    }
  }
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
  const models::Task task = data->info().task;
  if (options.json.print_text()) {
    print(rows, task == models::Task::kSegmentation);
  }
  nlohmann::json json = nlohmann::json::array();
  for (const AblationRow& row : rows) {
    json.push_back(explore::to_json(row, task));
  }
  options.json.write({{"model", network.graph.name},
                      {"task", explore::task_name(task)},
                      {"images", data->size()},
                      {"rows", json}});
  return 0;
}

}  // namespace

void add_ablation(CLI::App& app, Action& action) {
  auto options = std::make_shared<AblationOptions>();
  auto* command = app.add_subcommand("ablation", "accuracy of a network with each of several recipes");
  command
      ->add_option("recipes", options->recipes,
                   "recipes, or names in configs/quant; with -o: the file of an experiment")
      ->required()
      ->type_name("RECIPE.yaml");
  command->add_option("--model", options->model, "network, or network file NAME.yaml")->type_name("MODEL");
  command->add_option("--weights", options->weights, kWeightsHelp)->type_name("FILE");
  command->add_option("--calib", options->calibration, "calibration images (see below)")->type_name("DIR");
  command->add_option("--data", options->data, "labelled images (see below)")->type_name("DIR");
  auto* folder =
      command->add_option("-o,--output", options->folder,
                          "folder for the tables of an experiment; what it holds is not measured again");
  folder->type_name("DIR");
  command->add_option("--only", options->only, "only these networks of an experiment")
      ->needs(folder)
      ->delimiter(',')
      ->type_name("NAME,...");
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
  command->add_option("--threads", options->threads, "threads (default 0: one a processor)")
      ->check(CLI::Range(0, 4096));
  options->json.add(command);
  command->footer(
      "Examples:\n  tridex ablation vanilla both default --model efficientvit_b0_r64 \\\n"
      "    --weights efficientvit_b0_scenes.safetensors --calib scenes-calib \\\n"
      "    --data scenes-test --images 1000\n"
      "  tridex ablation experiments/ptq/ptq.yaml -o out/ptq\n\n" +
      std::string(data_help()) + "\n\n" + explore::kExperimentHelp);
  command->callback([options, &action] { action = [options] { return ablation(*options); }; });
}

}  // namespace tridex::app
