#include <algorithm>
#include <cstring>

#include "quant/conv_sums.h"

namespace tridex::quant {

namespace {

/// Padded input rows go through a ring of kernel_h rows; a row outside the image is the border's.
class DepthwiseSums : public ConvSums {
 public:
  DepthwiseSums(const IntegerGraph& graph, const IntNode& node, const simd::Kernels& kernels)
      : kernels_(kernels),
        node_(node),
        conv_(node.conv),
        in_(graph.node(node.inputs[0]).shape),
        pitch_(padded_channels(in_.c)),
        row_bytes_((int64_t{in_.w} + conv_.pad_left + conv_.pad_right) * pitch_),
        bias_(stored_bias(graph, node)),
        border_(static_cast<size_t>(row_bytes_)) {
    const int taps = conv_.kernel_h * conv_.kernel_w;
    weights_.resize(static_cast<size_t>(taps * pitch_));
    for (int c = 0; c < in_.c; ++c) {
      for (int k = 0; k < taps; ++k) {
        weights_[static_cast<size_t>(k * pitch_ + c)] =
            node.weights[static_cast<size_t>(int64_t{c} * taps + k)];
      }
    }
    const auto zero =
        per_channel<uint8_t>(in_.c, [&](int c) { return stored_zero(graph.node(node.inputs[0]).out, c); });
    for (int64_t at = 0; at < row_bytes_; at += pitch_) {
      std::copy_n(zero.begin(), pitch_, border_.begin() + at);
    }
  }

  void run(const Tensor& input, Scratch& scratch, const SumsSink& sink) const override {
    uint8_t* ring = Scratch::room(scratch.bytes, row_bytes_ * conv_.kernel_h);
    for (int k = 0; k < conv_.kernel_h; ++k) {
      std::copy(border_.begin(), border_.end(), ring + k * row_bytes_);
    }
    std::vector<const uint8_t*> rows(static_cast<size_t>(conv_.kernel_h));
    int loaded = 0;  // rows of the image that have been in the ring
    for (int y = 0; y < node_.shape.h; ++y) {
      const int first = y * conv_.stride - conv_.pad_top;
      for (; loaded < std::min(first + conv_.kernel_h, in_.h); ++loaded) {
        std::memcpy(ring + loaded % conv_.kernel_h * row_bytes_ + conv_.pad_left * pitch_,
                    input.bytes() + int64_t{loaded} * in_.w * pitch_, static_cast<size_t>(in_.w * pitch_));
      }
      for (int k = 0; k < conv_.kernel_h; ++k) {
        const int row = first + k;
        rows[static_cast<size_t>(k)] =
            row < 0 || row >= in_.h ? border_.data() : ring + row % conv_.kernel_h * row_bytes_;
      }
      run_row(rows, y, scratch, sink);
    }
  }

 private:
  void run_row(const std::vector<const uint8_t*>& rows, int y, Scratch& scratch, const SumsSink& sink) const {
    const int most = std::min(tile_pixels(kChunk), node_.shape.w);
    simd::Tile tile{Scratch::room(scratch.sums, int64_t{most} * kChunk), kChunk, 0, 0};
    std::vector<const uint8_t*> taps(rows.size());
    for (int c = 0; c < pitch_; c += kChunk) {
      tile.blocks = static_cast<int>(std::min<int64_t>(kChunk, pitch_ - c)) / simd::kLanes;
      for (int x = 0; x < node_.shape.w; x += most) {
        tile.pixels = std::min(most, node_.shape.w - x);
        for (size_t k = 0; k < rows.size(); ++k) {
          taps[k] = rows[k] + int64_t{x} * conv_.stride * pitch_ + c;
        }
        kernels_.depthwise({taps.data(), pitch_, conv_.kernel_h, conv_.kernel_w, conv_.stride,
                            weights_.data() + c, bias_.data() + c, tile.pixels, tile.blocks, tile.sums,
                            tile.pitch});
        sink(tile, c, int64_t{y} * node_.shape.w + x);
      }
    }
  }

  static constexpr int kChunk = 4 * simd::kLanes;  ///< channels of a tile

  const simd::Kernels& kernels_;
  const IntNode& node_;
  const ConvAttributes& conv_;
  const Shape& in_;
  int64_t pitch_, row_bytes_;
  std::vector<int32_t> weights_;  ///< tap, channel
  std::vector<int32_t> bias_;
  std::vector<uint8_t> border_;  ///< a padded row outside of the image
};

}  // namespace

std::unique_ptr<ConvSums> make_depthwise_sums(const IntegerGraph& graph, const IntNode& node,
                                              const simd::Kernels& kernels) {
  return std::make_unique<DepthwiseSums>(graph, node, kernels);
}

}  // namespace tridex::quant
