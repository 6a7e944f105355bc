#include "quant/conv_sums.h"

#include <algorithm>
#include <cmath>

#include "quant/bounds.h"

namespace tridex::quant {

namespace {

constexpr int64_t kTileBytes = 16 * 1024;
constexpr int64_t kLargestSumTile = 96;

bool border_is_code(const Quantizer& quantizer, const ConvAttributes& conv) {
  if (conv.pad_top == 0 && conv.pad_left == 0 && conv.pad_bottom == 0 && conv.pad_right == 0) {
    return true;
  }
  return std::all_of(quantizer.zero.begin(), quantizer.zero.end(),
                     [&](int32_t zero) { return zero >= quantizer.lowest() && zero <= quantizer.highest(); });
}

}  // namespace

int tile_pixels(int64_t channels) {
  return static_cast<int>(std::clamp<int64_t>(kTileBytes / (channels * static_cast<int64_t>(sizeof(int32_t))),
                                              1, kLargestSumTile));
}

std::vector<int32_t> stored_bias(const IntegerGraph& graph, const IntNode& node) {
  const int64_t lowest = graph.node(node.inputs[0]).out.lowest();
  const int64_t taps = static_cast<int64_t>(node.weights.size()) / node.shape.c;
  return per_channel<int32_t>(node.shape.c, [&](int o) {
    int64_t sum = 0;
    for (int64_t k = 0; k < taps; ++k) {
      sum += node.weights[static_cast<size_t>(o * taps + k)];
    }
    return node.bias[static_cast<size_t>(o)] + lowest * sum;
  });
}

std::unique_ptr<ConvSums> make_conv_sums(const IntegerGraph& graph, const IntNode& node,
                                         const simd::Kernels& kernels) {
  const IntNode& in = graph.node(node.inputs[0]);
  const auto bounds = accumulator_bounds(graph, node);
  const double largest = *std::max_element(bounds.begin(), bounds.end());
  if (in.out.bytes() != 1 || node.weight_bits > 8 || largest >= std::ldexp(1.0, 31) ||
      !border_is_code(in.out, node.conv)) {
    return nullptr;
  }
  return node.depthwise() && in.shape.c == node.shape.c ? make_depthwise_sums(graph, node, kernels)
                                                        : make_product_sums(graph, node, kernels);
}

}  // namespace tridex::quant
