#include "models/tensor_names.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "base/names.h"

namespace tridex::models {

Weights rename_tensors(const Graph& graph, Weights checkpoint, const std::string& file) {
  std::vector<Weights::node_type> moved;
  std::vector<std::string> defects;
  // All are taken out before one is put back: two parameters may swap names.
  for (const Node& node : graph.nodes) {
    for (const auto& [parameter, tensor] : node.tensor_names) {
      Weights::node_type found = checkpoint.extract(tensor);
      if (found.empty()) {
        defects.push_back(fmt::format("{}.{}: no tensor '{}'", node.name, parameter, tensor));
      } else {
        found.key() = node.name + "." + parameter;
        moved.push_back(std::move(found));
      }
    }
  }
  for (Weights::node_type& tensor : moved) {
    const std::string name = tensor.key();
    if (!checkpoint.insert(std::move(tensor)).inserted) {
      defects.push_back(fmt::format(
          "{}: the checkpoint has a tensor of this name, and the network takes another for it", name));
    }
  }
  if (!defects.empty()) {
    fail("{}: the weights do not fit network {}:\n  {}", file, graph.name, join(defects, "\n  "));
  }
  return checkpoint;
}

}  // namespace tridex::models
