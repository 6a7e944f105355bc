#include <algorithm>
#include <cstring>

#include "quant/conv_sums.h"

namespace tridex::quant {

namespace {

/// Any convolution as products of pixels and weights. A pixel's taps lie side by side in the input
/// (pointwise) or are gathered (im2col of a tile), each tap's channels filled up to whole groups.
class ProductSums : public ConvSums {
 public:
  ProductSums(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels);
  void run(const Tensor& input, Scratch& scratch, const SumsSink& sink) const override;

 private:
  /// Products that share a tile of sums: blocks of one group of the convolution, or, where a group's outputs
  /// are not whole blocks, all groups, each of which overwrites what the one before has left beyond its end.
  struct Chunk {
    int channel, channels;    ///< of the tile
    int first_group, groups;  ///< of the convolution
  };
  void pack_weights();
  void gather(const Tensor& input, int group, int64_t first, int pixels, uint8_t* to) const;
  void multiply(const Chunk& chunk, int group, const uint8_t* values, int64_t values_pitch,
                const simd::Tile& tile) const;

  const simd::Kernels& kernels_;
  const IntNode& node_;
  const Shape& in_;
  int in_group_, out_group_;
  bool pointwise_;
  int tap_groups_;  ///< groups of taps of one output
  std::vector<int32_t> bias_;
  std::vector<uint8_t> border_;  ///< a pixel outside of the image
  std::vector<int8_t> weights_;  ///< those of each group of the convolution, as simd::Product has them
  std::vector<Chunk> chunks_;
};

ProductSums::ProductSums(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels)
    : kernels_(kernels),
      node_(node),
      in_(graph.node(node.inputs[0]).shape),
      in_group_(in_.c / node.conv.groups),
      out_group_(node.shape.c / node.conv.groups),
      pointwise_(node.conv.kernel_h == 1 && node.conv.kernel_w == 1 && node.conv.stride == 1 &&
                 node.shape.pixels() == in_.pixels()),
      bias_(stored_bias(graph, node)),
      border_(per_channel<uint8_t>(in_.c,
                                   [&](int c) { return stored_zero(graph.node(node.inputs[0]).out, c); })) {
  const int of_tap = (in_group_ + simd::kTapGroup - 1) / simd::kTapGroup;
  tap_groups_ = node.conv.kernel_h * node.conv.kernel_w * of_tap;
  pack_weights();
  if (node.conv.groups > 1 && out_group_ % simd::kLanes != 0) {
    chunks_.push_back({0, node.shape.c, 0, node.conv.groups});
    return;
  }
  constexpr int kMost = simd::kPanel * simd::kLanes;
  for (int group = 0; group < node.conv.groups; ++group) {
    for (int o = 0; o < out_group_; o += kMost) {
      chunks_.push_back({group * out_group_ + o, std::min(kMost, out_group_ - o), group, 1});
    }
  }
}

void ProductSums::pack_weights() {
  const int64_t blocks = padded_channels(out_group_) / simd::kLanes;
  const int kernel = node_.conv.kernel_h * node_.conv.kernel_w;
  const int of_tap = tap_groups_ / kernel;
  weights_.assign(static_cast<size_t>(node_.conv.groups * blocks * tap_groups_ * simd::kGroupBytes), 0);
  const int16_t* w = node_.weights.data();
  for (int o = 0; o < node_.shape.c; ++o) {
    const int inside = o % out_group_;
    const int64_t block = inside / simd::kLanes;
    const int64_t panel = block / simd::kPanel * simd::kPanel;
    const int64_t wide = std::min<int64_t>(simd::kPanel, blocks - panel);
    const int64_t start = (o / out_group_ * blocks + panel) * tap_groups_ + (block - panel);
    for (int i = 0; i < in_group_; ++i) {
      for (int k = 0; k < kernel; ++k, ++w) {
        const int64_t group = start + (k * of_tap + i / simd::kTapGroup) * wide;
        weights_[static_cast<size_t>(group * simd::kGroupBytes +
                                     kernels_.weight_position(inside % simd::kLanes, i % simd::kTapGroup))] =
            static_cast<int8_t>(*w);
      }
    }
  }
}

/// to[pixel][ky, kx][channels of the group, filled up to whole groups of taps (their weights are 0)].
void ProductSums::gather(const Tensor& input, int group, int64_t first, int pixels, uint8_t* to) const {
  const ConvAttributes& conv = node_.conv;
  const int count = tap_groups_ / (conv.kernel_h * conv.kernel_w);
  const int channel = group * in_group_;
  const auto copy = [&](const uint8_t* from) {
    for (int i = 0; i < count; ++i, from += simd::kTapGroup, to += simd::kTapGroup) {
      std::memcpy(to, from, simd::kTapGroup);
    }
  };
  auto oy = static_cast<int>(first / node_.shape.w);
  auto ox = static_cast<int>(first % node_.shape.w);
  for (int p = 0; p < pixels; ++p) {
    const int x0 = ox * conv.stride - conv.pad_left;
    const bool whole = x0 >= 0 && x0 + conv.kernel_w <= in_.w;
    for (int y = oy * conv.stride - conv.pad_top, ky = 0; ky < conv.kernel_h; ++y, ++ky) {
      const bool inside = y >= 0 && y < in_.h;
      const uint8_t* row = input.bytes() + (inside ? (int64_t{y} * in_.w + x0) * input.pitch() + channel : 0);
      for (int kx = 0; kx < conv.kernel_w; ++kx) {
        const bool tap_inside = inside && (whole || (x0 + kx >= 0 && x0 + kx < in_.w));
        copy(tap_inside ? row + kx * input.pitch() : border_.data() + channel);
      }
    }
    if (++ox == node_.shape.w) {
      ox = 0;
      ++oy;
    }
  }
}

void ProductSums::multiply(const Chunk& chunk, int group, const uint8_t* values, int64_t values_pitch,
                           const simd::Tile& tile) const {
  const int64_t blocks = padded_channels(out_group_) / simd::kLanes;
  // Where all groups share the tile, this one's first output lies inside of it; else the chunk begins inside
  // of the group.
  const int channel = chunk.groups > 1 ? group * out_group_ : chunk.channel;
  const int64_t block = group * blocks + (channel - group * out_group_) / simd::kLanes;
  const int count = static_cast<int>(padded_channels(chunk.groups > 1 ? out_group_ : chunk.channels));
  kernels_.product({values, values_pitch, tile.pixels,
                    weights_.data() + block * tap_groups_ * simd::kGroupBytes, tap_groups_,
                    bias_.data() + channel, count / simd::kLanes, tile.sums + channel - chunk.channel,
                    tile.pitch});
}

void ProductSums::run(const Tensor& input, Scratch& scratch, const SumsSink& sink) const {
  const int64_t row = int64_t{tap_groups_} * simd::kTapGroup;
  int64_t widest = 0;
  for (const Chunk& chunk : chunks_) {
    widest = std::max(widest, padded_channels(chunk.channels));
  }
  const bool shared = chunks_[0].groups > 1;
  const int64_t pitch = widest + (shared ? simd::kLanes : 0);  // the last group may end beyond the channels
  const auto most = static_cast<int>(std::min<int64_t>(tile_pixels(pitch), node_.shape.pixels()));
  simd::Tile tile{Scratch::room(scratch.sums, most * pitch), pitch, 0, 0};
  uint8_t* gathered = pointwise_ ? nullptr : Scratch::room(scratch.bytes, most * row);
  for (int64_t first = 0; first < node_.shape.pixels(); first += most) {
    tile.pixels = static_cast<int>(std::min<int64_t>(most, node_.shape.pixels() - first));
    int present = -1;  // the group that is gathered
    for (const Chunk& chunk : chunks_) {
      for (int group = chunk.first_group; group < chunk.first_group + chunk.groups; ++group) {
        if (pointwise_) {
          const uint8_t* values = input.bytes() + first * input.pitch() + group * in_group_;
          multiply(chunk, group, values, input.pitch(), tile);
          continue;
        }
        if (group != present) {
          gather(input, group, first, tile.pixels, gathered);
          present = group;
        }
        multiply(chunk, group, gathered, row, tile);
      }
      tile.blocks = static_cast<int>(padded_channels(chunk.channels)) / simd::kLanes;
      sink(tile, chunk.channel, first);
    }
  }
}

}  // namespace

std::unique_ptr<ConvSums> make_product_sums(const IntegerGraph& graph, const IntNode& node,
                                            const simd::Kernels& kernels) {
  return std::make_unique<ProductSums>(graph, node, kernels);
}

}  // namespace tridex::quant
