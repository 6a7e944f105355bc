#include "explore/network.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/names.h"
#include "base/random.h"
#include "models/checkpoint.h"
#include "models/network_file.h"
#include "models/tensor_names.h"

namespace tridex::explore {
namespace {

/// Part of the key of cached networks: to be raised when quantize() gives other bits for the same inputs.
constexpr int kCacheVersion = 2;

std::string hash_of(const models::Activation& image) {
  return content_hash(
      std::span(reinterpret_cast<const uint8_t*>(image.data.data()), image.data.size() * sizeof(float)));
}

}  // namespace

FloatNetwork load_float_network(const Model& model, const std::filesystem::path& weights) {
  models::Checkpoint file = models::read_checkpoint(weights);
  models::Weights checkpoint = std::move(file.weights);
  models::Graph graph =
      model.graph ? *model.graph : model.build(models::classes_of(checkpoint, weights.string()));
  checkpoint = models::rename_tensors(graph, std::move(checkpoint), weights.string());
  models::Weights matched = models::match_weights(graph, checkpoint, weights.string());
  return {std::move(graph), std::move(matched), std::move(file.remarks)};
}

std::vector<models::Activation> calibration_images(const models::Dataset& dataset, int count) {
  std::vector<models::Activation> images;
  for (const size_t i : models::calibration_indices(dataset, static_cast<size_t>(count))) {
    images.push_back(dataset.load(i).image);
  }
  return images;
}

CalibrationSplit split_calibration(const models::Dataset& dataset, int calibrate, int measure) {
  std::vector<models::Activation> images = calibration_images(dataset, calibrate + measure);
  auto wanted = static_cast<size_t>(measure);
  if (images.size() < static_cast<size_t>(calibrate) + wanted) {
    wanted = std::min(wanted, std::max<size_t>(images.size() / 4, 1));
  }
  CalibrationSplit split;
  SplitMix random(1);
  for (size_t i = 0; i < images.size(); ++i) {  // selection sampling (Knuth, 3.4.2, algorithm S)
    const bool measured = random.next() % (images.size() - i) < wanted;
    if (!measured || images.size() == 1) {
      split.calibration.push_back(images[i]);
    }
    if (measured) {
      --wanted;
      split.measured.push_back(std::move(images[i]));
    }
  }
  return split;
}

CachedNetwork cache_network(const NetworkVariant& variant, const std::filesystem::path& folder,
                            unsigned threads,
                            const std::function<void(const quant::QuantizeProgress&)>& progress) {
  const FloatNetwork network = load_float_network(variant.model, variant.weights);
  const auto calibration =
      models::open_dataset(variant.calibration, network.graph.node(network.graph.input).shape);
  const auto images = calibration_images(*calibration, variant.recipe.calibration_images);
  std::string key = fmt::format("{} {} {} {}", kCacheVersion, variant.model.name,
                                content_hash(std::span<const uint8_t>(read_bytes(variant.weights))),
                                content_hash(variant.recipe.text));
  if (variant.model.graph) {
    key += content_hash(models::network_text(*variant.model.graph));
  }
  for (const auto& image : images) {
    key += hash_of(image);
  }
  const auto file = folder / fmt::format("{}-{}-{}.tdx", variant.model.name, variant.recipe.name,
                                         content_hash(key).substr(0, 16));
  if (std::filesystem::exists(file)) {
    return {file, quant::load_network(file).hash(), false};
  }
  const quant::IntegerGraph graph =
      quant::quantize(network.graph, network.weights, variant.recipe, images, threads, progress);
  quant::save_network(graph, file);
  return {file, graph.hash(), true};
}

models::Graph graph_of(const NetworkVariant& variant) {
  return variant.weights.empty() ? variant.model.build()
                                 : load_float_network(variant.model, variant.weights).graph;
}

const models::Graph& GraphCache::of(const NetworkVariant& variant) {
  const std::string key = variant.model.name + " " + variant.weights.string();
  const auto found = graphs_.find(key);
  return found != graphs_.end() ? found->second : graphs_.emplace(key, graph_of(variant)).first->second;
}

quant::IntegerGraph shapes_of(const NetworkVariant& variant) {
  return quant::shape_only(graph_of(variant), variant.recipe);
}

std::string dataset_key(const std::filesystem::path& where, const models::Dataset& dataset, int64_t images) {
  const bool is_file = std::filesystem::is_regular_file(where);
  std::string key =
      fmt::format("{} {} {}", is_file ? read_text(where) : where.string(), dataset.size(), images);
  if (images > 0 && static_cast<uint64_t>(images) < dataset.size()) {
    key += dataset.info().classes_take_turns ? " first" : " spread";  // which of them are taken
  }
  if (dataset.info().sorted_by_class) {
    key += fmt::format(" {}", join(dataset.info().classes));  // from the disk, not from the definition
  }
  if (std::filesystem::is_regular_file(where / "labels.csv")) {
    key += read_text(where / "labels.csv");
  }
  for (const size_t i : {size_t{0}, dataset.size() / 2, dataset.size() - 1}) {
    const models::Sample sample = dataset.load(i);
    key += fmt::format(" {} {} {}", sample.name, sample.label.class_index, hash_of(sample.image));
  }
  return content_hash(key);
}

}  // namespace tridex::explore
