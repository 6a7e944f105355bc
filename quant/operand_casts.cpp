#include "quant/operand_casts.h"

#include <algorithm>

#include "quant/layer_widths.h"
#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

template <typename Test>
bool any_reading(const IntegerGraph& graph, const IntNode& node, const Test& test) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const IntNode& reader) {
    for (size_t i = 0; i < reader.inputs.size(); ++i) {
      if (reader.inputs[i] == node.id && test(reader, i)) {
        return true;
      }
    }
    return false;
  });
}

IntNode cast_of(const IntNode& wide, const Recipe& recipe) {
  IntNode cast;
  cast.name = wide.name + ".narrow";
  cast.op = IntOp::kAdd;
  cast.shape = wide.shape;
  cast.out.bits = layer_activation_bits(recipe, cast.name).value_or(recipe.activation_bits);
  cast.out.is_signed = recipe.symmetric;
  cast.region = wide.region;
  cast.block = wide.block;
  return cast;
}

}  // namespace

bool is_engine_operand(const IntNode& reader, size_t i) {
  switch (reader.op) {
    case IntOp::kConv:
      return i == 0;
    case IntOp::kMatMulTokens:
    case IntOp::kTokenSum:
    case IntOp::kMatMulHeads:
      return true;
    default:
      return false;
  }
}

bool engines_alone_read(const IntegerGraph& graph, const IntNode& node) {
  return any_reading(graph, node, is_engine_operand) &&
         !any_reading(graph, node,
                      [](const IntNode& reader, size_t i) { return !is_engine_operand(reader, i); });
}

void insert_casts(Lowered& lowered, const Recipe& recipe) {
  if (recipe.wide_operands ||
      recipe.residual_bits.value_or(recipe.activation_bits) <= recipe.activation_bits) {
    return;
  }
  IntegerGraph& graph = lowered.graph;
  std::vector<IntNode> nodes;
  std::vector<Unit> units;
  std::vector<int> moved(graph.nodes.size());   // old id -> new id
  std::vector<int> narrow(graph.nodes.size());  // old id -> new id of what engines read
  for (const IntNode& old : graph.nodes) {
    const auto id = static_cast<size_t>(old.id);
    IntNode node = old;
    node.id = moved[id] = narrow[id] = static_cast<int>(nodes.size());
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const auto from = static_cast<size_t>(old.inputs[i]);
      node.inputs[i] = is_engine_operand(old, i) ? narrow[from] : moved[from];
    }
    nodes.push_back(std::move(node));
    units.push_back(lowered.units[id]);
    if (!on_residual_stream(old) || old.out.bits <= recipe.activation_bits ||
        !any_reading(graph, old, is_engine_operand)) {
      continue;
    }
    IntNode cast = cast_of(old, recipe);
    cast.id = narrow[id] = static_cast<int>(nodes.size());
    cast.inputs = {moved[id]};
    nodes.push_back(std::move(cast));
    Unit unit;
    unit.linear = unit.value = lowered.units[id].value;
    units.push_back(unit);
  }
  graph.nodes = std::move(nodes);
  graph.input = moved[static_cast<size_t>(graph.input)];
  graph.output = moved[static_cast<size_t>(graph.output)];
  lowered.units = std::move(units);
}

}  // namespace tridex::quant
