#include "quant/requirements.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "base/names.h"
#include "quant/operand_casts.h"
#include "quant/residual_stream.h"

namespace tridex::quant {

namespace {

constexpr int32_t kSixth = 87381;  ///< round(2^19 / 6)

void widen(Requirements::Width& width, int bits, const IntNode& node) {
  if (bits > width.bits) {
    width = {bits, node.name};
  }
}

std::string width_in_words(const char* what, const Requirements::Width& width) {
  return fmt::format("{} of {} bits ({})", what, width.bits, width.node);
}

}  // namespace

const char* divisor_name(Divisor divisor) {
  switch (divisor) {
    case Divisor::kLog2Code:
      return "log2_code";
    case Divisor::kLog2Paper:
      return "log2_paper";
    case Divisor::kUniform:
      return "uniform";
    case Divisor::kExact:
      return "exact";
    case Divisor::kReciprocal:
      return "reciprocal";
  }
  throw std::logic_error("divisor_name: not a Divisor");
}

bool requantizes_per_channel(const IntegerGraph& graph, const IntNode& node) {
  if (!graph.has_weights) {
    return node.op == IntOp::kConv;  // weights have a scale a channel
  }
  const Requant& r = node.requant;
  return r.mult.size() > 1 || r.shift.size() > 1 || r.pre.size() > 1 ||
         std::any_of(node.add_mult.begin(), node.add_mult.end(),
                     [](const auto& multipliers) { return multipliers.size() > 1; });
}

bool needs_requant_multiplier(const IntegerGraph& graph, const IntNode& node) {
  const bool engine = node.op == IntOp::kConv || node.op == IntOp::kMatMulTokens ||
                      node.op == IntOp::kTokenSum || node.op == IntOp::kMatMulHeads;
  if (!engine || node.out.bits == 32) {
    return false;
  }
  if (!graph.has_weights) {
    return !graph.power_of_two_scales;
  }
  return std::any_of(node.requant.mult.begin(), node.requant.mult.end(), [&](int32_t mult) {
    const bool shift = mult == 0 || std::has_single_bit(static_cast<uint32_t>(mult));
    return !shift && !(node.activation == Activation::kHardswish && mult == kSixth);
  });
}

Requirements requirements_of(const IntegerGraph& graph) {
  Requirements needs;
  for (const IntNode& node : graph.nodes) {
    if (node.out.bits != 32) {
      widen(needs.tensors, node.out.bits, node);
    }
    if (on_residual_stream(node) && node.id != graph.output) {
      widen(needs.residual, node.out.bits, node);
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (is_engine_operand(node, i)) {
        widen(needs.operands, graph.node(node.inputs[i]).out.bits, graph.node(node.inputs[i]));
      }
    }
    needs.per_channel_requant = needs.per_channel_requant || requantizes_per_channel(graph, node);
    needs.requant_multiplier = needs.requant_multiplier || needs_requant_multiplier(graph, node);
    switch (node.op) {
      case IntOp::kConv:
        widen(needs.weights, node.weight_bits, node);
        break;
      case IntOp::kAdd:
        needs.casts += is_cast(node) ? 1 : 0;
        needs.summands = std::max(needs.summands, is_cast(node) ? 0 : static_cast<int>(node.inputs.size()));
        break;
      case IntOp::kDivide:
        if (std::find(needs.divisors.begin(), needs.divisors.end(), node.divisor) == needs.divisors.end()) {
          needs.divisors.push_back(node.divisor);
        }
        if (node.divisor == Divisor::kReciprocal) {
          needs.table_bits = std::max(needs.table_bits, node.table_bits);
        }
        break;
      case IntOp::kGlobalAvgPool:
        needs.pooling = true;
        break;
      case IntOp::kLayerNorm:
        needs.layer_norm = true;
        break;
      case IntOp::kResize:
        needs.resizing = true;
        break;
      default:
        break;
    }
  }
  return needs;
}

std::vector<std::string> in_words(const Requirements& needs) {
  std::vector<std::string> words;
  if (needs.weights.bits > 0) {
    words.push_back(width_in_words("weights", needs.weights));
  }
  if (needs.operands.bits > 0) {
    words.push_back(width_in_words("operands of the multipliers", needs.operands));
  }
  words.push_back(width_in_words("tensors in memory", needs.tensors));
  if (needs.residual.bits > 0) {
    words.push_back(width_in_words("a residual stream", needs.residual));
  }
  if (needs.casts > 0) {
    words.push_back(fmt::format("{} narrow copies of wide tensors, made by the vector unit", needs.casts));
  }
  words.emplace_back(needs.requant_multiplier ? "requantization by a multiplier (27 x 17 bits)"
                                              : "requantization by a shift");
  words.emplace_back(needs.per_channel_requant ? "requantization per channel" : "requantization per tensor");
  for (const Divisor divisor : needs.divisors) {
    const std::string table = divisor == Divisor::kReciprocal
                                  ? fmt::format(", a table of {} entries of 17 bits", 1 << needs.table_bits)
                                  : "";
    words.push_back(fmt::format("division by '{}'{}", divisor_name(divisor), table));
  }
  std::vector<std::string> vector_work;
  if (needs.summands > 0) {
    vector_work.push_back(fmt::format("additions of up to {} tensors", needs.summands));
  }
  const std::pair<bool, const char*> others[] = {
      {needs.pooling, "pooling"}, {needs.resizing, "resizing"}, {needs.layer_norm, "layer norm"}};
  for (const auto& [needed, name] : others) {
    if (needed) {
      vector_work.emplace_back(name);
    }
  }
  if (!vector_work.empty()) {
    words.push_back("in the vector unit: " + join(vector_work));
  }
  return words;
}

}  // namespace tridex::quant
