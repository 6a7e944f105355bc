#pragma once
#include <functional>
#include <memory>

#include "quant/tensor_kernel.h"

namespace tridex::quant {

/// Receives the accumulators of the pixels from `first` on and of whole blocks of channels from `channel` on.
/// It may overwrite them.
using SumsSink = std::function<void(const simd::Tile& tile, int channel, int64_t first)>;

/// The accumulators of a convolution of bytes, its bias included, its shortcut not.
class ConvSums {
 public:
  virtual ~ConvSums() = default;
  /// Thread-safe. Each channel and pixel once.
  virtual void run(const Tensor& input, Scratch& scratch, const SumsSink& sink) const = 0;
};

/// Null unless codes and weights have at most 8 bits, no sum can leave 32 bits, and the border of a padded
/// image is a code.
std::unique_ptr<ConvSums> make_conv_sums(const IntegerGraph& graph, const IntNode& node,
                                         const simd::Kernels& kernels);

/// The two makers behind it.
std::unique_ptr<ConvSums> make_depthwise_sums(const IntegerGraph& graph, const IntNode& node,
                                              const simd::Kernels& kernels);
std::unique_ptr<ConvSums> make_product_sums(const IntegerGraph& graph, const IntNode& node,
                                            const simd::Kernels& kernels);

/// bias + lowest code * sum of weights, a channel: what remains of the bias when codes are counted from the
/// lowest. Modulo 2^32, as the sums are.
std::vector<int32_t> stored_bias(const IntegerGraph& graph, const IntNode& node);

/// Pixels of a tile of `channels` channels: its sums stay in the first-level cache.
int tile_pixels(int64_t channels);

}  // namespace tridex::quant
