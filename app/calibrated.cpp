#include "app/calibrated.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include "app/console.h"
#include "arch/design/design_point.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/random.h"

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
  command->add_option("--threads", threads, "threads; 0: one a processor")->check(CLI::Range(0, 4096));
}

void CalibratedOptions::add(CLI::App* command) {
  RecipeOptions::add(command);
  command
      ->add_option("--images", images,
                   "measured on so many images of --calib beside those that the recipe calibrates on")
      ->default_val(8)
      ->check(CLI::Range(1, 100'000));
}

namespace {

/// `count` of `size`, drawn with a fixed seed: where classes take turns or come in order, a stride or an end
/// would have some of them only.
std::vector<bool> drawn(size_t count, size_t size) {
  std::vector<bool> result(size, false);
  SplitMix random(1);
  for (size_t i = 0; i < size && count > 0; ++i) {  // selection sampling (Knuth, 3.4.2, algorithm S)
    if (random.next() % (size - i) < count) {
      result[i] = true;
      --count;
    }
  }
  return result;
}

}  // namespace

Calibrated load(const CalibratedOptions& options) {
  Calibrated result;
  result.recipe = quant::read_recipe(Yaml::load(arch::find_config(options.recipe, "quant")));
  result.weights = explore::find_data(options.weights);
  result.network = explore::load_float_network(explore::find_model(options.model), result.weights);
  print_remarks(result.network.remarks);
  const auto calibration = models::open_dataset(explore::find_dataset(options.calibration),
                                                result.network.graph.node(result.network.graph.input).shape);
  std::vector<models::Activation> images =
      explore::calibration_images(*calibration, result.recipe.calibration_images + options.images);
  // At most a quarter is kept back where there are too few for both; the only image serves both.
  const size_t kept = std::min(static_cast<size_t>(options.images), std::max<size_t>(images.size() / 4, 1));
  const std::vector<bool> measured = drawn(kept, images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    const bool is_measured = measured[i];
    if (!is_measured || images.size() == 1) {
      result.calibration.push_back(images[i]);
    }
    if (is_measured) {
      result.images.push_back(std::move(images[i]));
    }
  }
  return result;
}

std::string program_hash() {
  std::error_code code;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
  return code ? TRIDEX_VERSION : content_hash(std::span<const uint8_t>(read_bytes(self)));
}

}  // namespace tridex::app
