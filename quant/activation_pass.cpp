#include "quant/activation_pass.h"

#include <algorithm>

#include "base/registry.h"

namespace tridex::quant {

std::vector<std::unique_ptr<ActivationPass>> passes_of(const IntegerGraph& graph, const IntNode& node,
                                                       const Recipe& recipe) {
  std::vector<std::unique_ptr<ActivationPass>> result;
  for (const std::string& name : Registry<ActivationPass>::names()) {
    auto pass = Registry<ActivationPass>::make(name, "activation pass");
    if (pass->applies(graph, node, recipe)) {
      result.push_back(std::move(pass));
    }
  }
  return result;
}

bool read_only_by(const IntegerGraph& graph, const IntNode& node, Role role) {
  bool read = false;
  for (const IntNode& reader : graph.nodes) {
    for (size_t i = 0; i < reader.inputs.size(); ++i) {
      if (reader.inputs[i] == node.id) {
        read = true;
        if (reader.op != IntOp::kConv || i != 0 || reader.role != role) {
          return false;
        }
      }
    }
  }
  return read && node.id != graph.output;
}

bool read_by_padded_conv(const IntegerGraph& graph, const IntNode& node) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const IntNode& reader) {
    const ConvAttributes& c = reader.conv;
    return reader.op == IntOp::kConv && reader.inputs[0] == node.id &&
           (c.pad_top > 0 || c.pad_left > 0 || c.pad_bottom > 0 || c.pad_right > 0);
  });
}

}  // namespace tridex::quant
