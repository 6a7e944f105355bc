#pragma once
#include <utility>
#include <vector>

#include "arch/mapping/engine_timing.h"
#include "arch/mapping/program_builder.h"

namespace tridex::arch {

/// Rows of the input that output rows [y0, y1) read (without padding).
std::pair<int, int> input_rows(const quant::IntNode& conv, const models::Shape& input, int y0, int y1);

/// Splits [0, height) into tiles of at most `rows` rows.
std::vector<std::pair<int, int>> split_rows(int height, int rows);

/// The number of output rows of a tile, given the most that fit the buffers: enough tiles that loading,
/// computing and storing overlap (at least four, where a tile keeps engines busy for kMinTileCycles), and
/// whole multiples of the copies.
int choose_rows(const DesignPoint& design, int height, int width, int fitting, int64_t layer_cycles);
inline constexpr int64_t kMinTileCycles = 400;

/// A command for output rows [y0, y1) of a convolution; operands are filled in by the caller.
Command conv_command(const quant::IntegerGraph& graph, const quant::IntNode& conv, const WeightBlock& block,
                     int y0, int y1);

/// TileRef::format of a node's tensor: code bits, plus 256 when signed.
int32_t tile_format(const quant::IntNode& node);

/// Bytes of `rows` rows of channels [c0, c1) of a tensor in a buffer.
int64_t rows_bytes(const quant::IntNode& node, int rows, int c0, int c1);

/// The largest tile of a fused pair: output rows, channels of the depthwise convolution, outputs of the 1x1.
struct PairExtent {
  int rows, channels, outputs;
};
/// What a fused pair has for its tiles: bytes of the input and the output buffer; tensors that stay on the
/// chip need none.
struct PairSpace {
  int64_t input = 0, output = 0;
  bool source_kept = false, shortcut_kept = false, output_kept = false;
  /// The source is made by a 1x1 as it is read, in a window of rows in the input buffer; source_kept is then
  /// about what that one reads.
  bool windowed = false;
  bool operator==(const PairSpace&) const = default;
};
/// Whether such tiles fit, with the depthwise convolution one tile ahead or not, wherever the ring allocator
/// happens to stand (a free gap may be split by what is live).
bool pair_fits(const PairSpace& space, const quant::IntegerGraph& graph, const quant::IntNode& depthwise,
               const quant::IntNode& pointwise, const PairExtent& tile, bool ahead);

/// Rows of the window of a pair with the 1x1 before it, for tiles of so many output rows.
int window_rows(const quant::IntNode& depthwise, const models::Shape& source, int rows, bool ahead);

/// The largest n in [1, most] for which fits(n), which holds up to some n and no further; 0 if there is none.
template <typename Fits>
int largest(int most, Fits&& fits) {
  int low = 0;
  int high = most;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if (fits(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

}  // namespace tridex::arch
