#include "explore/model.h"

#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/names.h"
#include "models/builder.h"
#include "models/network_file.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

std::optional<path> network_file(const std::string& name, const path& from) {
  std::error_code code;
  const std::string extension = path(name).extension();
  if (extension != ".yaml" && extension != ".yml") {
    const path preset = arch::config_root() / "networks" / (name + ".yaml");
    return std::filesystem::is_regular_file(preset, code) ? std::optional(preset) : std::nullopt;
  }
  std::vector<std::string> looked;
  for (const path& place : {from.empty() ? path(name) : from.parent_path() / name, path(name)}) {
    if (std::filesystem::exists(place, code)) {
      return place;
    }
    if (looked.empty() || looked.back() != place.string()) {
      looked.push_back(place.string());
    }
  }
  fail("{}: no such network file (looked for: {})", name, join(looked));
}

}  // namespace

models::Graph Model::build(std::optional<int> classes) const {
  if (!graph) {
    return models::build_network(name, {classes});
  }
  if (classes) {
    fail("network {}: its file says its channels, a number of classes cannot be set", name);
  }
  return *graph;
}

Model find_model(const std::string& name, const path& from) {
  const auto file = network_file(name, from);
  if (!file) {
    return {name, std::nullopt};
  }
  models::Graph graph = models::read_network(*file);
  std::string own = graph.name;
  return {std::move(own), std::move(graph)};
}

}  // namespace tridex::explore
