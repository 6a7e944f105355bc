#include "quant/tensor_kernel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "quant/bounds.h"
#include "quant/conv_sums.h"
#include "quant/divide.h"
#include "quant/finish_table.h"
#include "quant/resize_coefficients.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

bool fits_ints(const IntegerGraph& graph, const IntNode& node) {
  const auto bounds = accumulator_bounds(graph, node);
  return *std::max_element(bounds.begin(), bounds.end()) < std::ldexp(1.0, 31);
}

class TensorAdd : public TensorKernel {
 public:
  TensorAdd(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels)
      : kernels_(kernels), node_(node), finish_(graph, node) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Quantizer& from = graph.node(node.inputs[i]).out;
      zero_.push_back(per_channel<int32_t>(node.shape.c, [&](int c) { return stored_zero(from, c); }));
      mult_.push_back(per_channel<int32_t>(node.shape.c, [&](int c) { return entry(node.add_mult[i], c); }));
    }
  }

  void run(TensorInputs inputs, Tensor& output, Scratch& scratch) const override {
    const int64_t pitch = output.pitch();
    const int most = tile_pixels(pitch);
    simd::Tile tile{Scratch::room(scratch.sums, most * pitch), pitch, 0,
                    static_cast<int>(pitch) / simd::kLanes};
    for (int64_t first = 0; first < node_.shape.pixels(); first += most) {
      tile.pixels = static_cast<int>(std::min<int64_t>(most, node_.shape.pixels() - first));
      for (size_t i = 0; i < inputs.size(); ++i) {
        kernels_.add(tile, {inputs[i]->source(first), zero_[i].data(), mult_[i].data()}, i == 0);
      }
      kernels_.finish(tile, finish_.at(0), output.target(first));
    }
  }

 private:
  const simd::Kernels& kernels_;
  const IntNode& node_;
  FinishTable finish_;
  std::vector<std::vector<int32_t>> zero_, mult_;
};

class TensorPool : public TensorKernel {
 public:
  TensorPool(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels)
      : kernels_(kernels), finish_(graph, node) {
    const Quantizer& from = graph.node(node.inputs[0]).out;
    zero_ = per_channel<int32_t>(node.shape.c, [&](int c) { return stored_zero(from, c); });
  }

  void run(TensorInputs inputs, Tensor& output, Scratch& scratch) const override {
    const int64_t pitch = output.pitch();
    const int64_t pixels = inputs[0]->shape().pixels();
    const int blocks = static_cast<int>(pitch) / simd::kLanes;
    int32_t* centred = Scratch::room(scratch.left, pixels * pitch);
    kernels_.centre(inputs[0]->source(), zero_.data(), false, pixels, blocks, centred, pitch);
    simd::Tile tile{Scratch::room(scratch.sums, pitch), pitch, 1, blocks};
    kernels_.token_sum(centred, pitch, pixels, blocks, tile.sums);
    kernels_.finish(tile, finish_.at(0), output.target());
  }

 private:
  const simd::Kernels& kernels_;
  FinishTable finish_;
  std::vector<int32_t> zero_;
};

/// The two divisions by a power of two.
class TensorShift : public TensorKernel {
 public:
  TensorShift(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels)
      : kernels_(kernels), node_(node), finish_(graph, node) {
    const Quantizer& from = graph.node(node.inputs[0]).out;
    zero_ = per_channel<int32_t>(node.shape.c, [&](int c) { return stored_zero(from, c); });
  }

  void run(TensorInputs inputs, Tensor& output, Scratch& scratch) const override {
    const int64_t pitch = output.pitch();
    const int d = node_.shape.c / node_.heads;
    const int most = tile_pixels(pitch);
    simd::Tile tile{Scratch::room(scratch.sums, most * pitch), pitch, 0,
                    static_cast<int>(pitch) / simd::kLanes};
    double* scale = Scratch::room(scratch.doubles, most * pitch);
    std::fill_n(scale, most * pitch, 1.0);
    for (int64_t first = 0; first < node_.shape.pixels(); first += most) {
      tile.pixels = static_cast<int>(std::min<int64_t>(most, node_.shape.pixels() - first));
      kernels_.centre(inputs[0]->source(first), zero_.data(), false, tile.pixels, tile.blocks, tile.sums,
                      pitch);
      for (int p = 0; p < tile.pixels; ++p) {
        for (int h = 0; h < node_.heads; ++h) {
          const simd::Source den = inputs[1]->source(first + p, h);
          const int64_t x = den.bytes != nullptr ? *den.bytes : *den.ints;  // unsigned codes, or accumulators
          const int exponent =
              node_.divisor == Divisor::kLog2Code ? log2_code_exponent(node_, h, x) : log2_paper_exponent(x);
          std::fill_n(scale + p * pitch + h * d, d, power_of_half(exponent));
        }
      }
      kernels_.divide(tile, scale, finish_.at(0), output.target(first));
    }
  }

 private:
  const simd::Kernels& kernels_;
  const IntNode& node_;
  FinishTable finish_;
  std::vector<int32_t> zero_;
};

class TensorConcat : public TensorKernel {
 public:
  explicit TensorConcat(const IntNode& node) : node_(node) {}
  void run(TensorInputs inputs, Tensor& output, Scratch&) const override {
    for (int64_t p = 0; p < node_.shape.pixels(); ++p) {
      int64_t channel = 0;
      for (const Tensor* input : inputs) {
        copy(input->source(p), output.target(p, channel), input->shape().c);
        channel += input->shape().c;
      }
      fill(output.target(p, channel), output.pitch() - channel);
    }
  }

 private:
  static void copy(const simd::Source& from, const simd::Target& to, int64_t channels) {
    if (from.bytes != nullptr) {
      std::copy_n(from.bytes, channels, to.bytes);
    } else {
      std::copy_n(from.ints, channels, to.ints);
    }
  }
  static void fill(const simd::Target& to, int64_t channels) {
    if (to.bytes != nullptr) {
      std::fill_n(to.bytes, channels, uint8_t{0});
    } else {
      std::fill_n(to.ints, channels, 0);
    }
  }
  const IntNode& node_;
};

/// Columns first, in integers of 32 bits, then rows, in doubles: the sums are the same in any order.
class TensorResize : public TensorKernel {
 public:
  TensorResize(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels)
      : kernels_(kernels),
        node_(node),
        in_(graph.node(node.inputs[0]).shape),
        finish_(graph, node),
        x_(resize_taps(node.factor, in_.w)),
        y_(resize_taps(node.factor, in_.h)) {
    const Quantizer& from = graph.node(node.inputs[0]).out;
    zero_ = per_channel<int32_t>(in_.c, [&](int c) { return stored_zero(from, c); });
  }

  void run(TensorInputs inputs, Tensor& output, Scratch& scratch) const override {
    const int64_t pitch = output.pitch();
    const int blocks = static_cast<int>(pitch) / simd::kLanes;
    const int64_t row = in_.w * pitch;
    int32_t* centred = Scratch::room(scratch.left, in_.h * row);
    kernels_.centre(inputs[0]->source(), zero_.data(), false, in_.pixels(), blocks, centred, pitch);
    int32_t* column = Scratch::room(scratch.right, row);
    double* sums = Scratch::room(scratch.doubles, node_.shape.w * pitch);
    const simd::Tile tile{nullptr, pitch, node_.shape.w, blocks};
    for (int y = 0; y < node_.shape.h; ++y) {
      std::array<const int32_t*, 4> rows;
      for (size_t k = 0; k < 4; ++k) {
        rows[k] = centred + y_.at[static_cast<size_t>(4 * y) + k] * row;
      }
      kernels_.resize_column(rows.data(), y_.weights.data() + int64_t{4} * y, row, column);
      kernels_.resize_row(column, pitch, x_.weights.data(), x_.at.data(), node_.shape.w, blocks, sums);
      kernels_.finish_doubles(sums, tile, finish_.at(0), output.target(int64_t{y} * node_.shape.w));
    }
  }

 private:
  const simd::Kernels& kernels_;
  const IntNode& node_;
  const Shape& in_;
  FinishTable finish_;
  ResizeTaps x_, y_;
  std::vector<int32_t> zero_;
};

/// Whether a column's sums fit 32 bits.
bool columns_fit(const IntegerGraph& graph, const IntNode& node) {
  const double gain = resize_coefficients(node.factor).largest_sum();
  for (int c = 0; c < node.shape.c; ++c) {
    if (gain * centred_span(graph.node(node.inputs[0]).out, c).magnitude() >= std::ldexp(1.0, 31)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::unique_ptr<TensorKernel> make_tensor_kernel(const IntegerGraph& graph, const IntNode& node,
                                                 const simd::Kernels& kernels) {
  switch (node.op) {
    case IntOp::kConv:
      return make_tensor_conv(graph, node, kernels);
    case IntOp::kMatMulTokens:
    case IntOp::kTokenSum:
    case IntOp::kMatMulHeads:
      return make_tensor_attention(graph, node, kernels);
    case IntOp::kAdd:
      return fits_ints(graph, node) ? std::make_unique<TensorAdd>(graph, node, kernels) : nullptr;
    case IntOp::kGlobalAvgPool:
      return fits_ints(graph, node) ? std::make_unique<TensorPool>(graph, node, kernels) : nullptr;
    case IntOp::kDivide:
      return node.divisor == Divisor::kLog2Code || node.divisor == Divisor::kLog2Paper
                 ? std::make_unique<TensorShift>(graph, node, kernels)
                 : nullptr;
    case IntOp::kConcat:
      return std::make_unique<TensorConcat>(node);
    case IntOp::kResize:
      return columns_fit(graph, node) ? std::make_unique<TensorResize>(graph, node, kernels) : nullptr;
    case IntOp::kLayerNorm:  // a pixel or two: not worth a kernel
      return nullptr;
    case IntOp::kInput:
      break;
  }
  throw std::logic_error("make_tensor_kernel: " + node.name + " is not computed");
}

}  // namespace tridex::quant
