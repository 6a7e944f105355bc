#include "explore/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "app/calibrated.h"
#include "app/command.h"
#include "app/console.h"
#include "app/progress.h"
#include "base/file.h"

namespace tridex::app {
namespace {

struct SensitivityOptions {
  CalibratedOptions calibrated;
  std::vector<int> bits;
  std::string layers, out;
  bool whole_recipe = false;
  JsonOption json;
};

std::string decibels(const std::optional<quant::LogitNoise>& noise) {
  if (!noise) {
    return "";
  }
  const double db = noise->sqnr_db();
  return std::isfinite(db) ? fmt::format("{:.1f}", db) : db > 0 ? "exact" : "-inf";
}

/// Worst first.
void print(std::vector<explore::SensitivityLine> lines, bool whole_recipe) {
  const auto worst = [](const explore::SensitivityLine& line) {
    return line.both ? line.both->relative : line.activations->relative;
  };
  std::stable_sort(lines.begin(), lines.end(),
                   [&](const auto& a, const auto& b) { return worst(a) > worst(b); });
  if (whole_recipe) {
    Table table({"layer", "op", ">bits", ">logits dB", ">KL"});
    for (const auto& line : lines) {
      table.row({line.layer, line.op, std::to_string(line.bits), decibels(line.both),
                 fmt::format("{:.2e}", line.both->kl)});
    }
    fmt::print("{}", table.text());
    return;
  }
  Table table({"layer", "op", ">bits", ">weights dB", ">activations dB", ">both dB", ">KL"});
  for (const auto& line : lines) {
    table.row({line.layer, line.op, std::to_string(line.bits), decibels(line.weights),
               decibels(line.activations), decibels(line.both),
               fmt::format("{:.2e}", line.both ? line.both->kl : line.activations->kl)});
  }
  fmt::print("{}", table.text());
}

int sensitivity(const SensitivityOptions& options) {
  const std::filesystem::path out = options.out;
  ensure_folder(out.has_parent_path() ? out.parent_path() : ".");
  const Calibrated calibrated = load(options.calibrated);
  explore::SensitivityJob job = sensitivity_job(calibrated, options.calibrated.threads);
  job.bits = options.bits;
  job.layers = options.layers;
  job.whole_recipe = options.whole_recipe;
  job.file = out;
  std::vector<explore::SensitivityLine> lines;
  {
    Progress progress;
    job.progress = [&](const std::string& step, size_t done, size_t total) {
      progress.update(step, done, total);
    };
    lines = explore::measure_sensitivities(job);
  }
  if (options.json.print_text()) {
    print(lines, options.whole_recipe);
  }
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& line : lines) {
    rows.push_back(to_json(line));
  }
  options.json.write({{"model", calibrated.network.graph.name},
                      {"recipe", calibrated.recipe.name},
                      {"images", calibrated.images.measured.size()},
                      {"mode", options.whole_recipe ? "recipe" : "alone"},
                      {"layers", rows}});
  return 0;
}

}  // namespace

void add_sensitivity(CLI::App& app, Action& action) {
  auto options = std::make_shared<SensitivityOptions>();
  auto* command = app.add_subcommand("sensitivity", "what the width of each layer does to the logits");
  options->calibrated.add(command);
  command->add_option("--bits", options->bits, "widths to measure")
      ->default_val(std::vector<int>{4})
      ->delimiter(',')
      ->check(CLI::Range(2, 16));
  command->add_option("--layers", options->layers, "only layers with such names")
      ->default_val("*")
      ->type_name("GLOB");
  command->add_flag("--in-recipe", options->whole_recipe,
                    "the recipe's integer network with one layer changed, quantized anew for each: slow");
  command
      ->add_option("-o,--output", options->out,
                   "measured layers, a JSON line each; goes on with what is there")
      ->default_val("sensitivity.jsonl")
      ->type_name("FILE.jsonl");
  options->json.add(command);
  command->footer(
      "Each layer alone is quantized to so many bits and all else stays in float: its weights, its output, "
      "both.\n"
      "Prints the SQNR of the logits against the float network and the KL divergence, the worst layer first. "
      "The\n"
      "recipe says how ranges are found and which tensors have scales per channel. The images that are "
      "measured on are\n"
      "not those that it calibrates on.\n\n"
      "Examples:\n"
      "  tridex sensitivity default --bits 4 --model efficientvit_b0_r64 \\\n"
      "    --weights efficientvit_b0_scenes.safetensors --calib scenes-calib\n"
      "  tridex sensitivity default --bits 4 --in-recipe --layers '*stages.3*' --model efficientvit_b0_r64 "
      "\\\n"
      "    --weights efficientvit_b0_scenes.safetensors --calib scenes-calib\n\n" +
      std::string(data_help()));
  command->callback([options, &action] { action = [options] { return sensitivity(*options); }; });
}

}  // namespace tridex::app
