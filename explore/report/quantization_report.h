#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "quant/layer_report.h"
#include "quant/quantize.h"

namespace tridex::explore {

/// What `tridex quantize --report` writes.
struct QuantizationReport {
  std::string model, recipe;
  std::string recipe_text;                                 ///< YAML
  std::vector<std::pair<std::string, std::string>> facts;  ///< name, value: how the network was made
  std::vector<std::string> wider;                          ///< wider_layers()
  std::vector<quant::TensorReport> tensors;                ///< in the network's order
};

/// The layers with more bits than the recipe's weight_bits or activation_bits: "NAME: 16-bit output".
std::vector<std::string> wider_layers(const quant::IntegerGraph& network, const quant::Recipe& recipe);

/// {name, op, role, region, block, shape, bits, signed, per_channel, scale: [smallest, largest], zero: [..],
/// range: [low, high], float_range, clipped, sqnr_db, cosine, weight_bits, weight_sqnr_db}; null: infinite,
/// or no weights.
nlohmann::json to_json(const quant::TensorReport& tensor);

/// A line a tensor: the keys of to_json. A line a histogram's bin: layer, from, to (places: 0 is the lowest
/// code, 1 the highest), real_from, real_to (empty where each channel has a range of its own), float, codes
/// (counts).
std::string layers_csv(const std::vector<quant::TensorReport>& tensors);
std::string histograms_csv(const std::vector<quant::TensorReport>& tensors);

/// One HTML file that opens without a network: facts, SQNR along the network, a row a tensor with its
/// histogram.
std::string quantization_page(const QuantizationReport& report);

/// layers.csv, histograms.csv and report.html into `folder`, which is made.
void write_quantization_report(const QuantizationReport& report, const std::filesystem::path& folder);

}  // namespace tridex::explore
