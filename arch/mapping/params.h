#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "quant/integer_graph.h"

namespace tridex::arch {

/// How constants lie in DRAM and in the weight buffer, little-endian. A *block* belongs to one node and one
/// range of output channels, and is one contiguous run:
///
///     conv    weight rows, then records, then (if padded) zero points of the input channels, 4 bytes each
///     add     records
///     attention  zero points of the q/k/v tensor (4 bytes each), then records of kv, ksum, num (channels
///     each),
///                den (heads), out (channels), then 4 bytes a head: den_mult (3), den_frac (1)
///     pool, resize  records (then zero points of the input channels, 4 bytes each)
///     layer norm    zero point of the input (4 bytes), then per channel gamma (4) and a record
///
/// A weight row holds the weights of one output channel (input channel, kernel row, kernel column) as a bit
/// stream of weight_bits each, lowest bit first, padded to a byte.
///
/// A record is 16 bytes: bias or beta (6, signed), mult (3, unsigned), zero of the output (3, signed), pre
/// (1), shift (1, signed), 2 unused; then 8 bytes if there is an activation: three (3) and act_shift (1,
/// signed), or six (6); then 8 bytes a shortcut or a summand: mult (3), shift (1, signed; unused for
/// summands), zero (3, signed), 1 unused.
struct Record {
  int64_t bias = 0;
  int32_t mult = 0, zero = 0;
  int pre = 0, shift = 0;
  int64_t six = 0;
  int32_t three = 0;
  int act_shift = 0;
  struct Term {
    int32_t mult = 0, zero = 0;
    int shift = 0;
  };
  std::array<Term, 3> terms{};
};

/// Which optional parts the records of a block have.
struct RecordFormat {
  quant::Activation activation = quant::Activation::kNone;
  int terms = 0;
  [[nodiscard]] int bytes() const {
    return 16 +
           (activation == quant::Activation::kHardswish || activation == quant::Activation::kRelu6 ? 8 : 0) +
           8 * terms;
  }
};

Record read_record(const uint8_t* at, const RecordFormat& format);
void write_record(uint8_t* at, const RecordFormat& format, const Record& record);

/// Weights of one row out of its bit stream. out.size() weights are read.
void unpack_weights(const uint8_t* row, int bits, std::span<int16_t> out);

/// Bytes of a weight row.
int64_t weight_row_bytes(const quant::IntNode& conv, int in_channels);
RecordFormat record_format(const quant::IntNode& node);
bool has_pads(const quant::IntNode& conv);

/// The nodes of one lite-MSA branch, which is computed as a whole.
struct AttentionNodes {
  int kv = -1, ksum = -1, num = -1, den = -1, divide = -1;
};

/// Sizes of blocks.
int64_t conv_block_bytes(const quant::IntNode& conv, int c0, int c1, int in_channels);
int64_t vector_block_bytes(const quant::IntNode& node, int in_channels);
int64_t attention_block_bytes(const quant::IntegerGraph& graph, const AttentionNodes& nodes);

/// Writes a block (the graph must have weights).
void pack_conv_block(const quant::IntegerGraph& graph, const quant::IntNode& conv, int c0, int c1,
                     uint8_t* at);
void pack_vector_block(const quant::IntegerGraph& graph, const quant::IntNode& node, uint8_t* at);
void pack_attention_block(const quant::IntegerGraph& graph, const AttentionNodes& nodes, uint8_t* at);

/// Offsets inside an attention block.
struct AttentionBlock {
  AttentionBlock(int heads, int head_dim, int in_channels);
  int64_t zeros = 0, kv = 0, ksum = 0, num = 0, den = 0, out = 0, den_scale = 0, size = 0;
};

}  // namespace tridex::arch
