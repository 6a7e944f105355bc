#pragma once
#include <vector>

#include "models/weights.h"
#include "quant/lowering.h"

namespace tridex::quant {

/// A convolution's parameters before they are integers.
struct ConvValues {
  std::vector<double> weights;  ///< O, I/groups, kh, kw: the scales of the input folded in, less `reference`
  std::vector<double> reference;  ///< O: the input scale that is left
  std::vector<double> bias;       ///< O: real
  std::vector<double> least;      ///< O: weight scales below could overflow the accumulator
};
ConvValues conv_values(const Lowered& lowered, const IntegerGraph& graph, const IntNode& node,
                       const models::Weights& weights);

/// Sets bias (with the folded zero points) and shortcut of a convolution whose weight codes are set.
/// `scales`: of the accumulators.
void set_bias(const IntegerGraph& graph, IntNode& node, const ConvValues& values,
              const std::vector<double>& scales);

/// Sets the parameters of a node that do not depend on its own quantizer (weights, bias, shortcut, gamma,
/// beta), given the quantizers of its inputs. Returns the scale of its accumulators: one entry, or one a
/// channel. Not for kAdd and kDivide. Weight codes are the nearest
/// ones.
std::vector<double> set_parameters(const Lowered& lowered, IntegerGraph& graph, int id,
                                   const models::Weights& weights, const Recipe& recipe);

}  // namespace tridex::quant
