#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>

#include "app/calibrated.h"
#include "app/command.h"
#include "app/console.h"
#include "app/interrupt.h"
#include "app/progress.h"
#include "base/error.h"
#include "base/file.h"
#include "base/names.h"
#include "explore/sensitivity.h"
#include "quant/mixed_precision.h"

namespace tridex::app {
namespace {

using quant::WidthCost;

struct MixedOptions {
  CalibratedOptions calibrated;
  std::vector<int> candidates;
  std::string budget, sensitivities, out;
  bool verify = false;
  JsonOption json;
};

struct Budget {
  WidthCost kind = WidthCost::kSize;
  std::string unit;   ///< of the cost
  double amount = 0;  ///< of the unit, or of the widest candidates' cost
  bool is_share = false;
};

Budget parse_budget(const std::string& text) {
  static const std::map<std::string, std::pair<WidthCost, std::string>> kKinds = {
      {"size", {WidthCost::kSize, "bytes"}},
      {"traffic", {WidthCost::kTraffic, "bytes"}},
      {"products", {WidthCost::kProducts, "bit products"}}};
  static const std::map<std::string, double> kUnits = {
      {"", 1},    {"B", 1},   {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1024.0 * 1024},
      {"k", 1e3}, {"M", 1e6}, {"G", 1e9},  {"T", 1e12}, {"%", 0.01}};
  const size_t equals = text.find('=');
  const auto kind = kKinds.find(text.substr(0, equals));
  if (equals == std::string::npos || kind == kKinds.end()) {
    fail("--budget {}: expected size=AMOUNT, traffic=AMOUNT or products=AMOUNT", text);
  }
  Budget budget;
  budget.kind = kind->second.first;
  budget.unit = kind->second.second;
  const std::string amount = text.substr(equals + 1);
  char* end = nullptr;
  budget.amount = std::strtod(amount.c_str(), &end);
  const auto unit = kUnits.find(end);
  const bool bare_bytes = budget.kind != WidthCost::kProducts && *end == '\0';  // 0.5 of what?
  if (end == amount.c_str() || bare_bytes || unit == kUnits.end() || !std::isfinite(budget.amount) ||
      budget.amount <= 0) {
    fail(
        "--budget {}: expected a number and a unit (B, kB, MB, KiB, MiB; k, M, G; or % of the widest), got "
        "'{}'",
        text, amount);
  }
  budget.amount *= unit->second;
  budget.is_share = unit->first == "%";
  return budget;
}

/// The recipe with the widths that differ from its own.
std::string recipe_text(const quant::Recipe& recipe, const std::string& remark,
                        const std::map<std::string, int>& widths) {
  std::string text = fmt::format("# {}\n{}\n", remark, recipe.text);
  if (!widths.empty()) {
    text += "layers:\n";
    for (const auto& [layer, bits] : widths) {
      text += fmt::format("  - {{match: \"{}\", weight_bits: {}}}\n", layer, bits);
    }
  }
  return text;
}

/// What there is to choose from.
struct Problem {
  quant::IntegerGraph graph;
  std::vector<int> candidates;                           ///< ascending
  std::vector<int> layers;                               ///< convolutions
  std::vector<std::vector<quant::WidthChoice>> choices;  ///< by layer and candidate
  int64_t fixed = 0, widest = 0, limit = 0;              ///< costs
};

/// Without the noises. Error: not even the narrowest fit.
Problem problem_of(const MixedOptions& options, const Budget& budget, const Calibrated& calibrated) {
  Problem p;
  p.graph = quant::lower(calibrated.network.graph, calibrated.recipe).graph;
  p.candidates = options.candidates;
  std::sort(p.candidates.begin(), p.candidates.end());
  for (const quant::IntNode& node : p.graph.nodes) {
    if (node.op == quant::IntOp::kConv) {
      p.layers.push_back(node.id);
      p.choices.emplace_back();
      for (const int bits : p.candidates) {
        p.choices.back().push_back({bits, quant::convolution_cost(p.graph, node, budget.kind, bits), 0});
      }
    }
  }
  p.fixed = quant::fixed_cost(p.graph, budget.kind);
  p.widest = quant::network_cost(p.graph, budget.kind, p.candidates.back());
  const int64_t narrowest = quant::network_cost(p.graph, budget.kind, p.candidates.front());
  p.limit =
      static_cast<int64_t>(budget.is_share ? budget.amount * static_cast<double>(p.widest) : budget.amount);
  if (p.limit < narrowest) {
    fail("--budget {}: {} {} are too small; {} bits everywhere take {} ({:.1f} % of the widest)",
         options.budget, grouped(p.limit), budget.unit, p.candidates.front(), grouped(narrowest),
         std::ceil(1000.0 * static_cast<double>(narrowest) / static_cast<double>(p.widest)) / 10);
  }
  return p;
}

void measure_noises(const MixedOptions& options, const Calibrated& calibrated, Problem& p) {
  explore::SensitivityJob job = sensitivity_job(calibrated, options.calibrated.threads);
  job.bits = p.candidates;
  job.convolutions = true;
  job.file = options.sensitivities.empty() ? options.out + ".jsonl" : options.sensitivities;
  Progress progress;
  job.progress = [&](const std::string& step, size_t done, size_t total) {
    progress.update(step, done, total);
  };
  std::map<std::pair<std::string, int>, double> noise;
  for (const auto& line : explore::measure_sensitivities(job)) {
    noise[{line.layer, line.bits}] = line.weights->relative;
  }
  for (size_t i = 0; i < p.layers.size(); ++i) {
    for (quant::WidthChoice& choice : p.choices[i]) {
      choice.noise = noise.at({p.graph.node(p.layers[i]).name, choice.bits});
    }
  }
}

/// SQNR of the logits with the new recipe, and with each candidate everywhere, by name.
std::vector<std::pair<std::string, double>> verify(const MixedOptions& options, const Calibrated& calibrated,
                                                   const Problem& p, const quant::Recipe& mixed) {
  std::vector<std::pair<std::string, quant::Recipe>> recipes{{"mixed", mixed}};
  for (const int bits : p.candidates) {
    quant::Recipe uniform = calibrated.recipe;
    quant::LayerWidths all;
    all.match = "*";
    all.weight_bits = bits;
    uniform.layers = {all};
    recipes.emplace_back(fmt::format("all {} bits", bits), uniform);
  }
  std::vector<std::pair<std::string, double>> result;
  Progress progress;
  for (const auto& [name, recipe] : recipes) {
    progress.update("verify: " + name, result.size(), recipes.size());
    result.emplace_back(name, quant::measure_recipe(calibrated.network.graph, calibrated.network.weights,
                                                    recipe, calibrated.images.calibration,
                                                    calibrated.images.measured, options.calibrated.threads)
                                  .sqnr_db());
  }
  return result;
}

int mixed(const MixedOptions& options) {
  const Budget budget = parse_budget(options.budget);
  const std::filesystem::path out = options.out;
  ensure_folder(out.has_parent_path() ? out.parent_path() : ".");
  const Calibrated calibrated = load(options.calibrated);
  const quant::Recipe& recipe = calibrated.recipe;
  if (!recipe.layers.empty()) {
    fail("recipe {}: has `layers` already; this command writes them", recipe.name);
  }
  Problem p = problem_of(options, budget, calibrated);
  measure_noises(options, calibrated, p);
  const std::vector<size_t> chosen = quant::choose_widths(p.choices, p.limit - p.fixed);

  int64_t cost = p.fixed;
  double predicted = 0;
  std::map<std::string, int> widths;
  Table table({"layer", ">weights", ">bits", ">logits dB"});
  nlohmann::json rows = nlohmann::json::array();
  for (size_t i = 0; i < p.layers.size(); ++i) {
    const quant::IntNode& layer = p.graph.node(p.layers[i]);
    const quant::WidthChoice& choice = p.choices[i][chosen[i]];
    cost += choice.cost;
    predicted += choice.noise;
    if (choice.bits != layer.weight_bits) {
      widths[layer.name] = choice.bits;
    }
    const int64_t count = quant::convolution_cost(p.graph, layer, WidthCost::kSize, 8);
    const double db = quant::LogitNoise{choice.noise, 0}.sqnr_db();
    table.row({layer.name, grouped(count), std::to_string(choice.bits),
               std::isfinite(db) ? fmt::format("{:.1f}", db) : "exact"});
    rows.push_back(
        {{"layer", layer.name}, {"bits", choice.bits}, {"cost", choice.cost}, {"noise", choice.noise}});
  }
  const std::string text = recipe_text(recipe,
                                       fmt::format("{} with weights of {} bits under {}", recipe.name,
                                                   fmt::join(p.candidates, ", "), options.budget),
                                       widths);
  {
    const InterruptShield shield;
    write_output(out, text);
  }
  std::vector<std::pair<std::string, std::string>> lines{
      {"budget", fmt::format("{} {}", grouped(p.limit), budget.unit)},
      {"cost", fmt::format("{} {}", grouped(cost), budget.unit)},
      {"widest", fmt::format("{} {}", grouped(p.widest), budget.unit)},
      {"logits, predicted",
       fmt::format("{:.1f} dB if weights were the only noise", quant::LogitNoise{predicted, 0}.sqnr_db())}};
  nlohmann::json json{{"model", p.graph.model}, {"recipe", out.string()}, {"budget", p.limit},
                      {"unit", budget.unit},    {"cost", cost},           {"widest", p.widest},
                      {"predicted", predicted}, {"layers", rows}};
  if (options.json.print_text()) {
    fmt::print("{}", table.text());
    std::fflush(stdout);
  }
  if (options.verify) {
    for (const auto& [name, db] :
         verify(options, calibrated, p, quant::read_recipe(Yaml::parse(text, out.string())))) {
      lines.emplace_back("logits, " + name, fmt::format("{:.1f} dB", db));
      json["verified"][name] = db;
    }
  }
  lines.emplace_back("written to", out.string());
  if (options.json.print_text()) {
    fmt::print("\n{}", facts(lines));
  }
  options.json.write(json);
  return 0;
}

}  // namespace

void add_mixed(CLI::App& app, Action& action) {
  auto options = std::make_shared<MixedOptions>();
  auto* command = app.add_subcommand("mixed", "a width for the weights of each layer, under a budget");
  options->calibrated.add(command);
  command->add_option("--budget", options->budget, "what the network may cost (see below)")
      ->required()
      ->type_name("KIND=AMOUNT");
  command->add_option("--candidates", options->candidates, "widths to choose from")
      ->default_val(std::vector<int>{4, 6, 8})
      ->delimiter(',')
      ->check(CLI::Range(2, 16));
  command
      ->add_option("--sensitivities", options->sensitivities,
                   "file of measured layers, gone on with; default: OUTPUT.jsonl")
      ->type_name("FILE.jsonl");
  command->add_flag("--verify", options->verify,
                    "quantize with the new recipe, and with each width everywhere, and compare the logits");
  command->add_option("-o,--output", options->out, "the new recipe, for tridex quantize")
      ->required()
      ->type_name("RECIPE.yaml");
  options->json.add(command);
  command->footer(
      "Measures what each layer's weights at each width do to the logits (tridex sensitivity), takes the "
      "noises for\n"
      "independent, and finds the widths of least total noise (exactly: a knapsack problem). Budgets:\n"
      "  size=0.5MB       bytes of the weights\n"
      "  traffic=2MB      bytes a frame if nothing stays on the chip: weights and all tensors\n"
      "  products=5G      bit products a frame: MACs x bits of the weight x bits of the input\n"
      "  size=60%         of what the widest candidates cost; also of the others\n\n"
      "Example:\n"
      "  tridex mixed default --budget size=1.2MB --model efficientvit_b0_r64 \\\n"
      "    --weights efficientvit_b0_scenes.safetensors --calib scenes-calib -o mixed.yaml --verify\n\n" +
      std::string(data_help()));
  command->callback([options, &action] { action = [options] { return mixed(*options); }; });
}

}  // namespace tridex::app
