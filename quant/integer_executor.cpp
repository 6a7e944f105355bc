#include "quant/integer_executor.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quant/node_kernel.h"

namespace tridex::quant {

Codes quantize_input(const IntegerGraph& graph, const models::Activation& image) {
  const IntNode& input = graph.node(graph.input);
  if (image.shape != input.shape || image.data.size() != static_cast<size_t>(input.shape.elements())) {
    fail("network {} reads {}x{}x{}, the image is {}x{}x{}", graph.model, input.shape.c, input.shape.h,
         input.shape.w, image.shape.c, image.shape.h, image.shape.w);
  }
  Codes codes{input.shape, std::vector<int32_t>(image.data.size())};
  const auto low = static_cast<double>(input.out.lowest());
  const auto high = static_cast<double>(input.out.highest());
  const int64_t pixels = input.shape.pixels();
  for (int c = 0; c < input.shape.c; ++c) {
    const double scale = input.out.scale_of(c);
    const double centre =
        graph.input_mean.empty() ? input.out.zero_of(c) : 255 * graph.input_mean[static_cast<size_t>(c)];
    const float* from = image.channel(c);
    for (int64_t p = 0; p < pixels; ++p) {
      // The default rounding mode is half to even. A value that is not a number becomes the lowest code.
      const double q = std::nearbyint(from[p] / scale + centre);
      codes.data[static_cast<size_t>(c * pixels + p)] =
          static_cast<int32_t>(q > low ? std::min(q, high) : low);
    }
  }
  return codes;
}

models::Activation dequantize(const Codes& codes, const Quantizer& quantizer) {
  models::Activation result{codes.shape, std::vector<float>(codes.data.size())};
  const int64_t pixels = codes.shape.pixels();
  for (int c = 0; c < codes.shape.c; ++c) {
    const double scale = quantizer.scale_of(c);
    const double zero = quantizer.zero_of(c);
    for (int64_t i = c * pixels; i < (c + 1) * pixels; ++i) {
      result.data[static_cast<size_t>(i)] =
          static_cast<float>(scale * (codes.data[static_cast<size_t>(i)] - zero));
    }
  }
  return result;
}

IntegerExecutor::IntegerExecutor(const IntegerGraph& graph)
    : graph_(graph), last_reader_(graph.nodes.size(), -1) {
  if (!graph.has_weights) {
    fail("network {} was made without weights: it has shapes only and cannot be run", graph.model);
  }
  for (const IntNode& node : graph.nodes) {
    kernels_.push_back(make_kernel(graph, node));
    last_reader_[static_cast<size_t>(node.id)] = node.id;
    for (const int from : node.inputs) {
      last_reader_[static_cast<size_t>(from)] = node.id;
    }
  }
  last_reader_[static_cast<size_t>(graph.output)] = static_cast<int>(graph.nodes.size());
}

IntegerExecutor::~IntegerExecutor() = default;

Codes IntegerExecutor::run(const Codes& input, const Observer& observer) const {
  if (input.shape != graph_.node(graph_.input).shape) {
    fail("network {}: the input has the wrong shape", graph_.model);
  }
  std::vector<Codes> tensors(graph_.nodes.size());
  std::vector<const Codes*> inputs;
  for (const IntNode& node : graph_.nodes) {
    const auto id = static_cast<size_t>(node.id);
    inputs.clear();
    for (const int from : node.inputs) {
      inputs.push_back(&tensors[static_cast<size_t>(from)]);
    }
    tensors[id] = node.op == IntOp::kInput ? input : run_node(graph_, node, kernels_[id].get(), inputs);
    if (observer) {
      observer(node.id, tensors[id]);
    }
    for (const int from : node.inputs) {
      if (last_reader_[static_cast<size_t>(from)] == node.id) {
        tensors[static_cast<size_t>(from)] = Codes{};
      }
    }
  }
  return std::move(tensors[static_cast<size_t>(graph_.output)]);
}

}  // namespace tridex::quant
