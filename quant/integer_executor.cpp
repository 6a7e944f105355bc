#include "quant/integer_executor.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quant/isa.h"
#include "quant/node_kernel.h"
#include "quant/tensor_kernel.h"

namespace tridex::quant {

namespace {

/// A place for every node's tensor such that no two share one while both are needed: that of a tensor whose
/// last reader has run is free for the nodes after that.
std::vector<int> tensor_places(const IntegerGraph& graph) {
  std::vector<int> last_reader(graph.nodes.size());
  for (const IntNode& node : graph.nodes) {
    last_reader[static_cast<size_t>(node.id)] = node.id;
    for (const int from : node.inputs) {
      last_reader[static_cast<size_t>(from)] = node.id;
    }
  }
  last_reader[static_cast<size_t>(graph.output)] = static_cast<int>(graph.nodes.size());
  std::vector<int> places(graph.nodes.size());
  std::vector<int> free;
  int count = 0;
  for (const IntNode& node : graph.nodes) {
    const auto id = static_cast<size_t>(node.id);
    if (free.empty()) {
      free.push_back(count++);
    }
    places[id] = free.back();
    free.pop_back();
    std::vector<int> done = node.inputs;
    done.push_back(node.id);
    std::sort(done.begin(), done.end());
    done.erase(std::unique(done.begin(), done.end()), done.end());
    for (const int from : done) {
      if (last_reader[static_cast<size_t>(from)] == node.id) {
        free.push_back(places[static_cast<size_t>(from)]);
      }
    }
  }
  return places;
}

}  // namespace

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

/// What one run needs beside the graph.
struct IntegerExecutor::Workspace {
  std::vector<Tensor> tensors;
  Scratch scratch;
  std::vector<const Tensor*> inputs;
};

IntegerExecutor::IntegerExecutor(const IntegerGraph& graph) : IntegerExecutor(graph, chosen_isa()) {}

IntegerExecutor::IntegerExecutor(const IntegerGraph& graph, Isa isa) : graph_(graph) {
  if (!graph.has_weights) {
    fail("network {} was made without weights: it has shapes only and cannot be run", graph.model);
  }
  const simd::Kernels& kernels = kernels_for(isa);
  for (const IntNode& node : graph.nodes) {
    auto kernel = node.op == IntOp::kInput ? nullptr : make_tensor_kernel(graph, node, kernels);
    const bool any_widths = node.op != IntOp::kInput && kernel == nullptr;
    node_kernels_.push_back(any_widths ? make_kernel(graph, node) : nullptr);
    tensor_kernels_.push_back(std::move(kernel));
  }
  place_ = tensor_places(graph);
}

IntegerExecutor::~IntegerExecutor() = default;

std::unique_ptr<IntegerExecutor::Workspace> IntegerExecutor::take_workspace() const {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) {
    auto work = std::make_unique<Workspace>();
    work->tensors.resize(static_cast<size_t>(*std::max_element(place_.begin(), place_.end())) + 1);
    return work;
  }
  auto work = std::move(spare_.back());
  spare_.pop_back();
  return work;
}

void IntegerExecutor::run_node(const IntNode& node, Workspace& work) const {
  const auto id = static_cast<size_t>(node.id);
  Tensor& output = work.tensors[static_cast<size_t>(place_[id])];
  work.inputs.clear();
  for (const int from : node.inputs) {
    work.inputs.push_back(&work.tensors[static_cast<size_t>(place_[static_cast<size_t>(from)])]);
  }
  if (tensor_kernels_[id] != nullptr) {
    output.reshape(node.shape, node.out);
    tensor_kernels_[id]->run(work.inputs, output, work.scratch);
    return;
  }
  std::vector<Codes> inputs;
  std::vector<const Codes*> pointers;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    inputs.push_back(work.inputs[i]->codes(graph_.node(node.inputs[i]).out));
  }
  for (const Codes& codes : inputs) {
    pointers.push_back(&codes);
  }
  output.assign(quant::run_node(graph_, node, node_kernels_[id].get(), pointers), node.out);
}

Codes IntegerExecutor::run(const Codes& input, const Observer& observer) const {
  if (input.shape != graph_.node(graph_.input).shape) {
    fail("network {}: the input has the wrong shape", graph_.model);
  }
  std::unique_ptr<Workspace> work = take_workspace();
  const auto tensor = [&](int id) -> Tensor& {
    return work->tensors[static_cast<size_t>(place_[static_cast<size_t>(id)])];
  };
  for (const IntNode& node : graph_.nodes) {
    if (node.op == IntOp::kInput) {
      tensor(node.id).assign(input, node.out);
    } else {
      run_node(node, *work);
    }
    if (observer) {
      observer(node.id, tensor(node.id).codes(node.out));
    }
  }
  Codes result = tensor(graph_.output).codes(graph_.node(graph_.output).out);
  const std::lock_guard lock(mutex_);
  spare_.push_back(std::move(work));
  return result;
}

}  // namespace tridex::quant
