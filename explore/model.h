#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "models/graph.h"

namespace tridex::explore {

/// What --model, or a sweep's `model`, names: a built-in network, or the network of a file as it was when it
/// was found, so that all of a sweep sees one content.
struct Model {
  std::string name;                    ///< the built-in one's, or the file's
  std::optional<models::Graph> graph;  ///< a file's

  /// With the number of classes that the weights have (built in: models::NetworkOptions). Error: an unknown
  /// name; a number of classes for a file, which says its own channels.
  [[nodiscard]] models::Graph build(std::optional<int> classes = std::nullopt) const;
};

/// A name that ends in .yaml or .yml is a network file, beside `from` (a sweep) or as it stands; any other is
/// that of configs/networks/NAME.yaml, or else of a built-in network, which build() looks for. Error: no such
/// file, or what is wrong in it.
Model find_model(const std::string& name, const std::filesystem::path& from = {});

}  // namespace tridex::explore
