#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/mapping/check_program_memory.h"
#include "quant/integer_graph.h"

namespace tridex::arch::checking {

/// Channels of a pixel that lie side by side (layout.h).
inline constexpr int kLanes = 8;

/// A tensor's own bytes: rows of blocks of eight channels, the last one filled up.
struct TensorBytes {
  explicit TensorBytes(const quant::IntNode& node);
  int blocks, code;
  int64_t block_bytes, row_bytes, all;
};
/// Code bits, plus 256 when signed, as a TileRef has it.
int32_t format_of(const quant::IntNode& node);

/// Tensors without a concatenation in between: channels [channel, channel + channels) of the tensor asked
/// for.
struct Part {
  int node = 0, channel = 0, channels = 0;
};
std::vector<Part> parts_of(const quant::IntegerGraph& graph, int node);

/// Where the constants of a node are in its Content: all rows of weights, then all records, then four bytes
/// an input channel. Records of a layer norm have eight bytes more in front.
struct ConstantBytes {
  ConstantBytes(const quant::IntegerGraph& graph, const quant::IntNode& node);
  int64_t row = 0, record = 0;  ///< of an output channel
  int64_t pads = 0;             ///< of all input channels; 0: there are none
  int64_t records_at = 0, pads_at = 0;
};

/// The nodes of the branch that a division ends, and where their constants are in its Content, which is the
/// block as it lies in memory (params.h).
struct BranchBytes {
  int kv = -1, ksum = -1, num = -1, den = -1, source = -1;
  int heads = 0, dim = 0, in_channels = 0;
  int64_t zeros = 0, kv_at = 0, ksum_at = 0, num_at = 0, den_at = 0, out_at = 0, scale_at = 0, size = 0;
};
/// Nothing when a division's operands are not the products of a lite-MSA.
std::optional<BranchBytes> branch_of(const quant::IntegerGraph& graph, const quant::IntNode& divide);
inline constexpr int64_t kRecordBytes = 16;

/// Adds the bytes of rows [y0, y1) and channels [c0, c1) of a tensor in a tile that holds them. The last
/// channel stands for what fills up its block, too.
void add_tile(Pieces& pieces, const quant::IntegerGraph& graph, const std::vector<Part>& parts,
              const TileRef& tile, int frame, int y0, int y1, int c0, int c1);

}  // namespace tridex::arch::checking
