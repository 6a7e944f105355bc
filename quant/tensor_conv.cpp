#include "quant/conv_sums.h"
#include "quant/finish_table.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

class TensorConv : public TensorKernel {
 public:
  TensorConv(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels,
             std::unique_ptr<ConvSums> sums)
      : kernels_(kernels), sums_(std::move(sums)), finish_(graph, node) {
    if (node.has_shortcut) {
      const Quantizer& from = graph.node(node.inputs[1]).out;
      zero_ = per_channel<int32_t>(node.shape.c, [&](int c) { return stored_zero(from, c); });
      mult_ = per_channel<double>(node.shape.c, [&](int c) {
        return entry(node.res_mult, c) * power_of_half(entry(node.res_shift, c));
      });
    }
  }

  void run(TensorInputs inputs, Tensor& output, Scratch& scratch) const override {
    sums_->run(*inputs[0], scratch, [&](const simd::Tile& tile, int channel, int64_t first) {
      if (!zero_.empty()) {
        kernels_.add_shortcut(
            tile, {inputs[1]->source(first, channel), zero_.data() + channel, mult_.data() + channel});
      }
      kernels_.finish(tile, finish_.at(channel), output.target(first, channel));
    });
  }

 private:
  const simd::Kernels& kernels_;
  std::unique_ptr<ConvSums> sums_;
  FinishTable finish_;
  std::vector<int32_t> zero_;  ///< of the shortcut
  std::vector<double> mult_;
};

}  // namespace

std::unique_ptr<TensorKernel> make_tensor_conv(const IntegerGraph& graph, const IntNode& node,
                                               const simd::Kernels& kernels) {
  auto sums = make_conv_sums(graph, node, kernels);
  return sums == nullptr ? nullptr : std::make_unique<TensorConv>(graph, node, kernels, std::move(sums));
}

}  // namespace tridex::quant
