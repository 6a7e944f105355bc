#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "explore/network.h"
#include "explore/sensitivity.h"
#include "quant/quantize.h"

namespace tridex::app {

/// RECIPE --model --weights --calib --threads of the commands that quantize a network.
struct RecipeOptions {
  std::string recipe, model, weights, calibration;
  unsigned threads = 0;
  void add(CLI::App* command);
};

/// The same with --images, of those that measure a recipe on a few images.
struct CalibratedOptions : RecipeOptions {
  int images = 0;
  void add(CLI::App* command);
};

struct Calibrated {
  quant::Recipe recipe;
  explore::FloatNetwork network;
  std::filesystem::path weights;
  explore::CalibrationSplit images;  ///< recipe.calibration_images, and --images to measure on
};

/// Reads what the options name; prints the remarks on the weights.
Calibrated load(const CalibratedOptions& options);

/// The job's parts that come from there. Keeps a reference to the network.
explore::SensitivityJob sensitivity_job(const Calibrated& calibrated, unsigned threads);

/// Identifies this very program: what a rebuilt one computes may differ.
std::string program_hash();

}  // namespace tridex::app
