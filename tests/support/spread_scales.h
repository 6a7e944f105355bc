#pragma once
#include <algorithm>

#include "quant/bounds.h"
#include "quant/fold.h"
#include "quant/lowering.h"
#include "quant/node_parameters.h"
#include "quant/requantize.h"

namespace tridex::test {

/// Sets every parameter of a lowered network anew from the quantizers of its tensors. `weights` are those of
/// lowered.folded.
inline void set_all_parameters(const quant::Lowered& lowered, const models::Weights& weights,
                               const quant::Recipe& recipe, quant::IntegerGraph& graph) {
  using quant::IntOp;
  for (quant::IntNode& node : graph.nodes) {
    if (node.op == IntOp::kConcat) {
      node.out = quant::concat_quantizer(graph, node);
    } else if (node.op == IntOp::kAdd) {
      set_add(graph, node);
    } else if (node.op == IntOp::kDivide) {
      set_divide(graph, node);
    } else if (node.op != IntOp::kInput) {
      node.gamma.clear();
      node.beta.clear();
      const auto scale = set_parameters(lowered, graph, node.id, weights, recipe);
      if (node.out.bits == 32) {
        node.out.scale = scale;
      }
      set_requant(graph, node, set_activation(node, scale));
    }
  }
}

/// Gives the tensors of a quantized network scales and zero points of as many entries as its operators allow:
/// a scale a head of the tensors of an attention (of the q/k/v tensors a head and part), one a channel of
/// all others; whole multiples of one scale of what a layer norm reads. Codes cover at least what they
/// covered, so that values stay what they were.
template <typename Random>
void spread_scales(quant::IntegerGraph& graph, Random& random) {
  using quant::IntOp;
  const auto readers = graph.consumers();
  for (quant::IntNode& node : graph.nodes) {
    if (node.op == IntOp::kInput || node.op == IntOp::kConcat || node.out.bits == 32 ||
        node.id == graph.output) {
      continue;
    }
    int run = 1;  // channels that must have one scale
    bool divisor = false, normalized = false;
    for (const int id : readers[static_cast<size_t>(node.id)]) {
      const quant::IntNode& reader = graph.node(id);
      normalized = normalized || reader.op == IntOp::kLayerNorm;
      divisor = divisor || (reader.op == IntOp::kDivide && reader.inputs[1] == node.id);
      for (size_t i = 0; i < reader.operands.size() && reader.op != IntOp::kDivide; ++i) {
        const int parts = reader.operands[i].part < 0 ? 1 : 3;
        run = std::max(run, reader.inputs[i] == node.id ? node.shape.c / parts / reader.heads : 1);
      }
    }
    quant::Quantizer& out = node.out;
    const quant::Quantizer before = out;
    out.scale.clear();
    out.zero.clear();
    const double widest = *std::max_element(before.scale.begin(), before.scale.end());
    double wider = 1;
    for (int c = 0; c < node.shape.c; ++c) {
      double from = before.scale_of(c - c % run);
      if (normalized) {
        // Multiples of one unit: the channels' own scales may be multiples of another.
        const int limit = quant::norm_multiplier_limit(before.bits);
        const auto mult = c == 0 ? limit : random.integer((2 * limit + 2) / 3, limit);
        from = widest;
        wider = 1.5 * static_cast<double>(mult) / limit;
      } else if (c % run == 0) {
        wider = 1 + static_cast<double>(random.integer(0, 1000)) / 2000;
      }
      out.scale.push_back(from * wider);
      const double centre = before.scale_of(c) * before.zero_of(c);
      out.zero.push_back(static_cast<int32_t>(divisor ? 0 : centre / out.scale.back()));
    }
  }
}

}  // namespace tridex::test
