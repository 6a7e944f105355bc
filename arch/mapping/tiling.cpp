#include "arch/mapping/tiling.h"

#include <algorithm>
#include <numeric>

namespace tridex::arch {

std::pair<int, int> input_rows(const quant::IntNode& conv, const models::Shape& input, int y0, int y1) {
  const int first = y0 * conv.conv.stride - conv.conv.pad_top;
  const int last = (y1 - 1) * conv.conv.stride - conv.conv.pad_top + conv.conv.kernel_h;
  const int row0 = std::clamp(first, 0, input.h - 1);
  return {row0, std::clamp(last, row0 + 1, input.h)};
}

std::vector<std::pair<int, int>> split_rows(int height, int rows) {
  std::vector<std::pair<int, int>> tiles;
  for (int y = 0; y < height; y += rows) {
    tiles.emplace_back(y, std::min(height, y + rows));
  }
  return tiles;
}

int choose_rows(const DesignPoint& design, int height, int width, int fitting, int64_t layer_cycles) {
  int rows = std::min(fitting, height);
  const auto tiles = static_cast<int>(std::clamp<int64_t>(layer_cycles / kMinTileCycles, 1, 4));
  rows = std::max(1, std::min(rows, (height + tiles - 1) / tiles));
  for (int r = rows; r >= std::max(1, rows * 2 / 3); --r) {
    if (r < height && int64_t{r} * width % design.copies == 0) {
      return r;
    }
  }
  return rows;
}

Command conv_command(const quant::IntegerGraph& graph, const quant::IntNode& conv, const WeightBlock& block,
                     int y0, int y1) {
  const models::Shape& input = graph.node(conv.inputs[0]).shape;
  Command c;
  c.op = Opcode::kConv;
  c.c0 = block.c0;
  c.c1 = block.c1;
  c.y0 = y0;
  c.y1 = y1;
  c.width = conv.shape.w;
  c.in_channels = input.c / conv.conv.groups;
  c.group_outputs = conv.shape.c / conv.conv.groups;
  c.kernel_h = conv.conv.kernel_h;
  c.kernel_w = conv.conv.kernel_w;
  c.stride = conv.conv.stride;
  c.pad_top = conv.conv.pad_top;
  c.pad_left = conv.conv.pad_left;
  c.in_height = input.h;
  c.in_width = input.w;
  c.block_c0 = block.c0;
  c.weight_bits = conv.weight_bits;
  c.weight_row_bytes = static_cast<int32_t>(weight_row_bytes(conv, input.c));
  c.activation = static_cast<int32_t>(conv.activation);
  c.has_shortcut = conv.has_shortcut ? 1 : 0;
  c.depthwise = conv.depthwise() && c.in_channels == 1 && c.group_outputs == 1 ? 1 : 0;
  return c;
}

int32_t tile_format(const quant::IntNode& node) {
  return node.out.bits + (node.out.is_signed ? 256 : 0);
}

int64_t rows_bytes(const quant::IntNode& node, int rows, int c0, int c1) {
  return int64_t{rows} * ((c1 - c0 + kChannelBlock - 1) / kChannelBlock) * node.shape.w * kChannelBlock *
         node.out.bytes();
}

int window_rows(const quant::IntNode& depthwise, const models::Shape& source, int rows, bool ahead) {
  return std::min(((ahead ? 2 : 1) * rows - 1) * depthwise.conv.stride + depthwise.conv.kernel_h, source.h);
}

bool pair_fits(const PairSpace& space, const quant::IntegerGraph& graph, const quant::IntNode& depthwise,
               const quant::IntNode& pointwise, const PairExtent& tile, bool ahead) {
  const quant::IntNode& source = graph.node(depthwise.inputs[0]);
  const int in_rows =
      std::min((tile.rows - 1) * depthwise.conv.stride + depthwise.conv.kernel_h, source.shape.h);
  constexpr int64_t kSlack = 64;  // alignment of the allocator
  const quant::IntNode& read = space.windowed ? graph.node(source.inputs[0]) : source;
  const int64_t in =
      space.source_kept
          ? 0
          : rows_bytes(read, in_rows, 0, space.windowed ? read.shape.c : tile.channels) + kSlack;
  const int64_t window =
      space.windowed
          ? rows_bytes(source, window_rows(depthwise, source.shape, tile.rows, ahead), 0, source.shape.c) +
                kSlack
          : 0;
  const int64_t rest = pointwise.has_shortcut && !space.shortcut_kept
                           ? rows_bytes(graph.node(pointwise.inputs[1]), tile.rows, 0, tile.outputs) + kSlack
                           : 0;
  const int64_t middle = rows_bytes(depthwise, tile.rows, 0, tile.channels) + kSlack;
  const int64_t out = space.output_kept ? 0 : rows_bytes(pointwise, tile.rows, 0, tile.outputs) + kSlack;
  if (ahead) {
    return space.input - window >= std::max(2 * in + rest, in + 4 * rest) &&
           space.output >= std::max(3 * middle, 2 * middle + 3 * out);
  }
  return space.input - window >= in + 2 * rest && space.output >= middle + 2 * out;
}

}  // namespace tridex::arch
