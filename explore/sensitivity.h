#pragma once
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
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

/// {layer, op, bits, weights, activations, both}, which is all of a line but its key and mode. JSON has no
/// infinity: null.
nlohmann::json to_json(const SensitivityLine& line);
/// The same back. nlohmann::json::exception: not such a line.
SensitivityLine sensitivity_line(const nlohmann::json& json);

/// All layers that the glob names at all widths, in the network's order. A line is written as soon as it is
/// measured, whole or (after a crash) ignored, so that the same call goes on where another stopped. Error: no
/// layer has such a name.
std::vector<SensitivityLine> measure_sensitivities(const SensitivityJob& job);

}  // namespace tridex::explore
