#include "quant/layer_widths.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/error.h"
#include "base/names.h"

namespace tridex::quant {

namespace {

constexpr size_t kSuggestions = 3;

bool matches(const LayerWidths& layer, const std::string& name) {
  return layer.match == name || fnmatch(layer.match.c_str(), name.c_str(), 0) == 0;
}

std::optional<int> last_of(const Recipe& recipe, const std::string& name,
                           std::optional<int> LayerWidths::*bits) {
  std::optional<int> result;
  for (const LayerWidths& layer : recipe.layers) {
    if (layer.*bits && matches(layer, name)) {
      result = layer.*bits;
    }
  }
  return result;
}

[[noreturn]] void fail_unknown(const IntegerGraph& graph, const LayerWidths& layer) {
  std::vector<std::string> names;
  for (const IntNode& node : graph.nodes) {
    names.push_back(node.name);
  }
  std::vector<std::string> near;
  for (std::string name; near.size() < kSuggestions && !(name = nearest_name(layer.match, names)).empty();) {
    names.erase(std::find(names.begin(), names.end(), name));
    near.push_back(name);
  }
  const std::string inside = "*" + layer.match + "*";
  if (std::any_of(graph.nodes.begin(), graph.nodes.end(),
                  [&](const IntNode& node) { return fnmatch(inside.c_str(), node.name.c_str(), 0) == 0; })) {
    near.insert(near.begin(), inside);
  }
  fail("{}: layers: no layer of {} is named '{}'{}", layer.where, graph.model, layer.match,
       near.empty() ? "" : "; near to it: " + join(near));
}

}  // namespace

std::optional<int> layer_weight_bits(const Recipe& recipe, const std::string& name) {
  return last_of(recipe, name, &LayerWidths::weight_bits);
}

std::optional<int> layer_activation_bits(const Recipe& recipe, const std::string& name) {
  return last_of(recipe, name, &LayerWidths::activation_bits);
}

void check_layers(const IntegerGraph& graph, const Recipe& recipe) {
  for (const LayerWidths& layer : recipe.layers) {
    bool named = false;
    bool has_weights = false;
    bool has_codes = false;
    for (const IntNode& node : graph.nodes) {
      if (matches(layer, node.name)) {
        named = true;
        has_weights = has_weights || node.op == IntOp::kConv;
        has_codes = has_codes || (node.op != IntOp::kInput && node.out.bits != 32);
      }
    }
    if (!named) {
      fail_unknown(graph, layer);
    }
    if (layer.weight_bits && !has_weights) {
      fail("{}: layers: weight_bits for '{}', which is no convolution", layer.where, layer.match);
    }
    if (layer.activation_bits && !has_codes) {
      fail("{}: layers: activation_bits for '{}', which is the input (8 bits) or an accumulator (32 bits)",
           layer.where, layer.match);
    }
  }
}

}  // namespace tridex::quant
