#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "explore/model.h"
#include "quant/ablation.h"

namespace tridex::explore {

/// Figures of others to put beside a row: top1, top5, miou, pixel_accuracy, agreement (percent), sqnr_db.
struct ReferenceFigures {
  std::map<std::string, double> values;
  std::string source;  ///< where they are from, in words
};

struct ExperimentNetwork {
  std::string name;   ///< of its rows' folder
  std::string title;  ///< may be empty
  Model model;
  std::filesystem::path weights, calibration, data;
  int64_t images = 0;   ///< of the data set; 0: all
  std::string missing;  ///< why it cannot be measured here; empty: it can
  std::vector<quant::Recipe> recipes;
  std::map<std::string, ReferenceFigures> references;  ///< of rows by name; "float" too
};

/// Rows (recipes) on several networks, with reference figures.
struct Experiment {
  std::string name, title;
  std::vector<ExperimentNetwork> networks;
};

/// The schema is in kExperimentHelp. Error: file:line: key. A network whose weights or images are not on this
/// machine is no error: it says so in `missing`.
Experiment read_experiment(const std::filesystem::path& file);
extern const char* const kExperimentHelp;

struct ExperimentOptions {
  std::filesystem::path folder;
  std::string program;            ///< what rows depend on beside their inputs: identifies the program
  std::vector<std::string> only;  ///< networks, by name; empty: all. Error: an unknown one
  int64_t images = 0;             ///< fewer of each data set; 0: as the experiment says
  unsigned threads = 0;
  std::function<void(const std::string& network, const quant::AblationProgress&)> progress;
};

/// Measures the rows that `folder` does not hold yet (rows/NETWORK/ROW.json, written whole or not at all,
/// with a hash of everything the row depends on), and returns all of them: {name, title, networks: [{name,
/// title, model, task, images, skipped (reason, or null), rows: [{recipe, ..., reference}]}]}. Interrupted at
/// any moment, the same call goes on. A recipe that fails is a row with its error.
nlohmann::json run_experiment(const Experiment& experiment, const ExperimentOptions& options);

/// The keys of a row; only those that are known are there.
nlohmann::json to_json(const quant::AblationRow& row, models::Task task);

/// What run_experiment() returned, for people and for spreadsheets.
std::string experiment_markdown(const nlohmann::json& result);
std::string experiment_csv(const nlohmann::json& result);

}  // namespace tridex::explore
