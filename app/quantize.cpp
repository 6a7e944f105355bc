#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "app/calibrated.h"
#include "app/command.h"
#include "app/console.h"
#include "app/interrupt.h"
#include "app/progress.h"
#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/file.h"
#include "base/names.h"
#include "base/parallel.h"
#include "explore/network.h"
#include "explore/report/quantization_report.h"
#include "quant/fold.h"
#include "quant/mixed_precision.h"
#include "quant/requirements.h"

namespace tridex::app {
namespace {

using quant::WidthCost;

/// Of the layers with more bits than the recipe says, so many are named.
constexpr size_t kWiderShown = 6;

struct QuantizeOptions : RecipeOptions {
  std::string out, report;
  int report_images = 0;
  JsonOption json;
};

using Lines = std::vector<std::pair<std::string, std::string>>;

/// The first `limit` of the words, and how many more there are.
std::string some(const std::vector<std::string>& words, size_t limit) {
  std::vector<std::string> first(words.begin(),
                                 words.begin() + static_cast<std::ptrdiff_t>(std::min(limit, words.size())));
  if (first.size() < words.size()) {
    first.push_back(fmt::format("{} more", words.size() - first.size()));
  }
  return first.empty() ? "none" : join(first, "; ");
}

std::vector<quant::TensorReport> compare_layers(const explore::FloatNetwork& network,
                                                const quant::Recipe& recipe, const quant::IntegerGraph& graph,
                                                const std::vector<models::Activation>& images,
                                                const QuantizeOptions& options, Progress& progress) {
  const size_t count = std::min(images.size(), static_cast<size_t>(options.report_images));
  const std::vector<models::Activation> used(images.begin(),
                                             images.begin() + static_cast<std::ptrdiff_t>(count));
  return quant::report_layers(
      quant::lower(network.graph, recipe), quant::fold_batch_norms(network.graph, network.weights), graph,
      used, options.threads, [&](size_t done, size_t total) { progress.update("report", done, total); });
}

void print_layers(const std::vector<quant::TensorReport>& tensors) {
  const auto decibels = [](double value) {
    return std::isfinite(value) ? fmt::format("{:.1f}", value) : "exact";
  };
  Table table({"layer", "op", ">bits", ">low", ">high", ">scale", ">zero", ">clipped %", ">SQNR dB",
               ">cosine", ">W bits", ">W dB"});
  for (const quant::TensorReport& t : tensors) {
    table.row({t.name, t.op, std::to_string(t.bits), fmt::format("{:.3g}", t.low),
               fmt::format("{:.3g}", t.high),
               t.smallest_scale == t.largest_scale ? fmt::format("{:.3g}", t.largest_scale) : "per channel",
               t.lowest_zero == t.highest_zero ? std::to_string(t.lowest_zero) : "per channel",
               fmt::format("{:.3f}", 100 * t.clipped), decibels(t.sqnr_db), fmt::format("{:.5f}", t.cosine),
               t.weight_bits ? std::to_string(*t.weight_bits) : "",
               t.weight_sqnr_db ? decibels(*t.weight_sqnr_db) : ""});
  }
  fmt::print("\n{}", table.text());
}

int quantize(const QuantizeOptions& options) {
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
  if (!options.report.empty()) {
    ensure_folder(options.report);
  }
  const auto images = explore::calibration_images(*calibration, recipe.calibration_images);
  quant::IntegerGraph graph;
  std::vector<quant::TensorReport> tensors;
  double calibration_seconds = 0;
  {
    Progress progress;
    const auto begin = std::chrono::steady_clock::now();
    graph = quant::quantize(
        network.graph, network.weights, recipe, images, options.threads,
        [&](const quant::QuantizeProgress& step) { progress.update(step.step, step.done, step.total); });
    calibration_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!options.report.empty()) {
      tensors = compare_layers(network, recipe, graph, images, options, progress);
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::vector<std::string> wider = explore::wider_layers(graph, recipe);
  const int64_t weight_bytes = network_cost(graph, WidthCost::kSize);
  Lines lines{{"model", graph.model},
              {"recipe", recipe.name},
              {"calibration images",
               fmt::format("{} of {} in {}", images.size(), calibration->size(), options.calibration)},
              {"calibration", fmt::format("{:.1f} s, {} threads", calibration_seconds,
                                          options.threads == 0 ? default_threads() : options.threads)},
              {"random numbers", recipe.reconstruction_steps > 0 ? "a fixed seed" : "none"},
              {"layers", grouped(static_cast<int64_t>(graph.nodes.size()))},
              {"weights", fmt::format("{} bytes, {:.0f} % of 8 bits each", grouped(weight_bytes),
                                      100.0 * static_cast<double>(weight_bytes) /
                                          static_cast<double>(network_cost(graph, WidthCost::kSize, 8)))},
              {"wider layers", some(wider, kWiderShown)},
              {"the machine needs", join(quant::in_words(quant::requirements_of(graph)), "; ")},
              {"network", graph.hash()}};
  {
    const InterruptShield shield;
    quant::save_network(graph, out);
    if (!options.report.empty()) {
      Lines about = lines;
      std::erase_if(about, [](const auto& line) { return line.first == "wider layers"; });
      about.emplace_back("images of this report",
                         std::to_string(std::min(images.size(), static_cast<size_t>(options.report_images))));
      about.emplace_back("program", TRIDEX_VERSION);
      explore::write_quantization_report({graph.model, recipe.name, recipe.text, about, wider, tensors},
                                         options.report);
    }
  }
  lines.emplace_back("written to", out.string());
  if (!options.report.empty()) {
    lines.emplace_back("report", (std::filesystem::path(options.report) / "report.html").string());
  }
  lines.emplace_back("time", fmt::format("{:.1f} s", seconds));
  if (options.json.print_text()) {
    fmt::print("{}", facts(lines));
    if (!options.report.empty()) {
      fmt::print("\nrecipe:\n{}\n", recipe.text);
      print_layers(tensors);
    }
  }
  nlohmann::json json{{"model", graph.model},       {"recipe", recipe.name},
                      {"recipe_text", recipe.text}, {"images", images.size()},
                      {"hash", graph.hash()},       {"file", out.string()},
                      {"wider_layers", wider},      {"calibration_seconds", calibration_seconds},
                      {"seconds", seconds},         {"weight_bytes", weight_bytes}};
  if (!options.report.empty()) {
    json["report_images"] = std::min(images.size(), static_cast<size_t>(options.report_images));
    json["layers"] = nlohmann::json::array();
    for (const quant::TensorReport& tensor : tensors) {
      json["layers"].push_back(explore::to_json(tensor));
    }
  }
  options.json.write(json);
  return 0;
}

}  // namespace

void add_quantize(CLI::App& app, Action& action) {
  auto options = std::make_shared<QuantizeOptions>();
  auto* command = app.add_subcommand("quantize", "quantize a network after training");
  options->add(command);
  command->add_option("-o,--output", options->out, "the quantized network")->required()->type_name("net.tdx");
  auto* report = command->add_option(
      "--report", options->report,
      "folder for a report: report.html, layers.csv, histograms.csv; also prints the layers");
  report->type_name("DIR");
  command
      ->add_option("--report-images", options->report_images,
                   "of the calibration images, so many for the report")
      ->needs(report)
      ->default_val(8)
      ->check(CLI::Range(1, 1'000'000));
  options->json.add(command);
  command->footer(
      "Example:\n  tridex quantize default --model efficientvit_b0_r64 \\\n"
      "    --weights efficientvit_b0_scenes.safetensors --calib scenes-calib -o scenes.tdx\n"
      "  ... the same with --report out/default-report: SQNR, ranges and histograms of every layer\n\n" +
      recipe_help() + "\n" + data_help());
  command->callback([options, &action] { action = [options] { return quantize(*options); }; });
}

}  // namespace tridex::app
