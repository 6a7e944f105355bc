#include "quant/part_readers.h"

#include <algorithm>

namespace tridex::quant {

PartReaders part_readers(const IntegerGraph& graph, const IntNode& node) {
  PartReaders result;
  for (const IntNode& reader : graph.nodes) {
    for (size_t i = 0; i < reader.inputs.size(); ++i) {
      if (reader.inputs[i] != node.id) {
        continue;
      }
      if (i >= reader.operands.size() || reader.operands[i].part < 0) {
        result.other = true;
        continue;
      }
      result.product = true;
      const Operand& operand = reader.operands[i];
      result.relu[operand.part] = result.relu[operand.part] && operand.relu;
    }
  }
  return result;
}

int attention_heads(const IntegerGraph& graph, const IntNode& node) {
  if (node.heads > 0) {
    return node.heads;
  }
  for (const IntNode& reader : graph.nodes) {
    if (reader.heads > 0 &&
        std::find(reader.inputs.begin(), reader.inputs.end(), node.id) != reader.inputs.end()) {
      return reader.heads;
    }
  }
  return 1;
}

}  // namespace tridex::quant
