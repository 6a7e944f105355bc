#include "arch/mapping/params.h"

#include <algorithm>
#include <array>

#include "arch/mapping/layout.h"
#include "quant/bounds.h"

namespace tridex::arch {
namespace {

using quant::Activation;
using quant::IntNode;
using quant::IntOp;

constexpr int kRecord = 16;

void put(uint8_t* at, int64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    at[i] = static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i));
  }
}

uint64_t get_unsigned(const uint8_t* at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value |= uint64_t{at[i]} << (8 * i);
  }
  return value;
}

int64_t get_signed(const uint8_t* at, int bytes) {
  const int unused = 64 - 8 * bytes;
  return static_cast<int64_t>(get_unsigned(at, bytes) << unused) >> unused;
}

template <typename T>
T pick(const std::vector<T>& values, int c) {
  return values.empty() ? T{0} : values.size() == 1 ? values[0] : values[static_cast<size_t>(c)];
}

Record requant_record(const IntNode& node, int c) {
  Record record;
  record.mult = pick(node.requant.mult, c);
  record.pre = pick(node.requant.pre, c);
  record.shift = pick(node.requant.shift, c);
  record.zero = node.out.zero_of(c);
  return record;
}

void put_activation(Record& record, const IntNode& node, int c) {
  record.six = pick(node.six, c);
  record.three = pick(node.three, c);
  record.act_shift = pick(node.act_shift, c);
}

}  // namespace

Record read_record(const uint8_t* at, const RecordFormat& format) {
  Record record;
  record.bias = get_signed(at, 6);
  record.mult = static_cast<int32_t>(get_unsigned(at + 6, 3));
  record.zero = static_cast<int32_t>(get_signed(at + 9, 3));
  record.pre = static_cast<int>(get_unsigned(at + 12, 1));
  record.shift = static_cast<int>(get_signed(at + 13, 1));
  at += kRecord;
  if (format.activation == Activation::kHardswish) {
    record.three = static_cast<int32_t>(get_unsigned(at, 3));
    record.act_shift = static_cast<int>(get_signed(at + 3, 1));
    at += 8;
  } else if (format.activation == Activation::kRelu6) {
    record.six = get_signed(at, 6);
    at += 8;
  }
  for (int i = 0; i < format.terms; ++i, at += 8) {
    auto& term = record.terms.at(static_cast<size_t>(i));
    term.mult = static_cast<int32_t>(get_unsigned(at, 3));
    term.shift = static_cast<int>(get_signed(at + 3, 1));
    term.zero = static_cast<int32_t>(get_signed(at + 4, 3));
  }
  return record;
}

void write_record(uint8_t* at, const RecordFormat& format, const Record& record) {
  put(at, record.bias, 6);
  put(at + 6, record.mult, 3);
  put(at + 9, record.zero, 3);
  put(at + 12, record.pre, 1);
  put(at + 13, record.shift, 1);
  put(at + 14, 0, 2);
  at += kRecord;
  if (format.activation == Activation::kHardswish) {
    put(at, record.three, 3);
    put(at + 3, record.act_shift, 1);
    put(at + 4, 0, 4);
    at += 8;
  } else if (format.activation == Activation::kRelu6) {
    put(at, record.six, 6);
    put(at + 6, 0, 2);
    at += 8;
  }
  for (int i = 0; i < format.terms; ++i, at += 8) {
    const auto& term = record.terms.at(static_cast<size_t>(i));
    put(at, term.mult, 3);
    put(at + 3, term.shift, 1);
    put(at + 4, term.zero, 3);
    put(at + 7, 0, 1);
  }
}

void unpack_weights(const uint8_t* row, int bits, std::span<int16_t> out) {
  if (bits == 8) {
    std::transform(row, row + out.size(), out.begin(),
                   [](uint8_t byte) { return static_cast<int16_t>(static_cast<int8_t>(byte)); });
    return;
  }
  uint32_t window = 0;
  int held = 0;
  for (auto& weight : out) {
    while (held < bits) {
      window |= uint32_t{*row++} << held;
      held += 8;
    }
    const int unused = 32 - bits;
    weight = static_cast<int16_t>(static_cast<int32_t>(window << unused) >> unused);
    window >>= bits;
    held -= bits;
  }
}

int64_t weight_row_bytes(const IntNode& conv, int in_channels) {
  const int64_t weights = int64_t{in_channels} / conv.conv.groups * conv.conv.kernel_h * conv.conv.kernel_w;
  return (weights * conv.weight_bits + 7) / 8;
}

RecordFormat record_format(const IntNode& node) {
  RecordFormat format;
  format.activation = node.activation;
  if (node.op == IntOp::kConv) {
    format.terms = node.has_shortcut ? 1 : 0;
  } else if (node.op == IntOp::kAdd) {
    format.terms = static_cast<int>(node.inputs.size());
  }
  return format;
}

bool has_pads(const IntNode& conv) {
  return conv.conv.kernel_h > 1 || conv.conv.kernel_w > 1;
}

int64_t conv_block_bytes(const IntNode& conv, int c0, int c1, int in_channels) {
  const int64_t channel = weight_row_bytes(conv, in_channels) + record_format(conv).bytes();
  return (c1 - c0) * channel + (has_pads(conv) ? int64_t{in_channels} * 4 : 0);
}

void pack_conv_block(const quant::IntegerGraph& graph, const IntNode& conv, int c0, int c1, uint8_t* at) {
  const IntNode& source = graph.node(conv.inputs[0]);
  const RecordFormat format = record_format(conv);
  const int64_t row_bytes = weight_row_bytes(conv, source.shape.c);
  const size_t row_weights = conv.weights.size() / static_cast<size_t>(conv.shape.c);
  const uint32_t mask = (uint32_t{1} << conv.weight_bits) - 1;
  for (int c = c0; c < c1; ++c, at += row_bytes) {
    std::fill(at, at + row_bytes, uint8_t{0});
    for (size_t i = 0; i < row_weights; ++i) {
      const uint32_t code =
          static_cast<uint32_t>(conv.weights[static_cast<size_t>(c) * row_weights + i]) & mask;
      const size_t bit = i * static_cast<size_t>(conv.weight_bits);
      const uint32_t shifted = code << (bit % 8);
      for (size_t byte = 0; byte * 8 < bit % 8 + static_cast<size_t>(conv.weight_bits); ++byte) {
        at[bit / 8 + byte] = static_cast<uint8_t>(at[bit / 8 + byte] | (shifted >> (8 * byte)));
      }
    }
  }
  for (int c = c0; c < c1; ++c, at += format.bytes()) {
    Record record = requant_record(conv, c);
    record.bias = conv.bias[static_cast<size_t>(c)];
    put_activation(record, conv, c);
    if (conv.has_shortcut) {
      record.terms[0] = {pick(conv.res_mult, c), graph.node(conv.inputs[1]).out.zero_of(c),
                         pick(conv.res_shift, c)};
    }
    write_record(at, format, record);
  }
  if (has_pads(conv)) {
    for (int c = 0; c < source.shape.c; ++c, at += 4) {
      put(at, source.out.zero_of(c), 4);
    }
  }
}

int64_t vector_block_bytes(const IntNode& node, int in_channels) {
  switch (node.op) {
    case IntOp::kAdd:
      return int64_t{node.shape.c} * record_format(node).bytes();
    case IntOp::kLayerNorm:
      return int64_t{node.shape.c} * (8 + record_format(node).bytes());
    default:
      return int64_t{node.shape.c} * kRecord + int64_t{in_channels} * 4;
  }
}

AttentionBlock::AttentionBlock(int heads, int head_dim, int in_channels) {
  const int64_t channels = int64_t{heads} * head_dim;
  kv = zeros + int64_t{in_channels} * 4;
  ksum = kv + channels * kRecord;
  num = ksum + channels * kRecord;
  den = num + channels * kRecord;
  out = den + int64_t{heads} * kRecord;
  den_scale = out + channels * kRecord;
  size = den_scale + int64_t{heads} * 4;
}

int64_t attention_block_bytes(const quant::IntegerGraph& graph, const AttentionNodes& nodes) {
  const IntNode& divide = graph.node(nodes.divide);
  const IntNode& source = graph.node(graph.node(nodes.ksum).inputs[0]);
  return AttentionBlock(divide.heads, divide.shape.c / divide.heads, source.shape.c).size;
}

void pack_vector_block(const quant::IntegerGraph& graph, const IntNode& node, uint8_t* at) {
  const RecordFormat format = record_format(node);
  const IntNode& first = graph.node(node.inputs[0]);
  const std::vector<int> norm_mult =
      node.op == IntOp::kLayerNorm ? quant::norm_multipliers(first.out).mult : std::vector<int>{};
  for (int c = 0; c < node.shape.c; ++c) {
    Record record = requant_record(node, c);
    put_activation(record, node, c);
    if (node.op == IntOp::kLayerNorm) {
      put(at, first.out.zero_of(c), 3);
      put(at + 3, pick(norm_mult, c), 1);
      put(at + 4, node.gamma[static_cast<size_t>(c)], 4);
      at += 8;
      record.bias = node.beta[static_cast<size_t>(c)];
    }
    for (int i = 0; i < format.terms; ++i) {
      auto& term = record.terms.at(static_cast<size_t>(i));
      term.mult = pick(node.add_mult[static_cast<size_t>(i)], c);
      term.zero = graph.node(node.inputs[static_cast<size_t>(i)]).out.zero_of(c);
    }
    write_record(at, format, record);
    at += format.bytes();
  }
  if (node.op != IntOp::kAdd && node.op != IntOp::kLayerNorm) {
    for (int c = 0; c < first.shape.c; ++c, at += 4) {
      put(at, first.out.zero_of(c), 4);
    }
  }
}

void pack_attention_block(const quant::IntegerGraph& graph, const AttentionNodes& nodes, uint8_t* at) {
  const IntNode& divide = graph.node(nodes.divide);
  const IntNode& source = graph.node(graph.node(nodes.ksum).inputs[0]);
  const AttentionBlock block(divide.heads, divide.shape.c / divide.heads, source.shape.c);
  for (int c = 0; c < source.shape.c; ++c) {
    put(at + block.zeros + int64_t{c} * 4, source.out.zero_of(c), 4);
  }
  const auto records = [&](int64_t offset, const IntNode& node) {
    for (int c = 0; c < node.shape.c; ++c) {
      write_record(at + offset + int64_t{c} * kRecord, {}, requant_record(node, c));
    }
  };
  records(block.kv, graph.node(nodes.kv));
  records(block.ksum, graph.node(nodes.ksum));
  records(block.num, graph.node(nodes.num));
  records(block.den, graph.node(nodes.den));
  records(block.out, divide);
  for (int h = 0; h < divide.heads; ++h) {
    put(at + block.den_scale + int64_t{h} * 4, pick(divide.den_mult, h), 3);
    put(at + block.den_scale + int64_t{h} * 4 + 3, pick(divide.den_frac, h), 1);
  }
}

}  // namespace tridex::arch
