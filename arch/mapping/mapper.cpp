#include "arch/mapping/mapper.h"

#include <algorithm>

#include "arch/mapping/search.h"
#include "base/error.h"
#include "base/names.h"
#include "quant/operand_casts.h"
#include "quant/requirements.h"

namespace tridex::arch {
void check_capabilities(const DesignPoint& design, const quant::IntegerGraph& graph) {
  const bool both = design.engine(EngineKind::kMat) != nullptr && design.engine(EngineKind::kRmac) != nullptr;
  if (design.engines.size() != (both ? 2 : 1)) {
    fail(
        "design '{}': work is mapped onto one MAT, one R-MAC, one of each, or one systolic array; copies "
        "multiplies them (engines)",
        design.name);
  }
  const Capabilities& can = design.can;
  const auto operand = [&](const quant::IntNode& node, int tensor) {
    const quant::Quantizer& codes = graph.node(tensor).out;
    if (codes.bits > can.max_activation_bits) {
      fail("{}: reads '{}' on {} bits; the engines of design '{}' take {} (capabilities.max_activation_bits)",
           node.name, graph.node(tensor).name, codes.bits, design.name, can.max_activation_bits);
    }
  };
  for (const auto& node : graph.nodes) {
    if (!can.per_channel_requant && quant::requantizes_per_channel(graph, node)) {
      fail(
          "{}: is requantized per channel; design '{}' has one multiplier a tensor "
          "(capabilities.per_channel_requant)",
          node.name, design.name);
    }
    if (!can.requant_multiplier && quant::needs_requant_multiplier(graph, node)) {
      fail(
          "{}: its requantization is no shift; design '{}' has no multipliers for it: quantize with "
          "power_of_two_scales, or give it capabilities.requant: multiplier",
          node.name, design.name);
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (quant::is_engine_operand(node, i)) {
        operand(node, node.inputs[i]);
      }
    }
    switch (node.op) {
      case quant::IntOp::kConv:
        if (node.weight_bits > can.max_weight_bits) {
          fail(
              "{}: has weights of {} bits; the engines of design '{}' take {} (capabilities.max_weight_bits)",
              node.name, node.weight_bits, design.name, can.max_weight_bits);
        }
        break;
      case quant::IntOp::kDivide:
        if (std::find(can.divisors.begin(), can.divisors.end(), quant::divisor_name(node.divisor)) ==
            can.divisors.end()) {
          fail(
              "{}: divides by '{}'; design '{}' has {} (capabilities.divisors): quantize with "
              "`divisor: {}`, or take a recipe such as w8a8_exact or w8a8_reciprocal",
              node.name, quant::divisor_name(node.divisor), design.name, join(can.divisors),
              can.divisors.empty() ? "none" : can.divisors.front());
        }
        if (node.divisor == quant::Divisor::kReciprocal && node.table_bits > can.reciprocal_table_bits) {
          fail(
              "{}: divides by a table of 2^{} reciprocals; that of design '{}' has 2^{} "
              "(capabilities.reciprocal_table_bits)",
              node.name, node.table_bits, design.name, can.reciprocal_table_bits);
        }
        break;
      default:
        break;
    }
  }
}

Program map_network(const DesignPoint& design, const quant::IntegerGraph& graph, int frames) {
  check_capabilities(design, graph);
  return search_program(design, graph, frames);
}

std::vector<uint8_t> pack_weights(const quant::IntegerGraph& graph, const Program& program) {
  std::vector<uint8_t> bytes(program.dram_bytes, 0);
  for (const WeightBlock& block : program.blocks) {
    uint8_t* at = bytes.data() + block.address;
    const quant::IntNode& node = graph.node(block.node);
    if (block.attention.divide >= 0) {
      pack_attention_block(graph, block.attention, at);
    } else if (node.op == quant::IntOp::kConv) {
      pack_conv_block(graph, node, block.c0, block.c1, at);
    } else {
      pack_vector_block(graph, node, at);
    }
  }
  return bytes;
}

}  // namespace tridex::arch
