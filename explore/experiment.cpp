#include "explore/experiment.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/names.h"
#include "base/yaml.h"
#include "explore/evaluate.h"
#include "explore/located.h"
#include "explore/network.h"
#include "models/network_file.h"

namespace tridex::explore {

const char* const kExperimentHelp = R"(The file of an experiment:
  title: text                     optional
  rows:                           what is done with each network
    - vanilla                     a recipe, or its name in configs/quant
    - {name: w4, recipe: default, set: {weight_bits: 4}}     the same with other keys
    - {name: mine, recipe: {weight_bits: 4, layers: [...]}}  a recipe written here
  networks:
    - name: cifar10
      title: text                 optional
      model: efficientvit_b0_r64  as --model
      weights: FILE               as --weights
      calib: cifar10-calib        as --calib
      data: cifar10-test          as --data
      images: 1000                optional: fewer of the data
      set: {calibration_images: 512}   optional: keys of every row here
      rows: [vanilla, w4]         optional: only these
      reference:                  optional: figures of others, by row
        float: {top1: 88.07, source: text}
        vanilla: {top1: 82.2, sqnr_db: 7.6, agreement: 86.1, source: text}
          keys: top1 top5 miou pixel_accuracy agreement (percent), sqnr_db)";

namespace {

using std::filesystem::path;

struct RowSpec {
  std::string name;
  Yaml yaml;  ///< of the row
  path file;  ///< of the recipe; empty: written in the row
  std::vector<std::string> overrides;
};

/// "key=value" for each key of a map.
std::vector<std::string> settings(const Yaml& map) {
  std::vector<std::string> result;
  for (const std::string& key : map.keys()) {
    const Yaml value = map.at(key);
    result.push_back(key + "=" + (value.is_scalar() ? value.text() : value.dump()));
  }
  return result;
}

void check_name(const Yaml& node, const std::string& name, std::set<std::string>& taken) {
  const bool plain = !name.empty() && name[0] != '.' && name.find_first_of("/\\") == std::string::npos;
  if (!plain || name == "float") {
    node.fail("'" + name + "' cannot be the name of a row or a network: it becomes a file's name");
  }
  if (!taken.insert(name).second) {
    node.fail("the name '" + name + "' is given twice");
  }
}

RowSpec read_row(const Yaml& yaml, const path& from, std::set<std::string>& taken) {
  RowSpec row{"", yaml, {}, {}};
  const auto find_recipe = [&](const Yaml& node) {
    return located(node, [&] {
      const path beside = from.parent_path() / node.text();
      return std::filesystem::is_regular_file(beside) ? beside : arch::find_config(node.text(), "quant");
    });
  };
  if (yaml.is_scalar()) {
    row.file = find_recipe(yaml);
    row.name = row.file.stem();
  } else {
    const Yaml recipe = yaml.at("recipe");
    if (recipe.is_scalar()) {
      row.file = find_recipe(recipe);
    }
    row.name = recipe.is_scalar() ? yaml.text("name", row.file.stem()) : yaml.at("name").text();
    if (const auto set = yaml.find("set")) {
      row.overrides = settings(*set);
    }
    yaml.finish();
  }
  check_name(yaml, row.name, taken);
  return row;
}

quant::Recipe recipe_of(const RowSpec& row, const std::vector<std::string>& more) {
  std::vector<std::string> overrides = row.overrides;
  overrides.insert(overrides.end(), more.begin(), more.end());
  quant::Recipe recipe = located(row.yaml, [&] {
    return quant::read_recipe(row.file.empty()
                                  ? Yaml::parse(row.yaml.at("recipe").dump(), row.name, overrides)
                                  : Yaml::load(row.file, overrides));
  });
  recipe.name = row.name;
  return recipe;
}

ReferenceFigures read_figures(const Yaml& yaml) {
  ReferenceFigures figures;
  for (const char* key : {"top1", "top5", "miou", "pixel_accuracy", "agreement"}) {
    if (const auto value = yaml.find(key)) {
      figures.values[key] = value->real(0, 100);
    }
  }
  if (const auto sqnr = yaml.find("sqnr_db")) {
    figures.values["sqnr_db"] = sqnr->real();
  }
  figures.source = yaml.at("source").text();
  yaml.finish();
  return figures;
}

ExperimentNetwork read_network(const Yaml& yaml, const path& from, const std::vector<RowSpec>& rows,
                               std::set<std::string>& taken) {
  ExperimentNetwork network;
  network.name = yaml.at("name").text();
  check_name(yaml.at("name"), network.name, taken);
  network.title = yaml.text("title", "");
  const Yaml model = yaml.at("model");
  network.model = located(model, [&] { return find_model(model.text(), from); });
  // What is not on this machine is skipped; a data set that has no file in configs/datasets is a mistake.
  const auto found = [&](const Yaml& name) {
    try {
      return find_dataset(name.text(), from);
    } catch (const Error& error) {
      if (name.text().find('/') == std::string::npos) {
        name.fail(error.what());
      }
      network.missing = error.what();
      return std::filesystem::path();
    }
  };
  network.calibration = found(yaml.at("calib"));
  network.data = found(yaml.at("data"));
  try {
    network.weights = find_data(yaml.at("weights").text(), from);
  } catch (const Error& error) {
    network.missing = error.what();
  }
  network.images = yaml.integer("images", 0, 0, 1'000'000'000);
  std::vector<std::string> overrides;
  if (const auto set = yaml.find("set")) {
    overrides = settings(*set);
  }
  std::vector<std::string> names{"float"};
  std::set<std::string> wanted;
  for (const RowSpec& row : rows) {
    names.push_back(row.name);
    wanted.insert(row.name);
  }
  const auto check_row = [&](const Yaml& node, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      node.fail("there is no row '" + name + "' (known: " + join(names) + ")");
    }
  };
  if (const auto some = yaml.find("rows")) {
    wanted.clear();
    for (const Yaml& item : some->items()) {
      check_row(item, item.text());
      wanted.insert(item.text());
    }
  }
  for (const RowSpec& row : rows) {
    if (wanted.count(row.name) != 0) {
      network.recipes.push_back(recipe_of(row, overrides));
    }
  }
  if (const auto reference = yaml.find("reference")) {
    for (const std::string& name : reference->keys()) {
      check_row(reference->at(name), name);
      network.references[name] = read_figures(reference->at(name));
    }
  }
  yaml.finish();
  return network;
}

}  // namespace

Experiment read_experiment(const path& file) {
  const Yaml yaml = Yaml::load(file);
  Experiment experiment;
  experiment.name = yaml.text("name", file.stem().string());
  experiment.title = yaml.text("title", experiment.name);
  std::vector<RowSpec> rows;
  std::set<std::string> row_names, network_names;
  for (const Yaml& item : yaml.at("rows").items()) {
    rows.push_back(read_row(item, file, row_names));
  }
  for (const Yaml& item : yaml.at("networks").items()) {
    experiment.networks.push_back(read_network(item, file, rows, network_names));
  }
  if (experiment.networks.empty()) {
    yaml.at("networks").fail("expected at least one network");
  }
  yaml.finish();
  return experiment;
}

namespace {

/// One network's rows in the experiment's folder.
class NetworkRun {
 public:
  NetworkRun(const ExperimentNetwork& network, const ExperimentOptions& options)
      : network_(network), options_(options) {}

  nlohmann::json run() {
    nlohmann::json result{{"name", network_.name},
                          {"title", network_.title},
                          {"model", network_.model.name},
                          {"skipped", nullptr},
                          {"rows", nlohmann::json::array()}};
    if (!network_.missing.empty()) {
      result["skipped"] = network_.missing;
      return result;
    }
    const FloatNetwork floating = load_float_network(network_.model, network_.weights);
    const models::Shape input = floating.graph.node(floating.graph.input).shape;
    std::unique_ptr<models::Dataset> calibration, all;
    try {
      calibration = models::open_dataset(network_.calibration, input);
      all = models::open_dataset(network_.data, input);
    } catch (const Error& error) {  // the data set is described, its images are not here
      result["skipped"] = error.what();
      return result;
    }
    int64_t images = network_.images;
    images = options_.images > 0 && (images == 0 || options_.images < images) ? options_.images : images;
    const auto test = models::part_of(*all, images > 0 ? static_cast<size_t>(images) : all->size());
    const models::Task task = test->info().task;
    result["task"] = task_name(task);
    result["images"] = test->size();
    const std::string common =
        options_.program + content_hash(std::span<const uint8_t>(read_bytes(network_.weights))) +
        content_hash(models::network_text(floating.graph)) + dataset_key(network_.data, *all, images);
    quant::Ablation ablation(floating.graph, floating.weights, *calibration, *test, options_.threads,
                             [&](const quant::AblationProgress& progress) {
                               if (options_.progress) {
                                 options_.progress(network_.name, progress);
                               }
                             });
    result["rows"].push_back(kept("float", common, [&] { return to_json(ablation.float_row(), task); }));
    for (const quant::Recipe& recipe : network_.recipes) {
      const std::string key =
          common + recipe.text + dataset_key(network_.calibration, *calibration, recipe.calibration_images);
      result["rows"].push_back(
          kept(recipe.name, key, [&] { return to_json(ablation.recipe_row(recipe), task); }));
    }
    return result;
  }

 private:
  /// The row of the folder if it was made from the same, else what `measure` gives.
  template <typename Measure>
  nlohmann::json kept(const std::string& name, const std::string& key, const Measure& measure) {
    const path file = options_.folder / "rows" / network_.name / (name + ".json");
    const std::string hash = content_hash(key);
    nlohmann::json row;
    if (std::filesystem::exists(file)) {
      const auto known = nlohmann::json::parse(read_text(file), nullptr, false);
      if (known.is_object() && known.value("key", "") == hash) {
        row = known["row"];
      }
    }
    if (row.is_null()) {
      row = measure();
      if (!row.contains("error")) {
        ensure_folder(file.parent_path());
        write_file(file, nlohmann::json{{"key", hash}, {"row", row}}.dump(1) + "\n");
      }
    }
    const auto reference = network_.references.find(name);
    if (reference != network_.references.end()) {
      row["reference"] = reference->second.values;
      row["reference"]["source"] = reference->second.source;
    }
    return row;
  }

  const ExperimentNetwork& network_;
  const ExperimentOptions& options_;
};

}  // namespace

nlohmann::json run_experiment(const Experiment& experiment, const ExperimentOptions& options) {
  std::vector<std::string> names;
  for (const ExperimentNetwork& network : experiment.networks) {
    names.push_back(network.name);
  }
  for (const std::string& name : options.only) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      fail("experiment {}: there is no network '{}' (known: {})", experiment.name, name, join(names));
    }
  }
  nlohmann::json result{
      {"name", experiment.name}, {"title", experiment.title}, {"networks", nlohmann::json::array()}};
  for (const ExperimentNetwork& network : experiment.networks) {
    if (options.only.empty() ||
        std::find(options.only.begin(), options.only.end(), network.name) != options.only.end()) {
      result["networks"].push_back(NetworkRun(network, options).run());
    }
  }
  return result;
}

nlohmann::json to_json(const quant::AblationRow& row, models::Task task) {
  nlohmann::json figures{{"recipe", row.recipe}};
  if (!row.error.empty()) {
    figures["error"] = row.error;
    return figures;
  }
  figures["seconds"] = row.evaluate_seconds;
  if (task == models::Task::kSegmentation) {
    figures["miou"] = row.miou;
    figures["pixel_accuracy"] = row.pixel_accuracy;
  } else {
    figures["top1"] = row.top1;
    figures["top5"] = row.top5;
  }
  if (row.compared) {
    figures["network"] = row.network_hash;
    figures["logits_sqnr_db"] = row.sqnr_db;
    figures["agreement_with_float"] = row.agreement;
    figures["difference_from_float"] = to_json(row.difference, task);
    figures["needs"] = row.needs;
    figures["calibration_images"] = row.calibration_images;
    figures["quantize_seconds"] = row.quantize_seconds;
  }
  return figures;
}

}  // namespace tridex::explore
