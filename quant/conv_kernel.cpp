#include <algorithm>
#include <cmath>

#include "quant/bounds.h"
#include "quant/conv_sums.h"
#include "quant/node_kernel.h"
#include "quant/vectors.h"

namespace tridex::quant {

namespace {

constexpr int kOutputs = 4;  ///< output channels of the inner block
constexpr int kVectors = 2;  ///< vectors of pixels of the inner block
constexpr int64_t kPanelBytes = 1 << 17;
constexpr int64_t kLargestKernelTile = 512;

/// Adds bias and shortcut and hands a run of accumulators on.
class Output {
 public:
  Output(const IntegerGraph& graph, const IntNode& node, CodeInputs inputs, const Sink& sink)
      : graph_(graph), node_(node), inputs_(inputs), sink_(sink) {}

  template <typename T>
  void put(int o, int64_t first, int64_t count, const T* sums) {
    const auto bias = static_cast<double>(node_.bias[static_cast<size_t>(o)]);
    put_with_bias(o, first, count, [&](int64_t i) { return static_cast<double>(sums[i]) + bias; });
  }
  template <typename F>
  void put_with_bias(int o, int64_t first, int64_t count, F sum) {
    row_.resize(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      row_[static_cast<size_t>(i)] = sum(i);
    }
    if (node_.has_shortcut) {
      const int32_t* r = inputs_[1]->data.data() + o * node_.shape.pixels() + first;
      const double zero = graph_.node(node_.inputs[1]).out.zero_of(o);
      const double mult = entry(node_.res_mult, o);
      const double half = power_of_half(entry(node_.res_shift, o));
      for (int64_t i = 0; i < count; ++i) {
        row_[static_cast<size_t>(i)] += rsh((r[i] - zero) * mult, half);
      }
    }
    sink_(o, first, row_);
  }

 private:
  const IntegerGraph& graph_;
  const IntNode& node_;
  CodeInputs inputs_;
  const Sink& sink_;
  std::vector<double> row_;
};

/// The executor's kernels, for codes and weights of at most 8 bits.
class SumsKernel : public NodeKernel {
 public:
  SumsKernel(const IntegerGraph& graph, const IntNode& node, std::unique_ptr<ConvSums> sums)
      : graph_(graph), node_(node), sums_(std::move(sums)) {}

  void run(CodeInputs inputs, const Sink& sink) const override {
    Output output(graph_, node_, inputs, sink);
    Tensor input;
    input.assign(*inputs[0], graph_.node(node_.inputs[0]).out);
    Scratch scratch;
    sums_->run(input, scratch, [&](const simd::Tile& tile, int channel, int64_t first) {
      const int channels = std::min(tile.blocks * simd::kLanes, node_.shape.c - channel);
      for (int c = 0; c < channels; ++c) {
        const int32_t* sums = tile.sums + c;
        output.put_with_bias(channel + c, first, tile.pixels,
                             [&](int64_t i) { return static_cast<double>(sums[i * tile.pitch]); });
      }
    });
  }

 private:
  const IntegerGraph& graph_;
  const IntNode& node_;
  std::unique_ptr<ConvSums> sums_;
};

/// T is int32_t where no partial sum can leave 32 bits, else double (exact to 2^53).
template <typename T>
class DepthwiseKernel : public NodeKernel {
 public:
  DepthwiseKernel(const IntegerGraph& graph, const IntNode& node)
      : graph_(graph), node_(node), weights_(node.weights.begin(), node.weights.end()) {}

  void run(CodeInputs inputs, const Sink& sink) const override {
    Output output(graph_, node_, inputs, sink);
    const ConvAttributes& conv = node_.conv;
    const Shape& in = inputs[0]->shape;
    const int64_t width = int64_t{in.w} + conv.pad_left + conv.pad_right;
    const int64_t height = int64_t{in.h} + conv.pad_top + conv.pad_bottom;
    std::vector<T> padded(static_cast<size_t>(width * height + width));
    std::vector<T> sums(static_cast<size_t>(node_.shape.pixels()));
    const Quantizer& quantizer = graph_.node(node_.inputs[0]).out;
    const int taps = conv.kernel_h * conv.kernel_w;
    for (int c = 0; c < in.c; ++c) {
      std::fill(padded.begin(), padded.end(), static_cast<T>(quantizer.zero_of(c)));
      const int32_t* from = inputs[0]->data.data() + c * in.pixels();
      for (int y = 0; y < in.h; ++y) {
        std::copy_n(from + int64_t{y} * in.w, in.w,
                    padded.data() + (y + conv.pad_top) * width + conv.pad_left);
      }
      std::fill(sums.begin(), sums.end(), T{0});
      for (int k = 0; k < taps; ++k) {
        const T weight =
            weights_[static_cast<size_t>(c) * static_cast<size_t>(taps) + static_cast<size_t>(k)];
        const T* tap = padded.data() + k / conv.kernel_w * width + k % conv.kernel_w;
        for (int y = 0; y < node_.shape.h; ++y) {
          add_row(tap + int64_t{y} * conv.stride * width, weight, sums.data() + int64_t{y} * node_.shape.w);
        }
      }
      output.put(c, 0, node_.shape.pixels(), sums.data());
    }
  }

 private:
  void add_row(const T* row, T weight, T* sums) const {
    switch (node_.conv.stride) {
      case 1:
        return add_strided<1>(row, weight, sums);
      case 2:
        return add_strided<2>(row, weight, sums);
      default:
        for (int x = 0; x < node_.shape.w; ++x) {
          sums[x] += weight * row[int64_t{x} * node_.conv.stride];
        }
    }
  }
  template <int kStride>
  void add_strided(const T* row, T weight, T* __restrict sums) const {
    for (int x = 0; x < node_.shape.w; ++x) {
      sums[x] += weight * row[int64_t{x} * kStride];
    }
  }

  const IntegerGraph& graph_;
  const IntNode& node_;
  std::vector<T> weights_;
};

/// Any convolution, as products of a panel of gathered pixels (im2col of a tile) with the weights of a group.
template <typename T>
class PanelKernel : public NodeKernel {
 public:
  PanelKernel(const IntegerGraph& graph, const IntNode& node);
  void run(CodeInputs inputs, const Sink& sink) const override;

 private:
  static constexpr int kPixels = kVectors * kLanes<T>;
  void gather(const Codes& in, int group, int64_t first, int64_t count, T* panel) const;
  static void multiply(const T* panel, const T* weights, int64_t taps, T* sums, int64_t pitch);

  const IntegerGraph& graph_;
  const IntNode& node_;
  int in_group_, out_group_;
  int64_t taps_;            ///< of one output: in_group * kh * kw
  int64_t tile_;            ///< pixels of a panel
  std::vector<T> weights_;  ///< group, block of outputs, tap, output
};

template <typename T>
PanelKernel<T>::PanelKernel(const IntegerGraph& graph, const IntNode& node)
    : graph_(graph),
      node_(node),
      in_group_(graph.node(node.inputs[0]).shape.c / node.conv.groups),
      out_group_(node.shape.c / node.conv.groups),
      taps_(int64_t{in_group_} * node.conv.kernel_h * node.conv.kernel_w) {
  const int64_t fitting = kPanelBytes / (taps_ * static_cast<int64_t>(sizeof(T)));
  tile_ = std::clamp(std::min(fitting, node.shape.pixels() + kPixels - 1) / kPixels * kPixels,
                     int64_t{kPixels}, kLargestKernelTile);
  const int blocks = (out_group_ + kOutputs - 1) / kOutputs;
  weights_.assign(static_cast<size_t>(node.conv.groups) * static_cast<size_t>(blocks) *
                      static_cast<size_t>(taps_) * static_cast<size_t>(kOutputs),
                  T{0});
  for (int o = 0; o < node.shape.c; ++o) {
    const int inside = o % out_group_;
    const int64_t block = int64_t{o / out_group_} * blocks + inside / kOutputs;
    for (int64_t k = 0; k < taps_; ++k) {
      weights_[static_cast<size_t>((block * taps_ + k) * kOutputs + inside % kOutputs)] =
          static_cast<T>(node.weights[static_cast<size_t>(o * taps_ + k)]);
    }
  }
}

/// panel[block of kPixels][tap][kPixels]; pixels beyond `count` are left as they are.
template <typename T>
void PanelKernel<T>::gather(const Codes& in, int group, int64_t first, int64_t count, T* panel) const {
  const ConvAttributes& conv = node_.conv;
  const bool plain = conv.kernel_h == 1 && conv.kernel_w == 1 && conv.stride == 1 && conv.pad_top == 0 &&
                     conv.pad_left == 0 && conv.pad_bottom == 0 && conv.pad_right == 0;
  const Quantizer& quantizer = graph_.node(node_.inputs[0]).out;
  for (int64_t start = 0; start < count; start += kPixels, panel += taps_ * kPixels) {
    const int64_t pixels = std::min<int64_t>(kPixels, count - start);
    for (int i = 0; i < in_group_; ++i) {
      const int c = group * in_group_ + i;
      const int32_t* plane = in.data.data() + c * in.shape.pixels();
      if (plain) {
        std::copy_n(plane + first + start, pixels, panel + i * kPixels);
        continue;
      }
      const T zero = static_cast<T>(quantizer.zero_of(c));
      for (int64_t p = 0; p < pixels; ++p) {
        const int y0 = static_cast<int>((first + start + p) / node_.shape.w) * conv.stride - conv.pad_top;
        const int x0 = static_cast<int>((first + start + p) % node_.shape.w) * conv.stride - conv.pad_left;
        T* column = panel + int64_t{i} * conv.kernel_h * conv.kernel_w * kPixels + p;
        for (int y = y0; y < y0 + conv.kernel_h; ++y) {
          for (int x = x0; x < x0 + conv.kernel_w; ++x, column += kPixels) {
            const bool inside = y >= 0 && y < in.shape.h && x >= 0 && x < in.shape.w;
            *column = inside ? static_cast<T>(plane[int64_t{y} * in.shape.w + x]) : zero;
          }
        }
      }
    }
  }
}

template <typename T>
void PanelKernel<T>::multiply(const T* panel, const T* weights, int64_t taps, T* sums, int64_t pitch) {
  Vector<T> a[kOutputs][kVectors] = {};
  for (int64_t k = 0; k < taps; ++k, panel += kPixels, weights += kOutputs) {
    for (int v = 0; v < kVectors; ++v) {
      const Vector<T> x = load(panel + v * kLanes<T>);
      for (int o = 0; o < kOutputs; ++o) {
        a[o][v] += x * weights[o];
      }
    }
  }
  for (int o = 0; o < kOutputs; ++o) {
    for (int v = 0; v < kVectors; ++v) {
      store(sums + o * pitch + v * kLanes<T>, a[o][v]);
    }
  }
}

template <typename T>
void PanelKernel<T>::run(CodeInputs inputs, const Sink& sink) const {
  Output output(graph_, node_, inputs, sink);
  std::vector<T> panel(static_cast<size_t>(tile_ * taps_));
  std::vector<T> sums(static_cast<size_t>(tile_ * kOutputs));
  const int blocks = (out_group_ + kOutputs - 1) / kOutputs;
  for (int64_t first = 0; first < node_.shape.pixels(); first += tile_) {
    const int64_t count = std::min(tile_, node_.shape.pixels() - first);
    for (int group = 0; group < node_.conv.groups; ++group) {
      gather(*inputs[0], group, first, count, panel.data());
      for (int block = 0; block < blocks; ++block) {
        const T* weights = weights_.data() + (int64_t{group} * blocks + block) * taps_ * kOutputs;
        for (int64_t start = 0; start < count; start += kPixels) {
          multiply(panel.data() + start * taps_, weights, taps_, sums.data() + start, tile_);
        }
        const int outputs = std::min(kOutputs, out_group_ - block * kOutputs);
        for (int o = 0; o < outputs; ++o) {
          output.put(group * out_group_ + block * kOutputs + o, first, count, sums.data() + o * tile_);
        }
      }
    }
  }
}

}  // namespace

std::unique_ptr<NodeKernel> make_conv_kernel(const IntegerGraph& graph, const IntNode& node) {
  if (auto sums = make_conv_sums(graph, node, kernels_for(chosen_isa()))) {
    return std::make_unique<SumsKernel>(graph, node, std::move(sums));
  }
  const auto bounds = accumulator_bounds(graph, node);
  const bool narrow = *std::max_element(bounds.begin(), bounds.end()) < std::ldexp(1.0, 31);
  if (node.depthwise() && graph.node(node.inputs[0]).shape.c == node.shape.c) {
    return narrow ? std::unique_ptr<NodeKernel>(std::make_unique<DepthwiseKernel<int32_t>>(graph, node))
                  : std::make_unique<DepthwiseKernel<double>>(graph, node);
  }
  return narrow ? std::unique_ptr<NodeKernel>(std::make_unique<PanelKernel<int32_t>>(graph, node))
                : std::make_unique<PanelKernel<double>>(graph, node);
}

}  // namespace tridex::quant
