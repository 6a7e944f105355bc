#include "arch/mapping/check_program_layout.h"

#include <algorithm>

namespace tridex::arch::checking {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

namespace {

int64_t record_bytes(const IntNode& node) {
  const bool more =
      node.activation == quant::Activation::kHardswish || node.activation == quant::Activation::kRelu6;
  const int64_t terms = node.op == IntOp::kConv  ? (node.has_shortcut ? 1 : 0)
                        : node.op == IntOp::kAdd ? static_cast<int64_t>(node.inputs.size())
                                                 : 0;
  return kRecordBytes + (more ? 8 : 0) + 8 * terms;
}

void append_parts(const IntegerGraph& graph, int id, int channel, std::vector<Part>& parts) {
  const IntNode& node = graph.node(id);
  if (node.op != IntOp::kConcat) {
    parts.push_back({id, channel, node.shape.c});
    return;
  }
  for (const int input : node.inputs) {
    append_parts(graph, input, channel, parts);
    channel += graph.node(input).shape.c;
  }
}

}  // namespace

TensorBytes::TensorBytes(const IntNode& node)
    : blocks((node.shape.c + kLanes - 1) / kLanes),
      code(node.out.bits <= 8    ? 1
           : node.out.bits <= 16 ? 2
                                 : 4),
      block_bytes(int64_t{node.shape.w} * kLanes * code),
      row_bytes(blocks * block_bytes),
      all(node.shape.h * row_bytes) {}

int32_t format_of(const IntNode& node) {
  return node.out.bits + (node.out.is_signed ? 256 : 0);
}

std::vector<Part> parts_of(const IntegerGraph& graph, int node) {
  std::vector<Part> parts;
  append_parts(graph, node, 0, parts);
  return parts;
}

ConstantBytes::ConstantBytes(const IntegerGraph& graph, const IntNode& node) : record(record_bytes(node)) {
  const int64_t in_channels = graph.node(node.inputs[0]).shape.c;
  if (node.op == IntOp::kConv) {
    const int64_t taps = int64_t{node.conv.kernel_h} * node.conv.kernel_w;
    row = (in_channels / node.conv.groups * taps * node.weight_bits + 7) / 8;
    pads = taps > 1 ? in_channels * 4 : 0;
  } else if (node.op == IntOp::kLayerNorm) {
    record += 8;
  } else if (node.op != IntOp::kAdd) {
    pads = in_channels * 4;
  }
  records_at = node.shape.c * row;
  pads_at = records_at + node.shape.c * record;
}

std::optional<BranchBytes> branch_of(const IntegerGraph& graph, const IntNode& divide) {
  BranchBytes b;
  if (divide.op != IntOp::kDivide || divide.inputs.size() != 2 || divide.heads < 1) {
    return std::nullopt;
  }
  b.num = divide.inputs[0];
  b.den = divide.inputs[1];
  const IntNode& num = graph.node(b.num);
  const IntNode& den = graph.node(b.den);
  if (num.op != IntOp::kMatMulHeads || den.op != IntOp::kMatMulHeads) {
    return std::nullopt;
  }
  b.kv = num.inputs[1];
  b.ksum = den.inputs[1];
  b.source = num.inputs[0];
  const IntNode& kv = graph.node(b.kv);
  const IntNode& ksum = graph.node(b.ksum);
  if (kv.op != IntOp::kMatMulTokens || ksum.op != IntOp::kTokenSum || den.inputs[0] != b.source ||
      kv.inputs[0] != b.source || kv.inputs[1] != b.source || ksum.inputs[0] != b.source) {
    return std::nullopt;
  }
  const int64_t channels = divide.shape.c;
  b.heads = divide.heads;
  b.dim = divide.shape.c / divide.heads;
  b.in_channels = graph.node(b.source).shape.c;
  b.kv_at = int64_t{b.in_channels} * 4;
  b.ksum_at = b.kv_at + channels * kRecordBytes;
  b.num_at = b.ksum_at + channels * kRecordBytes;
  b.den_at = b.num_at + channels * kRecordBytes;
  b.out_at = b.den_at + b.heads * kRecordBytes;
  b.scale_at = b.out_at + channels * kRecordBytes;
  b.size = b.scale_at + int64_t{b.heads} * 4;
  return b;
}

void add_tile(Pieces& pieces, const IntegerGraph& graph, const std::vector<Part>& parts, const TileRef& tile,
              int frame, int y0, int y1, int c0, int c1) {
  for (int y = y0; y < y1; ++y) {
    for (const Part& part : parts) {
      const int first = std::max(c0, part.channel) - part.channel;
      const int last = std::min(c1, part.channel + part.channels) - part.channel;
      if (first >= last) {
        continue;
      }
      const IntNode& node = graph.node(part.node);
      const TensorBytes own(node);
      const int64_t row = tile.address + (tile.window > 0 ? y % tile.window : int64_t{y} - tile.first_row) *
                                             tile.blocks * own.block_bytes;
      Content content{Content::Kind::kTensor, part.node, frame, 0, 0};
      // Lanes [l0, l1) of blocks [b0, b1); whole blocks of all pixels are one run.
      const auto add = [&](int b0, int b1, int l0, int l1) {
        content.at = y * own.row_bytes + b0 * own.block_bytes;
        const int64_t at = row + ((part.channel - tile.channel) / kLanes + b0) * own.block_bytes;
        if (l0 == 0 && l1 == kLanes) {
          pieces.add(tile.buffer, at, (b1 - b0) * own.block_bytes, content);
          return;
        }
        for (int x = 0; x < node.shape.w; ++x) {
          const int64_t lane = (int64_t{x} * kLanes + l0) * own.code;
          pieces.add(tile.buffer, at + lane, int64_t{l1 - l0} * own.code, content.from(lane));
        }
      };
      const bool to_end = last == part.channels;
      const int whole0 = (first + kLanes - 1) / kLanes;
      const int whole1 = to_end ? own.blocks : last / kLanes;
      if (first % kLanes != 0) {
        const int block = first / kLanes;
        add(block, block + 1, first % kLanes, to_end ? kLanes : std::min(kLanes, last - block * kLanes));
      }
      if (whole0 < whole1) {
        add(whole0, whole1, 0, kLanes);
      }
      if (!to_end && last % kLanes != 0 && last / kLanes >= whole0) {
        add(last / kLanes, last / kLanes + 1, 0, last % kLanes);
      }
    }
  }
}

}  // namespace tridex::arch::checking
