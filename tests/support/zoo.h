#pragma once
#include <filesystem>

#include "models/builder.h"
#include "models/dataset.h"
#include "models/weights.h"

namespace tridex::test {

/// The network that ships (models/zoo): EfficientViT-B0 for the scenes.
struct Zoo {
  std::filesystem::path source = TRIDEX_SOURCE_DIR;
  models::Graph graph;
  models::Weights weights;
  Zoo() {
    const auto file = source / "models" / "zoo" / "efficientvit_b0_scenes.safetensors";
    const models::Weights checkpoint = models::read_safetensors(file);
    graph = models::build_network("efficientvit_b0_r64", {models::classes_of(checkpoint)});
    weights = models::match_weights(graph, checkpoint, file.string());
  }
  /// "calib" or "test"
  [[nodiscard]] std::unique_ptr<models::Dataset> scenes(const std::string& split) const {
    return models::open_dataset(source / "configs" / "datasets" / ("scenes-" + split + ".yaml"),
                                graph.node(graph.input).shape);
  }
};

}  // namespace tridex::test
