#include "explore/evaluate.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "app/progress.h"
#include "base/error.h"
#include "explore/network.h"

namespace tridex::app {
namespace {

struct EvaluateOptions {
  std::string model, weights, net, data, task, executor, design;
  int64_t images = 0;
  unsigned threads = 0;
  JsonOption json;
};

void print(const explore::Evaluation& e) {
  std::vector<std::pair<std::string, std::string>> lines{
      {"model", e.model}, {"executor", e.executor}, {"images", grouped(e.images)}};
  if (e.task == models::Task::kSegmentation) {
    lines.emplace_back("pixel accuracy", fmt::format("{:6.2f} %", e.pixel_accuracy));
    lines.emplace_back("mIoU", fmt::format("{:6.2f} %", e.miou));
  } else {
    lines.emplace_back("top-1", fmt::format("{:6.2f} %", e.top1));
    lines.emplace_back("top-5", fmt::format("{:6.2f} %", e.top5));
  }
  if (e.agreement_with_float) {
    lines.emplace_back("agrees with float", fmt::format("{:6.2f} %", *e.agreement_with_float));
    lines.emplace_back("SQNR of the logits", fmt::format("{:6.2f} dB", *e.logits_sqnr_db));
  }
  if (e.difference_from_float) {
    lines.emplace_back(e.task == models::Task::kSegmentation ? "mIoU against float" : "top-1 against float",
                       points(*e.difference_from_float));
  }
  lines.emplace_back("time", fmt::format("{:.1f} s ({:.3g} images/s)", e.seconds,
                                         static_cast<double>(e.images) / e.seconds));
  fmt::print("{}", facts(lines));
  if (!e.class_iou.empty()) {
    Table table({"class", ">IoU %"});
    for (size_t i = 0; i < e.class_iou.size(); ++i) {
      table.row(
          {i < e.classes.size() ? e.classes[i] : std::to_string(i), fmt::format("{:.2f}", e.class_iou[i])});
    }
    fmt::print("\n{}", table.text());
  }
}

int evaluate(EvaluateOptions options) {
  if (options.executor.empty()) {
    options.executor = options.net.empty() ? "float" : "integer";
  }
  if (options.executor == "float" && !options.net.empty()) {
    fail("--executor float: runs --model and --weights, without --net");
  }
  if (options.executor != "float" && options.net.empty()) {
    fail("--executor {}: needs a quantized network, --net net.tdx", options.executor);
  }
  if (options.model.empty() != options.weights.empty()) {
    fail("--model and --weights belong together");
  }
  if (options.net.empty() && options.model.empty()) {
    fail("what to evaluate is missing: --net net.tdx, or --model MODEL --weights FILE");
  }
  if (options.executor == "platform" && options.design.empty()) {
    fail("--executor platform: needs --design DESIGN.yaml");
  }
  if (options.executor != "platform" && !options.design.empty()) {
    fail("--design: only --executor platform runs a design");
  }

  std::optional<explore::FloatNetwork> network;
  std::optional<quant::IntegerGraph> graph;
  std::optional<arch::DesignPoint> design;
  explore::Candidate candidate;
  models::Shape input;
  if (!options.model.empty()) {
    network =
        explore::load_float_network(explore::find_model(options.model), explore::find_data(options.weights));
    print_remarks(network->remarks);
    candidate.graph = &network->graph;
    candidate.weights = &network->weights;
    input = network->graph.node(network->graph.input).shape;
  }
  if (!options.net.empty()) {
    graph = quant::load_network(options.net);
    candidate.network = &*graph;
    if (network && !(input == graph->node(graph->input).shape)) {
      fail("{} was made from {}, not from --model {}", options.net, graph->model, options.model);
    }
    input = graph->node(graph->input).shape;
  }
  if (!options.design.empty()) {
    design = arch::read_design(arch::find_config(options.design, "designs"));
    candidate.design = &*design;
  }
  const auto data = models::open_dataset(explore::find_dataset(options.data), input);
  if (!options.task.empty() && options.task != explore::task_name(data->info().task)) {
    fail("{}: is a data set for {}, not {}", options.data, explore::task_name(data->info().task),
         options.task);
  }
  // A map of logits is a segmentation; a classifier's output has one pixel.
  const models::Shape output = graph     ? graph->node(graph->output).shape
                               : network ? network->graph.node(network->graph.output).shape
                                         : models::Shape{};
  const auto task = output.pixels() > 1 ? models::Task::kSegmentation : models::Task::kClassification;
  if (task != data->info().task) {
    fail("{}: is for {}; this network does {}", options.data, explore::task_name(data->info().task),
         explore::task_name(task));
  }
  explore::Evaluation result;
  {
    Progress progress;
    result = explore::evaluate(candidate, *data,
                               {options.images, options.threads,
                                [&](size_t done, size_t total) { progress.update("images", done, total); }});
  }
  if (options.json.print_text()) {
    print(result);
  }
  options.json.write(to_json(result));
  return 0;
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* command = app.add_subcommand("evaluate", "accuracy of a network on labelled images");
  command->add_option("--net", options->net, "quantized network")->type_name("net.tdx");
  command
      ->add_option("--model", options->model,
                   "float network, or network file NAME.yaml; with --net: compared with it")
      ->type_name("MODEL");
  command->add_option("--weights", options->weights, kWeightsHelp)->type_name("FILE");
  command
      ->add_option("--data", options->data,
                   "labelled images: a folder, or a data set YAML or its name (see below)")
      ->required()
      ->type_name("DIR");
  command->add_option("--task", options->task, "what the data set must be for")
      ->check(CLI::IsMember({"classification", "segmentation"}));
  command->add_option("--executor", options->executor, "default: integer with --net, else float")
      ->check(CLI::IsMember({"float", "integer", "platform"}));
  command->add_option("--design", options->design, "the machine for --executor platform")
      ->type_name("DESIGN.yaml");
  command->add_option("--images", options->images, "only so many, of all classes: spread over the data set")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--threads", options->threads, "threads (default 0: one a processor)")
      ->check(CLI::Range(0, 4096));
  options->json.add(command);
  command->footer(
      "Example:\n"
      "  tridex evaluate --model efficientvit_b0_r64 --weights efficientvit_b0_scenes.safetensors \\\n"
      "    --data scenes-test --images 1000\n\n" +
      std::string(data_help()));
  command->callback([options, &action] { action = [options] { return evaluate(*options); }; });
}

}  // namespace tridex::app
