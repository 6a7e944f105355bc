#include "app/calibrated.h"

#include <filesystem>
#include <span>

#include "app/console.h"
#include "arch/design/design_point.h"
#include "base/file.h"
#include "base/hash.h"

namespace tridex::app {

void RecipeOptions::add(CLI::App* command) {
  command->add_option("recipe", recipe, "recipe, or a name in configs/quant")
      ->required()
      ->type_name("RECIPE.yaml");
  command->add_option("--model", model, "network, or network file NAME.yaml")->required()->type_name("MODEL");
  command->add_option("--weights", weights, kWeightsHelp)->required()->type_name("FILE");
  command
      ->add_option("--calib", calibration,
                   "calibration images: a folder, or a data set YAML or its name (see below)")
      ->required()
      ->type_name("DIR");
  command->add_option("--threads", threads, "threads (default 0: one a processor)")
      ->check(CLI::Range(0, 4096));
}

void CalibratedOptions::add(CLI::App* command) {
  RecipeOptions::add(command);
  command
      ->add_option("--images", images,
                   "measured on so many images of --calib beside those that the recipe calibrates on")
      ->default_val(8)
      ->check(CLI::Range(1, 100'000));
}

Calibrated load(const CalibratedOptions& options) {
  Calibrated result;
  result.recipe = quant::read_recipe(Yaml::load(arch::find_config(options.recipe, "quant")));
  result.weights = explore::find_data(options.weights);
  result.network = explore::load_float_network(explore::find_model(options.model), result.weights);
  print_remarks(result.network.remarks);
  const auto calibration = models::open_dataset(explore::find_dataset(options.calibration),
                                                result.network.graph.node(result.network.graph.input).shape);
  result.images = explore::split_calibration(*calibration, result.recipe.calibration_images, options.images);
  return result;
}

explore::SensitivityJob sensitivity_job(const Calibrated& calibrated, unsigned threads) {
  explore::SensitivityJob job;
  job.network = &calibrated.network;
  job.weights = calibrated.weights;
  job.recipe = calibrated.recipe;
  job.images = calibrated.images;
  job.program = program_hash();
  job.threads = threads;
  return job;
}

std::string program_hash() {
  std::error_code code;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
  return code ? TRIDEX_VERSION : content_hash(std::span<const uint8_t>(read_bytes(self)));
}

}  // namespace tridex::app
