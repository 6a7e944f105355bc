#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "explore/network.h"
#include "quant/sensitivity.h"

namespace tridex::explore {

/// What the sensitivities of a network's layers are measured with.
struct SensitivityJob {
  const FloatNetwork* network = nullptr;
  std::filesystem::path weights;  ///< their file
  quant::Recipe recipe;
  CalibrationSplit images;
  std::vector<int> bits;
  std::string layers = "*";   ///< glob over the names
  bool convolutions = false;  ///< those alone
  bool whole_recipe = false;  ///< instead: the recipe's integer network with this one layer at `bits`
  std::filesystem::path
      file;             ///< JSON lines, one a measured layer and width; what it holds is not measured again
  std::string program;  ///< identifies the program: lines of another are measured again
  unsigned threads = 0;
  std::function<void(const std::string& step, size_t done, size_t total)> progress;
};

/// A line of the file: {key, layer, op, bits, mode: "alone" | "recipe", weights, activations, both: noise, or
/// null}. A noise is {relative, sqnr_db, kl}. In mode "recipe" only `both` is there.
struct SensitivityLine {
  std::string layer, op;
  int bits = 8;
  std::optional<quant::LogitNoise> weights, activations, both;
};

/// What quantizing one layer alone does to the logits (LogitNoise::relative).
struct LayerNoise {
  std::string layer;
  int bits = 8;
  std::optional<double> weights;  ///< kConv: its weights at `bits`
  double activations = 0;         ///< its output at `bits`
};

/// All layers that the glob names at all widths, in the network's order. A line is written as soon as it is
/// measured, whole or (after a crash) ignored, so that the same call goes on where another stopped. Error: no
/// layer has such a name.
std::vector<SensitivityLine> measure_sensitivities(const SensitivityJob& job);

}  // namespace tridex::explore
